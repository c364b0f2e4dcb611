/** Lines that are no records of their own: header rows, marks of a batch, what is empty behind a prefix. */
import { describe, expect, test } from "vitest";
import type { SourceFormat } from "../../model/source.ts";
import { DEFAULT_SETTINGS, type SourceSettings } from "../../model/source-settings.ts";
import { detectFormat } from "./detect-format.ts";
import { LINE_FORMATS } from "./formats.ts";
import { buildLineReader } from "./line-reader.ts";
import { readOneLine } from "./read-one-line.contract.ts";

/** What each record of a file becomes: the path or key that it counts for, or why it is refused. `rest` has no line end. */
function read(lines: readonly string[], format: SourceFormat, prefix: SourceSettings["prefix"] = "none", rest = "") {
  const reader = buildLineReader({ name: "a", source: "www", format, prefix, lineBytesMax: 65_536 });
  const bytes = Buffer.from(`${lines.map((line) => `${line}\n`).join("")}${rest}`);
  const records = [...reader.push(bytes), ...reader.end()];
  return records.map(({ bytes: line, terminated, columns, part = 0 }) => {
    const passage = readOneLine(line, { format, terminated, part, ...(columns === undefined ? {} : { columns }) });
    return passage.rejection?.reason ?? passage.request?.path;
  });
}

const sampleOf = (format: SourceFormat) => LINE_FORMATS.get(format)?.sample.at(-1) as string;

describe("the header row of GCS", () => {
  const NAMES = ["time_micros", "cs_method", "sc_status", "sc_bytes", "cs_user_agent", "s_request_id", "cs_operation"];
  const quoted = (values: readonly string[]) => values.map((value) => `"${value.replaceAll('"', '""')}"`).join(",");
  const HEADER = quoted([...NAMES, "cs_object"]);
  const row = (object: string, agent = "x") =>
    quoted(["1795162502041000", "GET", "200", "5", agent, object, "GET_Object", object]);

  test("is no row in which a client has written the name of a column", () => {
    const rows = [row("a", "time_micros"), row("b", "storage_byte_hours"), row("storage_byte_hours"), row("c")];
    expect(read([HEADER, ...rows], "gcs-usage")).toEqual(["a", "b", "storage_byte_hours", "c"]);
  });

  test("may come again in the middle, also with other columns, and names them from there on", () => {
    const other = quoted([...NAMES, "cs_bucket", "cs_object"]);
    const moved = quoted(["1795162502041000", "GET", "200", "5", "x", "R1", "GET_Object", "media", "c"]);
    expect(read([HEADER, row("a"), HEADER, row("b"), other, moved], "gcs-usage")).toEqual(["a", "b", "c"]);
  });

  test("may stand without quotes at the beginning only: behind it, a name with line breaks could hold one", () => {
    const bare = HEADER.replaceAll('"', "");
    expect(read([bare, row("a")], "gcs-usage")).toEqual(["a"]);
    const [swapped, broken] = ["sc_bytes,time_micros,cs_object", `${row("a").slice(0, -1)}`];
    const lines = [HEADER, broken, swapped, ...["1", "2", "3", "4", "5", "6", "7"], row("b")];
    expect(read(lines, "gcs-usage").at(-1)).toBe("b");
  });

  test("of the daily storage log refuses the file, and nothing else does", () => {
    const refused = expect.objectContaining({ code: "sources/unsupported-format" });
    for (const names of ["bucket,storage_byte_hours", '"bucket","storage_byte_hours"']) {
      expect(() => read([names, '"media","240"'], "gcs-usage")).toThrow(refused);
      expect(() => detectFormat(Buffer.from(`${names}\n"media","240"\n`), DEFAULT_SETTINGS)).toThrow(refused);
    }
    expect(read(["x,storage_byte_hours,y"], "gcs-usage")).toEqual(["malformed"]);
  });

  test("keeps no other log from being recognised in which a client has written such a name", () => {
    const bunny = sampleOf("bunny").replace("Demo/1.0", "x,storage_byte_hours,y");
    expect(detectFormat(Buffer.from(`${bunny}\n`), DEFAULT_SETTINGS)).toBe("bunny");
    const [version, fields, line] = LINE_FORMATS.get("cloudfront")?.sample ?? [];
    const cloudfront = [version, fields, line?.replace("w=200", "x,storage_byte_hours,y")].join("\n");
    expect(detectFormat(Buffer.from(`${cloudfront}\n`), DEFAULT_SETTINGS)).toBe("cloudfront");
  });
});

describe("what is empty behind a prefix", () => {
  const SYSLOG = "<134>2026-11-20T08:15:02Z cache-1 name[12]: ";

  test.each(["cloudfront", "minio-audit", "gcs-usage", "combined", "cloudflare-http"] as const)(
    "is no record in %s, nor are spaces",
    (format) => {
      const sample = LINE_FORMATS.get(format)?.sample as readonly string[];
      const whole = read(sample, format);
      expect(whole.length).toBeGreaterThan(0);
      for (const [prefix, mark] of [
        ["syslog", SYSLOG],
        ["container", "web-1  | "],
      ] as const) {
        const lines = ["", ...sample, "   "].map((line) => `${mark}${line}`);
        expect(read(lines, format, prefix)).toEqual(whole);
      }
    },
  );
});

test("a line is too long or not without its prefix: what was cut off a longer one does not count", () => {
  const line = `${sampleOf("combined").slice(0, -1)}${"x".repeat(70_000)}`;
  for (const mark of ["", "web-1  | ", `${"w".repeat(500)} | `]) {
    const outcomeOf = (length: number) => read([mark + line.slice(0, length)], "combined", "container");
    expect(outcomeOf(65_536)).toEqual(["/img/café.jpg"]);
    for (const length of [65_537, 65_550, 66_048, 66_049, 70_000]) expect(outcomeOf(length)).toEqual(["line-too-long"]);
  }
});

describe("the marks of a batch of Cloudflare", () => {
  test("are no records, whatever brackets they are made of", () => {
    for (const [before, after] of [
      ["[", "]"],
      ['{"events":[', "]}"],
      [' { "events" : [ ', " ] } "],
      ["[[", "],"],
    ] as const) {
      expect(read([before, sampleOf("cloudflare-http"), after], "cloudflare-http")).toEqual(["/img/logo.svg"]);
    }
  });

  test("are those only: what has anything else in it is refused", () => {
    expect(read(['{"events":', "][x", "1", '{"events":[{}]}', "{}"], "cloudflare-http")).toEqual([
      ...["malformed", "malformed", "malformed", "missing-field", "missing-field"],
    ]);
  });

  test("end a file without a line end, where what opens may be half of a line", () => {
    for (const [mark, expected] of [
      ["]}", ["/img/logo.svg"]],
      ['{"Cookies":[', ["/img/logo.svg", "unterminated"]],
      ["[", ["/img/logo.svg", "unterminated"]],
    ] as const) {
      expect(read([sampleOf("cloudflare-http")], "cloudflare-http", "none", mark)).toEqual(expected);
    }
  });
});
