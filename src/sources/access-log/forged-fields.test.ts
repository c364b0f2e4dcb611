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

describe("what a client writes into its user name", () => {
  const OLD = "20/Nov/2020:09:15:02 +0100";
  const TIME_MS = Date.UTC(2026, 10, 20, 8, 15, 2);

  test.each([
    `x [${OLD}]`,
    `x [${OLD}] y`,
    `[${OLD}]`,
    `x [${OLD}] \\"GET /forged.jpg HTTP/1.1\\" 200 9999999`,
    `x [${OLD}] \\x22GET /forged.jpg HTTP/1.1\\x22 200 9999999`,
    `x ${OLD}`,
  ])("%s is no time of the line and no reason to refuse it", (user) => {
    const brackets = `192.0.2.17 - ${user} [20/Nov/2026:09:15:02 +0100] "GET /a.jpg HTTP/1.1" 200 5`;
    const found = { rejection: null, timeMs: TIME_MS, bytesOut: 5, assetPath: "/a.jpg" };
    for (const format of ["common", "fastly-classic"] as const) expect(read(brackets, format)).toMatchObject(found);
    expect(read(`${brackets} "-" "x"`)).toMatchObject(found);
    expect(read(`cdn.example.com ${brackets} "-" "x"`, "vhost-combined")).toMatchObject(found);
    const bare = brackets.replace("[20/Nov/2026:09:15:02 +0100]", "20/Nov/2026:09:15:02 +0100");
    expect(read(bare, "fastly-classic")).toMatchObject(found);
  });

  test("the time before the request counts where one with brackets stands in the request", () => {
    const line = `192.0.2.17 - - 20/Nov/2026:09:15:02 +0100 "GET /a.jpg?x [${OLD}] "y HTTP/1.1" 200 5`;
    expect(read(line, "fastly-classic")).toMatchObject({ timeMs: TIME_MS, bytesOut: 5, assetPath: "/a.jpg" });
  });
});

describe("what a client writes into a line of S3, which escapes no quotes", () => {
  const lineOf = (changed: { uri?: string; referrer?: string; agent?: string }) => {
    const { uri = '"GET /a.mp4 HTTP/1.1"', referrer = "-", agent = "Demo/1.0" } = changed;
    const before = `4c1029 media [20/Nov/2026:08:15:02 +0000] 192.0.2.17 - 7Q4ZK1EXAMPLE01A REST.GET.OBJECT a.mp4`;
    return `${before} ${uri} 206 - 226 5000 41 12 "${referrer}" "${agent}" v7 hostid SigV4 suite - media.example.com`;
  };
  const FOUND = { bytesOut: 226, request: { status: 206, host: "media.example.com" } };

  test.each([
    { uri: '"GET /a.mp4?" 200 - 99999999999 5000 1 1 "-" "x" HTTP/1.1"' },
    { uri: '"GET /a.mp4 HTTP/1.1" 200 - 99999999999 5000 1 1 "-" "x" - h - - - x"' },
    { uri: '"GET /a.mp4?" 200 - 99999999999 5000 1 1 - HTTP/1.1"' },
    { referrer: 'x" 200 - 99999999999 5000 1 1 "-' },
    { agent: 'x" 200 - 99999999999 5000 1 1 "-" "y' },
  ])("a second answer in it makes the line refused, whichever of them is true: %j", (changed) => {
    const { rejection } = read(lineOf(changed), "s3");
    expect(rejection?.reason).toBe("malformed");
    expect(rejection?.detail).toContain("Where the request ends is not clear");
  });

  const ANONYMOUS = `4c1029 media [20/Nov/2026:08:15:02 +0000] 192.0.2.17 - 7Q4ZK1EXAMPLE01A REST.GET.OBJECT a.mp4`;

  test.each([
    `${ANONYMOUS} "GET /a.mp4 HTTP/1.0" 200 - 226 5000 4 3 "-" "-" - hostid= - - - - - - -`,
    `${ANONYMOUS} "GET /a.mp4 HTTP/1.0" 200 - 226 5000 4 3 - - - hostid= - - - - - - -`,
  ])("columns behind the last quote that are all a dash are no second answer: %s", (line) => {
    expect(read(line, "s3")).toMatchObject({ rejection: null, bytesOut: 226 });
  });

  test("an expired object, whose request is a dash in quotes, is taken away whatever stands behind the last quote", () => {
    const expired = ANONYMOUS.replace("REST.GET.OBJECT", "S3.EXPIRE.OBJECT");
    expect(read(`${expired} "-" - - - 99 - - "-" "-" - hostid= - - - - -`, "s3")).toMatchObject({
      rejection: null,
      kind: "delete",
    });
  });

  test("an answer behind the last quote is the server's where neither referrer nor agent is quoted: the line is refused", () => {
    const forged = `${ANONYMOUS} "GET /a.mp4?" 200 - 99999999999 5000 1 1 "-" "-" 404 - 226 - 4 3 - - - hostid= - - - - - - -`;
    expect(read(forged, "s3").rejection?.detail).toContain("Where the request ends is not clear");
  });

  test.each([
    { uri: '"GET /a.mp4?say="hi" HTTP/1.1"' },
    { uri: '"GET /a.mp4?" 200 HTTP/1.1"' },
    { referrer: 'https://example.com/" x' },
    { agent: 'a "b" 404 7 c' },
  ])("quotes without one change nothing: %j", (changed) => {
    expect(read(lineOf(changed), "s3")).toMatchObject(FOUND);
  });

  test("where nobody asked, the columns behind the `-` are the answer", () => {
    const line = lineOf({ uri: "-", referrer: 'x" 200 - 99999999999 5000 1 1 "-' });
    expect(read(line, "s3")).toMatchObject({ bytesOut: 226, request: { status: 206 } });
    expect(reasonOf(lineOf({ uri: "- -", referrer: 'x" 200 - 99999999999 5000 1 1 "-' }), "s3")).toBe("malformed");
  });
});
