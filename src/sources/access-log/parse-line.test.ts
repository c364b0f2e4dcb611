/** Lines of common and combined: what is read from them, and for which reason the others are refused. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SourceFormat } from "../../model/source.ts";
import type { Passage } from "../passage.ts";
import { LINE_FORMATS } from "./formats.ts";
import type { LogFormat } from "./log-format.ts";
import { LINE_TEST_NOW_MS, readOneLine } from "./read-one-line.contract.ts";

const read = (line: string | Buffer, format: SourceFormat = "combined", terminated = true): Passage =>
  readOneLine(line, { format, terminated });

const reasonOf = (...line: Parameters<typeof read>) => read(...line).rejection?.reason ?? "accepted";

/** A combined line whose parts can be changed one by one. */
function combined(parts: { time?: string; request?: string; status?: string; bytes?: string; tail?: string } = {}) {
  const { time = "[20/Nov/2026:09:15:02 +0100]", request = "GET /a.jpg HTTP/1.1", status = "200" } = parts;
  const { bytes = "51234", tail = '"-" "Demo/1.0"' } = parts;
  return `192.0.2.17 - - ${time} "${request}" ${status} ${bytes} ${tail}`;
}

/** Status and bytes as they were read, the path and the kind: what a request gives. */
const requestOf = (request: string) => read(combined({ request })).request;

describe("the samples of the formats", () => {
  test("common: user, query string and escapes", () => {
    const sample = LINE_FORMATS.get("common")?.sample[0] as string;
    expect(read(sample, "common")).toMatchObject({
      id: "l1:test",
      timeMs: Date.UTC(2026, 10, 20, 8, 15, 2),
      kind: "delivery",
      operation: "GET",
      count: 1,
      bytesIn: 0,
      bytesOut: 51_234,
      assetPath: "/img/a b.jpg",
      rejection: null,
    });
  });

  test("combined: a partial answer is a delivery of the bytes that were sent", () => {
    const sample = LINE_FORMATS.get("combined")?.sample[0] as string;
    const passage = read(sample);
    expect(passage).toMatchObject({ kind: "delivery", bytesOut: 65_536, assetPath: "/img/café.jpg", rejection: null });
    expect(passage.request).toMatchObject({ status: 206, method: "GET" });
  });

  test("each format of this build names as many columns as its sample has", () => {
    for (const name of ["common", "combined", "vhost-combined", "fastly-classic", "s3"]) {
      const { sample, fields } = LINE_FORMATS.get(name) as LogFormat;
      expect(sample[0]?.match(/\[[^\]]*\]|"[^"]*"|\S+/g)).toHaveLength(fields.length);
    }
  });
});

describe("what stands before the time and after the bytes", () => {
  test.each([
    `2001:db8::7 - - [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 "-" "x"`,
    `host.example.com - alice smith [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 "-" "x"`,
    `192.0.2.17 - x [y] [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 "-" "x"`,
    `192.0.2.17 - "quoted" [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 "-" "x"`,
    `cdn.example.com:443 2001:db8::7 - - [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 "-" "x"`,
    `- - - [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 - -`,
    `192.0.2.17 - - [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 "-" "no closing quote`,
    `192.0.2.17 - - [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 "a "b" 404 7 c" "x"`,
    `192.0.2.17 - - [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 `,
  ])("is not read: %s", (line) => {
    expect(read(line)).toMatchObject({ bytesOut: 5, assetPath: "/a.jpg", timeMs: Date.UTC(2026, 10, 20, 8, 15, 2) });
  });
});

