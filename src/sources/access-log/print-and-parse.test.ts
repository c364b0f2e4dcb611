/** Every format against its printer: what a vendor would write of any request is read as it was. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LOG_FORMATS, type SourceFormat } from "../../model/source.ts";
import type { Passage } from "../passage.ts";
import { buildLineReader } from "./line-reader.ts";
import { encodeName, type Facts, LINE_PRINTERS, type LinePrinter } from "./print-line.contract.ts";
import { LINE_TEST_BYTES_MAX, LINE_TEST_NOW_MS, readOneLine } from "./read-one-line.contract.ts";

/** The last record of a printed log, read as an import reads it: bytes, lines, header, line. */
function readPrinted(lines: readonly string[], format: SourceFormat, printer: LinePrinter): Passage {
  const options = { name: "a.log", source: "www", format, prefix: "none", lineBytesMax: LINE_TEST_BYTES_MAX } as const;
  const reader = buildLineReader(options);
  const records = [...reader.push(Buffer.from(`${lines.join("\n")}\n`)), ...reader.end()];
  const record = records.at(-1);
  if (record === undefined) throw new Error("the printed log has no record");
  const { bytes, columns, part = 0 } = record;
  const columnsOf = columns === undefined ? {} : { columns };
  return readOneLine(bytes, { format, settings: printer.settings ?? {}, part, ...columnsOf });
}

const FACTS: Facts = {
  timeMs: Date.UTC(2026, 10, 20, 8, 15, 2, 41),
  ...{ method: "GET", name: "img/a b.jpg", status: "200", bytesOut: "51234", bytesIn: "412" },
  ...{ host: "cdn.example.com", requestId: "20ee80e63596799a1543bc9fd88d8878", version: "v1" },
  ...{ client: "192.0.2.17", user: "-", referrer: "-", agent: "Demo/1.0" },
};

/** Text of any characters, most of them those that formats write in a way of their own. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.toWellFormed()),
  fc.string({ unit: fc.constantFrom(..."%25 \"'\\|\t\n\r+?#;,=&/<>{}[]^~`-aZé😀\u0000\u001f\u007f\u00a0\ufeff") }),
);

const anyFacts: fc.Arbitrary<Facts> = fc.record({
  timeMs: fc.integer({ min: 1e11, max: LINE_TEST_NOW_MS }),
  method: fc.constantFrom("GET", "HEAD", "POST", "DELETE", "M-SEARCH", "PROPFIND"),
  name: anyText.filter((name) => name !== ""),
  status: fc.integer({ min: 100, max: 443 }).map(String),
  bytesOut: fc.maxSafeNat().map(String),
  bytesIn: fc.maxSafeNat().map(String),
  host: fc.constantFrom("cdn.example.com", "CDN.Example.com", "xn--bcher-kva.example"),
  requestId: fc.stringMatching(/^[0-9a-f]{32}$/),
  version: fc.constantFrom("-", "v1"),
  client: fc.constantFrom("192.0.2.17", "2001:db8::7", "unknown"),
  user: fc.constantFrom("-", "alice", "alice smith", 'a "b" [c]'),
  referrer: anyText,
  agent: anyText,
});

/** What is stored of a name: as it is, or with its bytes as %HH where it has control characters. */
function shownName(name: string, isKey: boolean, format: SourceFormat): string {
  const hasControls = /\p{Cc}/u.test(name);
  if (!isKey) return hasControls ? `/${encodeName(name)}` : `/${name}`;
  if (format === "s3") return hasControls ? encodeName(name) : name;
  return name.replace(/\p{Cc}/gu, encodeURIComponent);
}

