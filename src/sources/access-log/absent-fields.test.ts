/** Every format with one field after the other absent, in each of the ways in which the format writes that. */
import { describe, expect, test } from "vitest";
import { LOG_FORMATS, type SourceFormat } from "../../model/source.ts";
import type { Passage } from "../passage.ts";
import { LINE_FORMATS } from "./formats.ts";
import type { LogFormat } from "./log-format.ts";
import { readOneLine } from "./read-one-line.contract.ts";

const MARKERS = ["-", "", "null", "nothing"] as const;
type Marker = (typeof MARKERS)[number];

/** The last line of the sample with one field absent; null where the format has no such marker. */
type WithoutField = (line: string, field: string, marker: Marker, format: LogFormat) => string | null;

const COLUMNS = /\[[^\]]*\]|"[^"]*"|\S+/g;

const clf: WithoutField = (line, field, marker, { fields }) => {
  if (marker !== "-") return null;
  const columns: readonly string[] = line.match(COLUMNS) ?? [];
  const at = fields.indexOf(field);
  const column = columns[at] ?? "";
  const absent = column.startsWith("[") ? "[-]" : column.startsWith('"') ? '"-"' : "-";
  return columns.with(at, absent).join(" ");
};

const separated =
  (separator: string, markers: readonly Marker[]): WithoutField =>
  (line, field, marker, { fields }) =>
    markers.includes(marker) ? line.split(separator).with(fields.indexOf(field), marker).join(separator) : null;

const csv: WithoutField = (line, field, marker, { fields }) =>
  marker === "" ? line.split(",").with(fields.indexOf(field), '""').join(",") : null;

const IN_JSON: readonly Marker[] = ["", "null", "nothing"];

/** Where an operator writes the template, or a server's variables stand in it, which are `-` without a value. */
const IN_TEMPLATE: readonly Marker[] = ["-", ...IN_JSON];

const json =
  (markers: readonly Marker[]): WithoutField =>
  (line, field, marker) => {
    if (!markers.includes(marker)) return null;
    const value = JSON.parse(line) as Record<string, unknown>;
    const path = field.split(".");
    const last = path.pop() ?? "";
    let at: Record<string, unknown> = value;
    for (const name of path) at = (at[name] ?? {}) as Record<string, unknown>;
    if (marker === "nothing") delete at[last];
    else at[last] = marker === "null" ? null : marker;
    return JSON.stringify(value);
  };

/** What becomes of the line, by field and marker; where nothing is said, it counts. `*` stands for any marker. */
type Outcomes = Readonly<Record<string, Partial<Record<Marker | "*", string>>>>;

const CLF_OUTCOMES: Outcomes = { "[time]": { "*": "missing-field" }, '"request"': { "*": "no-request" } };

const needed = { "*": "missing-field" };
/** In JSON a number that is there and empty is none: 0 bytes, no status. One that is not there is what the line lacks. */
const neededNumber = { nothing: "missing-field" };
const neededPath = { null: "missing-field", nothing: "missing-field", "": "no-request", "-": "no-request" };
const neededMethod = { "*": "no-request" };

const CASES: Readonly<Record<string, { readonly without: WithoutField; readonly outcomes: Outcomes }>> = {
  common: { without: clf, outcomes: CLF_OUTCOMES },
  combined: { without: clf, outcomes: CLF_OUTCOMES },
  "vhost-combined": {
    without: clf,
    outcomes: {
      ...CLF_OUTCOMES,
      // Without an address it is the combined line of a client that is called as the host.
      client: { "*": "malformed" },
      // The sample is of 304 and no bytes.
      status: { "*": "no-response" },
    },
  },
  "fastly-classic": { without: clf, outcomes: CLF_OUTCOMES },
  s3: { without: clf, outcomes: { "[time]": needed, operation: needed, key: needed } },
  cloudfront: {
    without: json(["-", "", "nothing"]),
    outcomes: {
      ...{ "timestamp(ms)": needed, "cs-uri-stem": needed },
      // An operator may leave the method out; then it is GET. One that is there and says nothing is none.
      "cs-method": { "-": "no-request", "": "no-request" },
      ...{ "sc-bytes": neededNumber, "sc-status": neededNumber },
    },
  },
  "cloudfront-realtime": {
    without: separated("\t", ["-"]),
    outcomes: { timestamp: needed, "cs-method": neededMethod, "cs-uri-stem": needed },
  },
  "gcs-usage": { without: csv, outcomes: { time_micros: needed, cs_object: needed, cs_operation: needed } },
  bunny: { without: separated("|", ["-"]), outcomes: { timestamp: needed, url: needed } },
  "caddy-json": {
    without: json(IN_TEMPLATE),
    outcomes: {
      ...{ ts: needed, "request.method": neededMethod, "request.uri": neededPath },
      ...{ size: neededNumber, status: neededNumber, logger: { "": "not-access", "-": "not-access" } },
    },
  },
  "cloudflare-http": {
    without: json(IN_JSON),
    outcomes: {
      // The end of the request takes the place of its start; without a method, which a job may leave out, it is GET.
      ...{ EdgeStartTimestamp: { "": "missing-field" }, ClientRequestMethod: { "": "no-request" } },
      ...{ ClientRequestPath: neededPath, EdgeResponseStatus: neededNumber },
      EdgeResponseBytes: { null: "missing-field", nothing: "missing-field" },
    },
  },
  "fastly-json": {
    without: json(IN_TEMPLATE),
    outcomes: {
      ...{ timestamp: needed, url: neededPath, request_method: neededMethod },
      ...{ response_status: neededNumber, response_body_size: neededNumber },
    },
  },
  "minio-audit": {
    without: json(IN_JSON),
    outcomes: {
      ...{ time: needed, "api.object": needed, requestID: { "*": "not-access" }, "api.name": { "*": "not-access" } },
      // The sample is an upload: no byte was sent.
      "api.statusCode": { nothing: "missing-field", "": "no-response", null: "no-response" },
    },
  },
  "json-lines": {
    without: json(IN_TEMPLATE),
    outcomes: {
      ...{ time: needed, method: neededMethod, uri: neededPath, status: neededNumber, bytes_out: neededNumber },
    },
  },
};

const outcomeOf = ({ rejection }: Passage) => rejection?.reason ?? "counts";

describe.each(LOG_FORMATS)("%s", (name: SourceFormat) => {
  const format = LINE_FORMATS.get(name) as LogFormat;
  const line = format.sample.at(-1) as string;
  const { without, outcomes } = CASES[name] as (typeof CASES)[string];
  const settings = name === "cloudfront-realtime" ? { fields: format.fields } : {};
  const fields = name === "cloudfront" ? Object.keys(JSON.parse(line)) : format.fields;
  const whole = readOneLine(line, { format: name, settings });

  test.each(fields)("%s absent", (field) => {
    for (const marker of MARKERS) {
      const changed = without(line, field, marker, format);
      if (changed === null) continue;
      const passage = readOneLine(changed, { format: name, settings });
      const expected = outcomes[field]?.[marker] ?? outcomes[field]?.["*"] ?? "counts";
      expect([field, marker, outcomeOf(passage)]).toEqual([field, marker, expected]);
      // An absent field takes nothing else along.
      if (passage.rejection === null) expect(passage.timeMs).toBe(whole.timeMs);
    }
  });
});