describe("the request", () => {
  test.each([
    ["GET /a/b HTTP/1.1", "GET", "/a/b"],
    ["GET /a/b", "GET", "/a/b"],
    ["HEAD / HTTP/2.0", "HEAD", "/"],
    ["GET /a b c.jpg HTTP/1.1", "GET", "/a b c.jpg"],
    ["GET /a?token=secret HTTP/1.1", "GET", "/a"],
    ["GET /a?x=b c HTTP/1.1", "GET", "/a"],
    ["GET /a#part HTTP/1.1", "GET", "/a"],
    ["GET /?x HTTP/1.1", "GET", "/"],
    ["GET http://example.com/a?x HTTP/1.1", "GET", "/a"],
    ["GET HTTPS://example.com:8443/a HTTP/1.1", "GET", "/a"],
    ["GET http://example.com HTTP/1.1", "GET", "/"],
    ["GET http://example.com?x HTTP/1.1", "GET", "/"],
    ["OPTIONS * HTTP/1.1", "OPTIONS", "*"],
    ["CONNECT example.com:443 HTTP/1.1", "CONNECT", "example.com:443"],
    ["M-SEARCH /a HTTP/1.1", "M-SEARCH", "/a"],
    ["GET /say%22hi%22 HTTP/1.1", "GET", '/say"hi"'],
    ['GET /say"hi" HTTP/1.1', "GET", '/say"hi"'],
    ['GET /a" b HTTP/1.1', "GET", '/a" b'],
    ['GET /say\\"hi\\" HTTP/1.1', "GET", '/say"hi"'],
    ["GET /say\\x22hi\\x22 HTTP/1.1", "GET", '/say"hi"'],
    ["GET /caf\\xC3\\xA9 HTTP/1.1", "GET", "/café"],
    ["GET /caf\\xE9 HTTP/1.1", "GET", "/caf%E9"],
    ["GET /a%5Cx41 HTTP/1.1", "GET", "/a\\x41"],
    ["GET /a|b HTTP/1.1", "GET", "/a|b"],
    ["GET /a%09b HTTP/1.1", "GET", "/a%09b"],
    ["GET /a%00b HTTP/1.1", "GET", "/a%00b"],
    ["GET /a\tb HTTP/1.1", "GET", "/a%09b"],
    ["GET /a+b%2Bc HTTP/1.1", "GET", "/a+b+c"],
    ["GET /a%2Fb%25 HTTP/1.1", "GET", "/a/b%"],
    ["GET /😀%F0%9F%98%80 HTTP/1.1", "GET", "/😀😀"],
    ["GET //a/../b/./ HTTP/1.1", "GET", "//a/../b/./"],
    ["GET /HTTP/1.1", "GET", "/HTTP/1.1"],
  ])("%j asks for %s %j", (request, method, path) => {
    expect(requestOf(request)).toMatchObject({ method, path });
  });

  test.each([
    "",
    "-",
    " ",
    "\\x16\\x03\\x01\\x02",
    "get / HTTP/1.1",
    "1GET / HTTP/1.1",
    `${"A".repeat(33)} / HTTP/1.1`,
    "GET",
    "GET ",
    "GET HTTP/1.1",
    "GET  HTTP/1.1",
    "GET ?x HTTP/1.1",
    "/a HTTP/1.1",
  ])("%j is no request", (request) => {
    expect(reasonOf(combined({ request }))).toBe("no-request");
  });

  test("a path of 4,096 bytes is taken, one more is too long; what counts are bytes of the decoded path", () => {
    const path = (bytes: number) => `GET /${"é".repeat((bytes - 1) / 2)}${"x".repeat((bytes - 1) % 2)} HTTP/1.1`;
    expect(reasonOf(combined({ request: path(4_096) }))).toBe("accepted");
    expect(reasonOf(combined({ request: path(4_097) }))).toBe("field-too-long");
    expect(reasonOf(combined({ request: `GET /a?${"x".repeat(10_000)} HTTP/1.1` }))).toBe("accepted");
  });
});

describe("status and bytes", () => {
  test.each([
    ["200", "51234", 200, 51_234],
    ["304", "-", 304, 0],
    ["304", "0", 304, 0],
    ["100", "0", 100, 0],
    ["399", "7", 399, 7],
    ["400", "7", 400, 7],
    ["999", "7", 999, 7],
    ["009", "7", 200, 7],
    ["099", "7", null, 7],
    ["000", "7", null, 7],
    ["-", "7", null, 7],
    ["499", "7", 499, 7],
    ["200", "9007199254740991", 200, 9_007_199_254_740_991],
    ["200", "00012", 200, 12],
  ])("status %s with %s bytes", (status, bytes, readStatus, bytesOut) => {
    expect(read(combined({ status, bytes })).request).toMatchObject({ status: readStatus, bytesOut });
  });

  test.each(["9007199254740992", "99999999999999999999999999", "1.5", "12a", "-5", "1e3", "--"])(
    "%s bytes are no number",
    (bytes) => {
      expect(reasonOf(combined({ bytes }))).toBe("bad-number");
    },
  );

  test.each(["000", "-", "099", "444", "499"])("status %s without a byte answers nothing", (status) => {
    expect(reasonOf(combined({ status, bytes: "0" }))).toBe("no-response");
    expect(reasonOf(combined({ status, bytes: "-" }))).toBe("no-response");
    expect(reasonOf(combined({ status, bytes: "1" }))).toBe("accepted");
  });

  test("a static file with a status below 400 is a delivery, whatever the method; everything else is an API request", () => {
    const kindOf = (status: string, request: string) => read(combined({ status, request })).kind;
    for (const status of ["200", "206", "304", "399"]) expect(kindOf(status, "GET /a.JPG HTTP/1.1")).toBe("delivery");
    expect(kindOf("200", "HEAD /a.jpg HTTP/1.1")).toBe("delivery");
    for (const status of ["400", "404", "999", "-"]) expect(kindOf(status, "GET /a.jpg HTTP/1.1")).toBe("api");
    expect(kindOf("200", "GET /a HTTP/1.1")).toBe("api");
    expect(kindOf("200", "GET a.jpg HTTP/1.1")).toBe("api");
  });

  test("a delivery is known by its method, an API request by its path without ids", () => {
    expect(read(combined({ request: "HEAD /a.jpg HTTP/1.1" })).operation).toBe("HEAD");
    const api = read(combined({ request: "GET /v1/assets/12/data?x HTTP/1.1" }));
    expect(api).toMatchObject({ operation: "/v1/assets/{ASSET_ID}/data", assetPath: null });
  });
});

