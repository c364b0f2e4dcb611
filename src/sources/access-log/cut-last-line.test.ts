/** A last line without line end: what is taken for whole, and what waits for the rest. */
import { describe, expect, test } from "vitest";
import type { SourceFormat } from "../../model/source.ts";
import { buildLineReader } from "./line-reader.ts";
import { readOneLine } from "./read-one-line.contract.ts";

const line = (path: string, tail: string) =>
  `192.0.2.17 - - [20/Nov/2026:09:15:02 +0100] "GET ${path} HTTP/1.1" 200 51234${tail}`;

const TAIL = ' "https://example.com/a\\"b" "Demo/1.0 (\\x22x\\x22)"';
/** As nginx's packaged `main` has it: combined, then `"$http_x_forwarded_for"`. */
const MAIN_TAIL = ' "-" "Demo/1.0" "198.51.100.7"';

const reasonOf = (bytes: string, before: string | null, format: SourceFormat = "combined") =>
  readOneLine(bytes, { format, terminated: false, ...(before === null ? {} : { before }) }).rejection?.reason ??
  "accepted";

describe("a last line without line end", () => {
  test("in combined it is taken when both quoted fields are closed as before, wherever it was cut it is refused", () => {
    const [before, last] = [line("/a.jpg", ' "-" "-"'), line("/b.jpg", TAIL)];
    expect(reasonOf(last, before)).toBe("accepted");
    for (let end = 0; end < last.length; end++) {
      expect(reasonOf(last.slice(0, end), before), last.slice(0, end)).toBe("unterminated");
    }
    expect(reasonOf(`${last} more`, before)).toBe("unterminated");
    const hosted = ["cdn.example.com ", "cdn.example.com:443 "].map((host) => `${host}${last}`);
    expect(reasonOf(hosted[0] as string, hosted[1] as string, "vhost-combined")).toBe("accepted");
  });

  test("in a log with one column more than combined it is taken with all of them, and refused wherever it was cut", () => {
    const [before, last] = [line("/a.jpg", MAIN_TAIL), line("/b.jpg", MAIN_TAIL)];
    expect(reasonOf(last, before)).toBe("accepted");
    for (let end = 0; end < last.length; end++) {
      expect(reasonOf(last.slice(0, end), before), last.slice(0, end)).toBe("unterminated");
    }
  });

  test("where the line before ends in something else, or there is none, nothing says how many columns are all", () => {
    const last = line("/b.jpg", TAIL);
    for (const before of [null, line("/a.jpg", `${TAIL} 0.005`), line("/a.jpg", ' "-" "open'), "nonsense"]) {
      expect(reasonOf(last, before)).toBe("unterminated");
    }
  });

  test("in common nothing proves that the bytes have no more digits", () => {
    expect(reasonOf(line("/b.jpg", TAIL), line("/a.jpg", TAIL), "common")).toBe("unterminated");
  });

  test("is read with the last whole line of its file, without the prefix, wherever the pieces end", () => {
    const [first, whole, last] = ["/a.jpg", "/b.jpg", "/c.jpg"].map((path) => line(path, TAIL)) as [
      string,
      string,
      string,
    ];
    for (const prefix of ["none", "container"] as const) {
      const mark = prefix === "none" ? "" : "nginx  | ";
      const bytes = Buffer.from(`${mark}${first}\n${mark}${whole}\r\n\n${mark}${last}`);
      for (let cut = 0; cut <= bytes.length; cut += 7) {
        const options = { name: "a", source: "www", format: "combined", prefix, lineBytesMax: 65_536 } as const;
        const reader = buildLineReader(options);
        const terminated = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
        expect(terminated.map(({ before }) => before)).toEqual([undefined, undefined]);
        expect(reader.end().map(({ before }) => before?.toString())).toEqual([whole]);
      }
    }
  });
});
