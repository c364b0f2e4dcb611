/** What clients write into their requests, names and headers: it must decide neither status nor bytes nor time of their lines. */
import { describe, expect, test } from "vitest";
import type { SourceFormat } from "../../model/source.ts";
import { readOneLine } from "./read-one-line.contract.ts";

const read = (line: string | Buffer, format: SourceFormat = "combined") => readOneLine(line, { format });

const reasonOf = (...line: Parameters<typeof read>) => read(...line).rejection?.reason ?? "accepted";

describe("what a client writes into its request", () => {
  const ENDS = { common: "", "fastly-classic": "", combined: ' "-" "x"', "vhost-combined": ' "-" "x"' } as const;
  const lineOf = (format: keyof typeof ENDS, request: string) => {
    const host = format === "vhost-combined" ? "cdn.example.com:443 " : "";
    return `${host}192.0.2.17 - - [20/Nov/2026:09:15:02 +0100] "${request}" 400 226${ENDS[format]}`;
  };
  const FORMATS = Object.keys(ENDS) as (keyof typeof ENDS)[];

  test.each(FORMATS)("%s: a quote that Apache has escaped ends no request, whatever follows it", (format) => {
    for (const target of [
      '/a.mp4?\\" 200 99999999999',
      '/a.mp4?\\\\\\" 200 99999999999',
      '/a.mp4?\\" - -',
      '/a.mp4?\\" 200 99999999999 \\"-\\" \\"x\\"',
    ]) {
      const { request, rejection } = read(lineOf(format, `GET ${target} HTTP/1.1`), format);
      expect(rejection).toBeNull();
      expect(request).toMatchObject({ path: "/a.mp4", status: 400, bytesOut: 226 });
    }
  });

  test.each(FORMATS)("%s: the quote behind an escaped backslash ends the request", (format) => {
    for (const [target, path] of [
      ["/a\\\\", "/a\\"],
      ["/a\\\\\\\\", "/a\\\\"],
      ['/a\\"\\\\', '/a"\\'],
    ] as const) {
      expect(read(lineOf(format, `GET ${target}`), format).request).toMatchObject({ path, status: 400, bytesOut: 226 });
    }
    expect(reasonOf(lineOf(format, "\\\\"), format)).toBe("no-request");
  });

  test.each(FORMATS)("%s: a line that is cut behind an escaped quote and numbers gives nothing", (format) => {
    const line = lineOf(format, 'GET /a.mp4?\\" 200 99999999999');
    const cut = line.slice(0, line.indexOf('" 400'));
    expect(reasonOf(cut, format)).toBe("malformed");
    expect(reasonOf(`${cut} `, format)).toBe("malformed");
  });

  test("a raw quote, which Fastly's logs may have, forges no numbers where the bytes are the last column", () => {
    for (const format of ["common", "fastly-classic"] as const) {
      for (const status of ["400", "-"]) {
        const line = lineOf(format, 'GET /a.mp4?" 200 99999999999 HTTP/1.1').replace("400", status);
        const found = read(line, format);
        expect(found.request).toMatchObject({ path: "/a.mp4", status: status === "-" ? null : 400, bytesOut: 226 });
      }
    }
  });
});
