/** Secrets of what was asked for: in nothing that is kept of a line, in whichever way it is refused. */
import { describe, expect, test } from "vitest";
import type { SourceFormat } from "../model/source.ts";
import type { SourceSettings } from "../model/source-settings.ts";
import { type OneLine, readOneLine } from "./access-log/read-one-line.contract.ts";
import type { Passage } from "./passage.ts";
import { toSample } from "./rejected-sample.ts";
import { printKeptLine } from "./replay/kept-line.ts";
import { showRequest } from "./shown-request.ts";

/** What a client may ask for, each with a secret where one can stand. */
const TARGETS = [
  ...["/a?token=SECRET", "/a#access_token=SECRET", "/a?b#access_token=SECRET", "/a.jpg#SECRET?x"],
  ...["https://me:SECRET@h.example/a", "https://SECRET@h.example", "https://me:x@SECRET@h.example/a?SECRET"],
  "https://h.example#SECRET",
];

type Line = { readonly time: string; readonly target: string; readonly status: string; readonly bytes: string };
type Print = (line: Line) => string;

/** What is wrong with a line, and the reason for which it is refused; null: it counts. */
type Defect = readonly [reason: string | null, line: Partial<Line>, choice?: OneLine];

const FUTURE_CLF = "20/Nov/2027:08:15:02 +0000";
const OLD: Partial<SourceSettings> = { oldestDays: 1 };
const IGNORED: Partial<SourceSettings> = { rules: [{ match: { status: { from: 200, to: 200 } }, ignore: true }] };

const clf: Print = ({ time, target, status, bytes }) =>
  `192.0.2.1 - - [${time}] "GET ${target} HTTP/1.1" ${status} ${bytes} "https://SECRET/" "SECRET"`;
const caddy: Print = ({ time, target, status, bytes }) =>
  JSON.stringify({ ts: time, logger: "http.log.access", request: { method: "GET", uri: target }, status, size: bytes });
const jsonOf =
  (more: (target: string) => object): Print =>
  (line) =>
    JSON.stringify({ time: line.time, ...more(line.target), status: line.status, bytes_out: line.bytes });
const mapTo = (field: "uri" | "path" | "request"): Partial<SourceSettings> => ({
  fieldMap: { time: "time", status: "status", bytesOut: "bytes_out", [field]: field },
});
const cloudflare: Print = ({ time, target, status, bytes }) =>
  JSON.stringify({
    ...{ EdgeStartTimestamp: time, RayID: "1", ClientRequestMethod: "GET", ClientRequestURI: target },
    ...{ EdgeResponseStatus: status, EdgeResponseBytes: bytes },
  });
const bunny: Print = ({ time, target, status, bytes }) =>
  `HIT|${status}|${time}|${bytes}|1|192.0.2.1|-|${target}|DE|SECRET|20ee80e63596799a1543bc9fd88d8878|DE`;

/** What goes wrong with lines of any format: the request counts, is left out, came too early or late, or has no answer. */
const COMMON_DEFECTS: readonly Defect[] = [
  [null, {}],
  ["ignored-by-rule", {}, { settings: IGNORED }],
  ["no-response", { status: "000", bytes: "0" }],
  ["bad-number", { bytes: "9007199254740992" }],
  ["unmapped", {}, { settings: { requires: "space" } }],
];

const JSON_DEFECTS: readonly Defect[] = [
  ...COMMON_DEFECTS,
  ["in-future", { time: "2027-11-20T08:15:02Z" }],
  ["too-old", { time: "2026-11-01T08:15:02Z" }, { settings: OLD }],
  ["bad-time", { time: "2026-02-31T08:15:02Z" }],
  ["bad-number", { bytes: "SECRET" }],
  ["malformed", { status: "SECRET" }],
];

const CLF_DEFECTS: readonly Defect[] = [
  ...COMMON_DEFECTS,
  ["in-future", { time: FUTURE_CLF }],
  ["too-old", { time: "01/Nov/2026:08:15:02 +0000" }, { settings: OLD }],
  ["bad-time", { time: "31/Feb/2026:08:15:02 +0000" }],
  ["bad-time", { time: "token=SECRET" }],
  ["bad-time", { time: "SECRET" }],
  ["bad-number", { bytes: "5;token=SECRET" }],
  ["malformed", { status: "SECRET" }],
  ["malformed", { bytes: "SECRET" }],
  ["not-text", { status: "200 \0" }],
  ["unterminated", { bytes: "7 SECRET" }, { terminated: false }],
];

type Case = {
  readonly format: SourceFormat;
  readonly print: Print;
  readonly time: string;
  readonly defects: readonly Defect[];
  readonly settings: Partial<SourceSettings>;
};