describe("refusals, in the order in which they are tested", () => {
  test.each([
    ["line-too-long", `${combined()}${"x".repeat(100_000)}`],
    ["not-text", combined({ tail: '"-" "a\0b"' })],
    ["not-text", Buffer.concat([Buffer.from(combined()), Buffer.from([0x1f, 0x8b, 0x08, 0x01])])],
    ["not-text", `${combined()}PK\x03\x04`],
    ["malformed", "hello"],
    ["malformed", '{"level":"info"}'],
    ["malformed", combined({ time: "-" })],
    ["malformed", combined({ time: "20/Nov/2026:09:15:02 +0100" })],
    ["malformed", combined({ status: "20" })],
    ["malformed", combined({ status: "2000" })],
    ["malformed", combined({ status: "abc" })],
    ["malformed", combined({ bytes: "" })],
    ["malformed", combined({ bytes: "x" })],
    ["malformed", combined().slice(0, combined().indexOf(" 51234") + 4)],
    ["missing-field", combined({ time: "[]" })],
    ["missing-field", combined({ time: "[-]" })],
    ["bad-time", combined({ time: "[2026-11-20T09:15:02Z]" })],
    ["bad-time", combined({ time: "[31/Feb/2026:09:15:02 +0100]" })],
    ["bad-time", combined({ time: "[20/Nov/2026:24:15:02 +0100]" })],
    ["in-future", combined({ time: "[20/Nov/2026:12:10:01 +0000]" })],
    ["in-future", combined({ time: "[20/Nov/2026:12:10:01 +0000]", bytes: "1.5", request: "-" })],
    ["accepted", combined({ time: "[20/Nov/2026:12:10:00 +0000]" })],
    ["bad-number", combined({ bytes: "1.5", request: "-", status: "000" })],
    ["no-request", combined({ bytes: "0", request: "-", status: "000" })],
    ["no-response", combined({ bytes: "0", request: `GET /${"x".repeat(5_000)} HTTP/1.1`, status: "000" })],
  ])("%s", (reason, line) => {
    expect(reasonOf(line)).toBe(reason);
  });

  test("common needs nothing after the bytes and takes what stands there", () => {
    const line = combined().slice(0, combined().indexOf(" 51234") + 6);
    expect(read(line, "common").bytesOut).toBe(51_234);
    expect(read(combined(), "common").bytesOut).toBe(51_234);
    expect(reasonOf(line, "combined")).toBe("malformed");
  });

  test("a format of events has no lines", () => {
    expect(reasonOf(combined(), "cloudevents")).toBe("malformed");
  });
});

