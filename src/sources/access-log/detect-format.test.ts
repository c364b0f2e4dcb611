/** What the first lines of a log say about it, where a transport has put something before them. */
import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../model/source-settings.ts";
import { detectFormat } from "./detect-format.ts";

const COMBINED = `192.0.2.17 - - [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 "-" "x"`;
const COMMON = COMBINED.slice(0, COMBINED.indexOf(' "-"'));
const JSON_LINE = '{"time":"1795162502.041","method":"GET","uri":"/a.jpg","status":"200","bytes_out":"5"}';

const of = (before: string, line: string) => Buffer.from(`${before}${line}\n`.repeat(3));

describe("detectFormat of lines with a prefix", () => {
  test.each([
    ["<134>2026-11-20T08:15:02Z cache-1 nginx[12]: ", COMBINED, "combined", "syslog"],
    ["<134>Nov 20 08:15:02 cache-1 nginx: ", COMBINED, "combined", "syslog"],
    ["Nov 20 08:15:02 cache-1 nginx: ", COMMON, "common", "syslog"],
    ["<134>1 2026-11-20T08:15:02Z cache-1 nginx 12 - - ", COMBINED, "combined", "syslog"],
    ["<134>2026-11-20T08:15:02Z cache-1 nginx[12]: ", JSON_LINE, "json-lines", "syslog"],
    ["nginx  | ", COMBINED, "combined", "container"],
  ] as const)("%j%s is refused with what to do", (before, line, format, prefix) => {
    const detect = () => detectFormat(of(before, line), DEFAULT_SETTINGS);
    expect(detect).toThrow(`the format ${format} and the setting "prefix": "${prefix}"`);
    expect(detect).toThrow(expect.objectContaining({ code: "sources/unknown-format" }));
    expect(detectFormat(of(before, line), { ...DEFAULT_SETTINGS, prefix })).toBe(format);
  });

  test("one of many lines with a prefix, and a prefix before nothing that a format reads, say nothing", () => {
    const odd = `nginx  | ${COMBINED}\n${COMBINED}\n${COMBINED}\n`;
    expect(detectFormat(Buffer.from(odd), DEFAULT_SETTINGS)).toBe("combined");
    expect(detectFormat(of("nginx  | ", "started"), DEFAULT_SETTINGS)).toBeNull();
    expect(detectFormat(Buffer.alloc(0), DEFAULT_SETTINGS)).toBeNull();
  });
});