const jsonCase = (format: SourceFormat, print: Print, settings: Partial<SourceSettings> = {}): Case => ({
  ...{ format, print, settings, time: "2026-11-20T08:15:02Z", defects: JSON_DEFECTS },
});

const CASES: readonly Case[] = [
  { format: "combined", print: clf, time: "20/Nov/2026:08:15:02 +0000", defects: CLF_DEFECTS, settings: {} },
  jsonCase("caddy-json", caddy),
  jsonCase(
    "json-lines",
    jsonOf((uri) => ({ uri })),
    mapTo("uri"),
  ),
  jsonCase(
    "json-lines",
    jsonOf((target) => ({ request: `GET ${target} HTTP/1.1` })),
    mapTo("request"),
  ),
  jsonCase("cloudflare-http", cloudflare),
  jsonCase("bunny", bunny),
];

/** Everything that is kept of a line: as it was read, as a duplicate, and to take it in again. */
function keptOf(passage: Passage): readonly string[] {
  const raw = { ...passage, parts: null, found: null };
  return [
    toSample(passage).text,
    toSample(passage).detail,
    toSample(raw).text,
    printKeptLine(passage, { space: null, allowedSpaces: null }) ?? "",
  ];
}

describe.each(CASES)("what is kept of a line of $format", ({ format, print, time, defects, settings }) => {
  const cases = defects.map(([reason, line, choice = {}]) => ({ reason, line, choice }));
  test.each(cases)("has no secret of the request, refused as $reason: $line", ({ reason, line, choice }) => {
    for (const target of TARGETS) {
      const printed = print({ time, target, status: "200", bytes: "7", ...line });
      const passage = readOneLine(printed, { ...choice, format, settings: { ...settings, ...choice.settings } });
      expect(passage.rejection?.reason ?? null).toBe(reason);
      for (const text of keptOf(passage)) expect(text).not.toMatch(/SECRET/i);
    }
  });
});

describe("what is kept of a line that is no request", () => {
  test("shows no secret in place of a method or a target", () => {
    for (const request of [
      "Bearer SECRET",
      "session=SECRET /a",
      "GET SECRET",
      "SECRET",
      "GET me:SECRET@h.example:443",
    ]) {
      const json = JSON.stringify({ time: "2026-11-20T08:15:02Z", request, status: 444, bytes_out: 0 });
      const passage = readOneLine(json, { format: "json-lines", settings: mapTo("request") });
      expect(passage.rejection).not.toBeNull();
      for (const text of keptOf(passage)) expect(text).not.toMatch(/SECRET/i);
    }
  });

  test("shows none where a quote is missing, and none where the line is cut", () => {
    const head = "192.0.2.1 - - [20/Nov/2026:08:15:02 +0000]";
    const open = `${head} "GET /a HTTP/1.1 200 7 SECRET`;
    const cut = `${head} "GET https://${"me".repeat(600)}:SECRET@h.example/a HTTP/1.1" 200 7 "-" "-"`;
    for (const line of [
      open,
      cut,
      `${head} "GET https://SECRET`,
      `${head} "GET /a SECRET`,
      `192.0.2.1 - SECRET [x] [SECRET]`,
    ]) {
      const passage = readOneLine(line.slice(0, 1_240));
      for (const text of keptOf(passage)) expect(text).not.toMatch(/SECRET|meme/i);
    }
    expect(toSample(readOneLine(open)).text).toBe('(client) [20/Nov/2026:08:15:02 +0000] "GET /a HTTP/1.1(removed)');
  });
});

describe("showRequest", () => {
  test("shows method, path and protocol, and the host of an address", () => {
    for (const text of [
      "GET /a b.jpg HTTP/1.1",
      "OPTIONS * HTTP/1.1",
      "GET /@a/b",
      "CONNECT example.com:443 HTTP/1.1",
    ]) {
      expect(showRequest(text, { isWhole: true })).toBe(text);
    }
    const asked = "GET https://me:x@h.example:80/a@b HTTP/1.1";
    expect(showRequest(asked, { isWhole: true })).toBe("GET https://h.example:80/a@b HTTP/1.1");
  });

  test("takes an escaped question mark, number sign or at sign for the character that it is", () => {
    for (const text of [
      "GET /a%3Ftoken=SECRET",
      "GET /a%253ftoken%253DSECRET",
      "GET /a%23SECRET",
      "GET /a\\x3ftoken=SECRET",
      "GET /a\\x23SECRET",
      "GET https://SECRET\\x40h/",
    ]) {
      expect(showRequest(text, { isWhole: true })).not.toMatch(/SECRET/);
    }
  });
});