describe("any bytes", () => {
  test("a line cut at every byte is one event or one rejection, and never an event with other bytes", () => {
    const line = LINE_FORMATS.get("combined")?.sample[0] as string;
    for (let end = 0; end <= line.length; end++) {
      const { rejection, bytesOut, timeMs } = read(line.slice(0, end));
      if (rejection === null)
        expect({ bytesOut, timeMs }).toEqual({ bytesOut: 65_536, timeMs: Date.UTC(2026, 10, 20, 8, 15, 2) });
      else expect(rejection.detail).not.toBe("");
    }
  });

  test("a NUL byte anywhere inside makes a line no text", () => {
    const line = combined();
    for (let at = 1; at < line.length; at++)
      expect(reasonOf(`${line.slice(0, at)}\0${line.slice(at)}`)).toBe("not-text");
  });

  test("random bytes, and lines with random bytes in them, never throw and give an event or a rejection", () => {
    const line = Buffer.from(combined());
    const noise = fc.uint8Array({ maxLength: 40 });
    const formats = fc.constantFrom<SourceFormat>("combined", "common");
    fc.assert(
      fc.property(
        noise,
        fc.nat(line.length),
        fc.nat(20),
        formats,
        fc.boolean(),
        (bytes, at, removed, format, isTerminated) => {
          const changed = Buffer.concat([line.subarray(0, at), bytes, line.subarray(at + removed)]);
          for (const input of [Buffer.from(bytes), changed]) {
            const passage = read(input, format, isTerminated);
            if (passage.rejection !== null) continue;
            expect(Number.isSafeInteger(passage.timeMs) && passage.timeMs >= 0).toBe(true);
            expect(Number.isSafeInteger(passage.bytesOut) && passage.bytesOut >= 0).toBe(true);
            expect(passage.operation).not.toBe("");
            expect(passage.request?.path.isWellFormed()).toBe(true);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("print and parse", () => {
  const month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");
  /** As Apache and nginx write a time, in the zone `offsetMinutes` east of UTC. */
  function printTime(timeMs: number, offsetMinutes: number): string {
    const local = new Date(timeMs + offsetMinutes * 60_000);
    const zone = Math.abs(offsetMinutes);
    const sign = offsetMinutes < 0 ? "-" : "+";
    const date = `${pad(local.getUTCDate())}/${month[local.getUTCMonth()]}/${pad(local.getUTCFullYear(), 4)}`;
    const time = `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}:${pad(local.getUTCSeconds())}`;
    return `[${date}:${time} ${sign}${pad(Math.floor(zone / 60))}${pad(zone % 60)}]`;
  }
  /** As nginx writes a quoted field. */
  const printQuoted = (text: string) =>
    [...Buffer.from(text)]
      .map((byte) => {
        const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
        return isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
      })
      .join("");

  test("what is written as nginx writes it is read as it was", () => {
    const request = fc.record({
      second: fc.integer({ min: 0, max: Math.floor(LINE_TEST_NOW_MS / 1000) }),
      offset: fc.integer({ min: -14 * 60, max: 14 * 60 }),
      method: fc.constantFrom("GET", "HEAD", "POST", "DELETE", "M-SEARCH"),
      segments: fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 4 }),
      status: fc.integer({ min: 100, max: 443 }),
      bytes: fc.maxSafeNat(),
      user: fc.constantFrom("-", "alice", "alice smith", 'a "b" [c]'),
      agent: fc.string(),
    });
    fc.assert(
      fc.property(request, ({ second, offset, method, segments, status, bytes, user, agent }) => {
        const target = `/${segments.map((segment) => encodeURIComponent(segment.toWellFormed())).join("/")}`;
        const time = printTime(second * 1000, offset);
        const quoted = `"${printQuoted(`${method} ${target}?secret=1 HTTP/1.1`)}"`;
        const passage = read(`192.0.2.1 - ${user} ${time} ${quoted} ${status} ${bytes} "-" "${printQuoted(agent)}"`);
        expect(passage.rejection).toBeNull();
        expect(passage.timeMs).toBe(second * 1000);
        expect(passage.request).toMatchObject({ method, status, bytesOut: bytes });
        const decoded = decodeURIComponent(target);
        expect(passage.request?.path).toBe(/\p{Cc}/u.test(decoded) ? target : decoded);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the host before a line", () => {
  const hostOf = (host: string) => {
    const { rejection, request } = read(`${host} ${combined()}`, "vhost-combined");
    return rejection?.reason ?? request?.host;
  };

  test.each([
    ["CDN.example.com:443", "cdn.example.com"],
    ["localhost", "localhost"],
    ["_", "_"],
    ["192.0.2.1:8080", "192.0.2.1"],
    ["[2001:DB8::1]:443", "[2001:db8::1]"],
  ])("%s is %s", (first, host) => {
    expect(hostOf(first)).toBe(host);
  });

  test.each(["203.0.113.9,", "203.0.113.9,198.51.100.7", "web@node", "<190>nginx", "[pod/web/nginx]", "nginx:", "20"])(
    "%s is none: the line counts, and nothing is kept of it",
    (first) => {
      expect(hostOf(first)).toBeNull();
    },
  );
});