/** Names that a URL may carry so that they cannot be told from a path with its query, which is cut off (decode-path.test.ts). */
const mayHoldQuery = (name: string): boolean =>
  (/[?#]/.test(name) && /[=.&%]/.test(name)) || /%(?:25)*(?:3f|23)/i.test(name);

describe("LINE_PRINTERS", () => {
  test("print every format", () => {
    expect(new Set(LINE_PRINTERS.map(([format]) => format))).toEqual(new Set(LOG_FORMATS));
  });
});

describe.each(LINE_PRINTERS)("%s %s", (format, _, printer) => {
  const has = (fact: LinePrinter["carries"][number]) => printer.carries.includes(fact);
  const readFacts = (more: Partial<Facts>) => readPrinted(printer.print({ ...FACTS, ...more }), format, printer);

  test("any request is read as it was printed", () => {
    const isShown = (name: string) => has("key") || !mayHoldQuery(name);
    const writable = anyFacts.filter(({ name }) => printer.cannotWrite?.(name) !== true && isShown(name));
    fc.assert(
      fc.property(writable, (facts) => {
        const passage = readPrinted(printer.print(facts), format, printer);
        expect(passage.rejection).toBeNull();
        expect(passage.timeMs).toBe(facts.timeMs - (facts.timeMs % printer.precisionMs));
        expect(passage.request).toMatchObject({
          path: shownName(facts.name, has("key"), format),
          status: Number(facts.status),
          bytesOut: Number(facts.bytesOut),
          ...(has("bytesIn") ? { bytesIn: Number(facts.bytesIn) } : {}),
          ...(has("method") ? { method: facts.method } : { method: "GET" }),
          ...(has("host") ? { host: facts.host.toLowerCase() } : {}),
        });
        expect(passage.id.startsWith(has("id") ? `${format}:` : "l1:")).toBe(true);
        expect(JSON.stringify(passage.request)).not.toContain("SECRET");
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["000", null],
    ["099", null],
    ["-", null],
    ["009", 200],
    ["100", 100],
    ["304", 304],
    ["399", 399],
    ["400", 400],
    ["999", 999],
  ])("status %s is %s", (status, read) => {
    expect(readFacts({ status }).request?.status).toBe(read);
  });

  test("status 1000, text and nothing at all are no status", () => {
    for (const status of ["1000", "abc", "2x0"]) expect(readFacts({ status }).rejection?.reason).toBe("malformed");
    expect(["malformed", "accepted"]).toContain(readFacts({ status: "" }).rejection?.reason ?? "accepted");
  });

  test.each(["0", "1", "9007199254740991"])("%s bytes are counted exactly", (bytesOut) => {
    const expected = has("bytesIn") ? { bytesOut: Number(bytesOut), bytesIn: Number(bytesOut) } : {};
    const { request } = readFacts({ bytesOut, bytesIn: bytesOut });
    expect(request).toMatchObject({ bytesOut: Number(bytesOut), ...expected });
  });

  test.each(["9007199254740992", "99999999999999999999999", "1.5", "-5", "1e3"])("%s bytes are no number", (bytes) => {
    // In lines without quotes what is no digit and no dash is another column.
    const isNone = (reason: string | undefined) => expect(["bad-number", "malformed"]).toContain(reason);
    isNone(readFacts({ bytesOut: bytes }).rejection?.reason);
    if (has("bytesIn")) isNone(readFacts({ bytesIn: bytes }).rejection?.reason);
  });

  test.each([
    [Date.UTC(2024, 1, 29, 23, 59, 59), "29 February"],
    [Date.UTC(2026, 2, 29, 1, 0, 0), "the hour that Europe leaves out"],
    [Date.UTC(2026, 9, 25, 0, 59, 59), "the hour that Europe repeats"],
    [Date.UTC(2026, 9, 25, 1, 0, 0), "the hour that Europe repeats, again"],
    [0, "1970"],
  ])("the time %i is read to the second: %s", (timeMs) => {
    expect(readFacts({ timeMs }).timeMs).toBe(timeMs);
  });

  test("another id, key or version is another record, another client, agent or count is not", () => {
    if (!has("id")) return;
    const idOf = (more: Partial<Facts>) => readFacts(more).id;
    expect(idOf({ requestId: "ffffffffffffffffffffffffffffffff" })).not.toBe(idOf({}));
    const namesKey = format === "s3" || format === "gcs-usage" || format === "cloudflare-http";
    if (namesKey) expect(idOf({ name: "b.jpg" })).not.toBe(idOf({}));
    if (format === "s3") expect(idOf({ version: "v2" })).not.toBe(idOf({}));
    expect(idOf({ client: "2001:db8::7", agent: "x", bytesOut: "7", bytesIn: "8" })).toBe(idOf({}));
  });

  test("a line without a request id is known by its content", () => {
    if (!has("id")) return;
    const passage = readFacts({ requestId: "-" });
    // MinIO's entries without one are of no request.
    if (format === "minio-audit") expect(passage.id.startsWith("minio-audit:")).toBe(false);
    else expect(passage.id).toBe("l1:test");
  });
});
