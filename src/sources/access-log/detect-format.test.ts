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
    ["<190>Nov 20 08:15:02 nginx: ", COMBINED, "combined", "syslog"],
    ["nginx  | ", COMBINED, "combined", "container"],
    ["web.1.abc@node1    | ", COMBINED, "combined", "container"],
    ["2026-11-20T08:15:02.041817748Z stdout F ", COMBINED, "combined", "container"],
    ["[pod/web-1/nginx] ", COMBINED, "combined", "container"],
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

describe("detectFormat of lines with one column more in front", () => {
  const guess = (line: string) => detectFormat(of("", line), DEFAULT_SETTINGS);

  test.each([
    "cdn.example.com ",
    "cdn.example.com:443 ",
    "localhost ",
    "*.example.com ",
    "192.0.2.1:8080 ",
    "[2001:db8::1]:443 ",
    "2001:db8::1 ",
  ])("%j is the host of vhost-combined", (host) => {
    for (const client of ["192.0.2.17", "2001:db8::7", "client.example.net", "localhost"]) {
      expect(guess(host + COMBINED.replace("192.0.2.17", client))).toBe("vhost-combined");
    }
    expect(guess(host + COMBINED.replace("- -", "- alice smith"))).toBe("vhost-combined");
  });

  test.each([
    // What X-Forwarded-For has: a client, and no host.
    "203.0.113.9, ",
    "203.0.113.9, 198.51.100.7, ",
    "web-1 nginx ",
    "web.1@node1 ",
    "nginx: ",
    "<190>Nov ",
    "<190>nginx ",
    "20 ",
    "08:15:02 ",
    "- ",
  ])("%j is none", (before) => {
    expect(guess(before + COMBINED)).toBe("combined");
  });

  test("a line of combined whose second column is a name is one of combined", () => {
    expect(guess(COMBINED.replace("- -", "identity alice"))).toBe("combined");
  });

  test("brackets with something else before quotes are no time, and no format reads them", () => {
    for (const line of [
      '[Fri Nov 20 08:15:02 2026] [core:error] [pid 5] "quoted" thing',
      'app-1 [Fri Nov 20 08:15:02.041 2026] [core:error] [pid 5] "quoted" thing',
      '2026-11-20 08:15:02 app [main] "quoted" thing',
    ]) {
      expect(guess(line)).toBeNull();
    }
    expect(guess(COMBINED.replace("20/Nov", "31/Feb"))).toBe("combined");
    expect(guess(`cdn.example.com ${COMBINED.replace(":08:", ":24:")}`)).toBe("vhost-combined");
  });
});

describe("detectFormat of long lines", () => {
  const minio = (keyBytes: number) => {
    const objects = [{ objectName: "k".repeat(keyBytes) }];
    const api = { name: "DeleteMultipleObjects", bucket: "media", objects, statusCode: 200, rx: 5, tx: 9 };
    return `${JSON.stringify({ deploymentid: "d", requestID: "R1", time: "2026-11-20T08:15:02Z", api })}\n`;
  };

  test("a line of MinIO may be as long as its source takes it, and tells the format alone", () => {
    for (const keyBytes of [65_536, 1_000_000]) {
      expect(detectFormat(Buffer.from(minio(keyBytes)), DEFAULT_SETTINGS)).toBe("minio-audit");
    }
    expect(detectFormat(Buffer.from(minio(4 * 1024 * 1024)), DEFAULT_SETTINGS)).toBeNull();
  });

  test("what would be refused as too long says nothing of the other formats", () => {
    const long = `${COMBINED.slice(0, -1)}${"x".repeat(65_536)}"\n`;
    expect(detectFormat(Buffer.from(long), DEFAULT_SETTINGS)).toBeNull();
    expect(detectFormat(Buffer.from(`${long}${COMMON}\n`), DEFAULT_SETTINGS)).toBe("common");
  });
});
