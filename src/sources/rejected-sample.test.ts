/** What people see of refused records: enough to mend them, nothing that must not be stored. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../model/source-settings.ts";
import { LINE_FORMATS } from "./access-log/formats.ts";
import type { LogFormat } from "./access-log/log-format.ts";
import type { LineParts } from "./access-log/parse-line.ts";
import type { Submission } from "./intake.ts";
import { buildPassage } from "./passage.ts";
import { toSample } from "./rejected-sample.ts";

const SUBMISSION = { organization: 1, source: "www" } as Submission;
const COMBINED = LINE_FORMATS.get("combined") as LogFormat;
const LINE = { columns: null, part: 0, isTerminated: true };

function sampleOfLine(line: string | Buffer) {
  const bytes = Buffer.from(line);
  const passage = buildPassage(
    { form: "line", bytes, contentId: "", terminated: true, file: "a.log", number: 1 },
    SUBMISSION,
  );
  const parsed = COMBINED.read({ ...LINE, bytes }, DEFAULT_SETTINGS);
  passage.parts = "reason" in parsed ? null : (parsed as LineParts);
  passage.rejection = { reason: "bad-number", detail: "why" };
  return toSample(passage);
}

function sampleOfEvent(value: unknown): string {
  const passage = buildPassage({ form: "event", value, position: "index 0" }, SUBMISSION);
  passage.rejection = { reason: "not-an-event", detail: "why" };
  return toSample(passage).text;
}

describe("toSample of lines", () => {
  test("time, method, path, status and bytes are shown; client, user, query, referrer and user agent are not", () => {
    const head = "203.0.113.9 - alice [20/Nov/2026:09:15:02 +0100]";
    const line = `${head} "GET /a?key=SECRET HTTP/1.1" 200 1.5 "https://SECRET/" "SECRET"`;
    expect(sampleOfLine(line)).toEqual({
      position: "a.log:1",
      detail: "why",
      text: '(client) [20/Nov/2026:09:15:02 +0100] "GET /a?(removed)" 200 1.5',
    });
  });

  test("a line without a query keeps its protocol", () => {
    expect(sampleOfLine('h - - [20/Nov/2026:09:15:02 +0100] "GET /a HTTP/1.1" 000 0 "SECRET" "S"').text).toBe(
      '(client) [20/Nov/2026:09:15:02 +0100] "GET /a HTTP/1.1" 000 0',
    );
  });

  test("a line of another shape shows nothing that could be a client, a query or a header", () => {
    for (const line of [
      '203.0.113.9 SECRET [x] "GET /a?SECRET" SECRET',
      '203.0.113.9 - - [x] "GET /a" SECRET "SECRET"',
      "203.0.113.9 - - [20/Nov/2026:09:15:02 +0100] GET /a SECRET",
      '203.0.113.9 - - [x "SECRET"',
      '203.0.113.9 - - [x ["SECRET"]',
      '{"headers": ["SECRET"], "a": [x] "SECRET" }',
      "203.0.113.9 SECRET",
      '{"request":{"remote_ip":"203.0.113.9","headers":{"Authorization":"SECRET"}}}',
      // Fields of somebody's own format where the request is expected, alone and beside it.
      '203.0.113.9 - - [20/Nov/2026:09:15:02 +0100] "Bearer SECRET" "GET /x HTTP/1.1" 200 5 "-"',
      '203.0.113.9 - - [20/Nov/2026:09:15:02 +0100] "session=SECRET" "GET /x HTTP/1.1" 200 5 "-"',
      '203.0.113.9 - - [20/Nov/2026:09:15:02 +0100] "GET /x HTTP/1.1" "Bearer SECRET" 200 5 "-"',
      '203.0.113.9 - - [20/Nov/2026:09:15:02 +0100] "Basic SECRET==" 200 5 "-"',
      '203.0.113.9 - - [20/Nov/2026:09:15:02 +0100] "GET http://me:SECRET@example.com/x HTTP/1.1" 200 5 "-"',
      '203.0.113.9 - - [x] "session=SECRET" 200 5',
      "",
    ]) {
      expect(sampleOfLine(line).text).not.toMatch(/SECRET|203/);
    }
  });

  test("bytes that cannot be shown are written as \\xHH, and any line gives at most 512 bytes", () => {
    expect(sampleOfLine(Buffer.from('h - - [x] "\x16\xe9', "latin1")).text).toBe('(client) [(removed)] "(removed)');
    expect(sampleOfLine(Buffer.from('h - - [x] "GET /\xe9', "latin1")).text).toBe('(client) [(removed)] "GET /\\xe9…');
    expect(sampleOfLine(Buffer.from("h - - [x] \x16\xe9", "latin1")).text).toBe("(client) [(removed)]…");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        for (const line of [Buffer.from(bytes), Buffer.concat([Buffer.from(" ["), bytes])]) {
          const { text } = sampleOfLine(line);
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(512);
          expect(text).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
    const long = sampleOfLine(`h - - [20/Nov/2026:09:15:02 +0100] "GET /${"x".repeat(9_000)} HTTP/1.1" 200 7 "-" "-"`);
    expect(Buffer.byteLength(long.text)).toBeLessThanOrEqual(512);
    expect(long.text).toMatch(/" 200 7$/);
  });
});

describe("toSample of events", () => {
  test("known attributes and fields are shown, of all others only the names", () => {
    const event = {
      specversion: "1.0",
      id: "e1",
      authorization: "SECRET",
      data: {
        operation: "GET /a?token=SECRET",
        count: Number.POSITIVE_INFINITY,
        clientip: "SECRET",
        asset_id: { x: "SECRET" },
      },
    };
    expect(JSON.parse(sampleOfEvent(event))).toEqual({
      specversion: "1.0",
      id: "e1",
      authorization: "(removed)",
      data: {
        operation: "GET /a?(removed)",
        count: "Infinity",
        clientip: "(removed)",
        asset_id: "(a value of type object)",
      },
    });
  });

  test("what is no object is named by its kind only", () => {
    expect(sampleOfEvent("SECRET")).toBe("(a value of type string)");
    expect(sampleOfEvent(["SECRET"])).toBe("(a list)");
    expect(sampleOfEvent(null)).toBe("(null)");
    expect(sampleOfEvent({ data: "SECRET" })).toBe('{"data":"(a value of type string)"}');
  });

  test("any value gives at most 1,024 bytes and never throws", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary", maxLength: 3_000 }), (value, text) => {
        for (const input of [value, { id: text, [text]: text, data: { operation: text } }]) {
          expect(Buffer.byteLength(sampleOfEvent(input))).toBeLessThanOrEqual(1_024);
        }
      }),
    );
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key ${i}`, "😀"]));
    expect(Buffer.byteLength(sampleOfEvent({ ...wide, data: wide }))).toBeLessThanOrEqual(1_024);
  });
});
