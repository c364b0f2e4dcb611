/** What transports write before lines, and lines that only look as if something stood before them. */
import { describe, expect, test } from "vitest";
import { cutPrefix } from "./cut-prefix.ts";
import { buildLineReader } from "./line-reader.ts";

const JSON_LINE = '{"time":"1795162502.041","uri":"/a.jpg"}';
const COMBINED = '192.0.2.17 - - [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 5 "-" "x"';

const cut = (line: string, prefix: "syslog" | "container") => cutPrefix(Buffer.from(line), prefix).toString();

describe("cutPrefix", () => {
  test.each([
    // nginx, `access_log syslog:server=…`, with and without `nohostname`
    "<190>Nov 20 08:15:02 web-1 nginx: ",
    "<190>Nov 20 08:15:02 nginx: ",
    "Nov 20 08:15:02 nginx: ",
    "<134>2026-11-20T08:15:02Z cache-1 name[12]: ",
    "<134>2026-11-20T08:15:02.041+01:00 2001:db8::7 name[12]: ",
    "<134>1 2026-11-20T08:15:02.003Z host app 12 id - ",
    "<134>1 - - - - - - ",
    // RFC 5424, section 6.3: elements stand side by side, and a `]` in a value has a backslash before it
    '<134>1 2026-11-20T08:15:02Z host app 12 id [a@1 x="1"][b@1 y="2" z=""] ',
    '<134>1 2026-11-20T08:15:02Z host app 12 id [a@1 x="1\\]2" y="\\"] "] ',
    "<134>1 2026-11-20T08:15:02Z host app 12 id [a@1] \u00ef\u00bb\u00bf",
  ])("syslog: %j is no part of the line", (prefix) => {
    for (const line of [JSON_LINE, COMBINED]) {
      expect(cutPrefix(Buffer.from(`${prefix}${line}`, "latin1"), "syslog").toString()).toBe(line);
    }
  });

  test.each([
    "nginx  | ",
    "web-1 | ",
    // docker service logs
    "web.1.ohw9vwvs3wfg@node-1.example.com    | ",
    // kubectl logs --prefix
    "[pod/web-6d4cf56db6-abcde/nginx] ",
    // the files of a container runtime
    "2026-11-20T08:15:02.041817748Z stdout F ",
    "2026-11-20T08:15:02.041817748+01:00 stderr F ",
  ])("container: %j is no part of the line", (prefix) => {
    for (const line of [JSON_LINE, COMBINED]) expect(cut(`${prefix}${line}`, "container")).toBe(line);
  });

  test.each([
    [JSON_LINE, "syslog"],
    [COMBINED, "syslog"],
    [JSON_LINE, "container"],
    [COMBINED, "container"],
    ["<190>Nov 20 08:15:02 web-1 no tag at all", "syslog"],
    [`<190>Nov 20 08:15:02 web-1 ${JSON_LINE}`, "syslog"],
    ['<134>1 2026-11-20T08:15:02Z host app 12 id [a@1 x="1] never closed', "syslog"],
    ["HIT|200|1795162502041|51234", "container"],
    ["[20/Nov/2026:08:15:02 +0000] nothing", "container"],
  ] as const)("%j has no prefix of %s", (line, prefix) => {
    expect(cut(line, prefix)).toBe(line);
  });

  test("a line is known by what it is without its prefix, whichever that was", () => {
    const idsOf = (prefix: "none" | "syslog" | "container", mark: string) => {
      const options = { name: "a", source: "www", format: "json-lines", lineBytesMax: 65_536 } as const;
      return buildLineReader({ ...options, prefix })
        .push(Buffer.from(`${mark}${JSON_LINE}\n`))
        .map(({ contentId }) => contentId);
    };
    const bare = idsOf("none", "");
    expect(bare).toHaveLength(1);
    expect(idsOf("syslog", "<190>Nov 20 08:15:02 nginx: ")).toEqual(bare);
    expect(idsOf("syslog", '<190>1 2026-11-20T08:15:02Z - nginx - - [a@1 x="]"][b@1] ')).toEqual(bare);
    expect(idsOf("container", "web.1.ohw9vwvs3wfg@node-1    | ")).toEqual(bare);
  });

  test("is soon done with a line that never ends what it begins", () => {
    for (const piece of ['[a x="', '\\"', "[a", "nginx", " ", ":", "[a][b", '[a "" ', "a@", "/a"]) {
      for (const start of ["<134>1 2026-11-20T08:15:02Z h a 1 i ", "<134>Nov 20 08:15:02 ", "[pod", ""]) {
        const line = Buffer.from(`${start}${piece.repeat(65_536 / piece.length)}`);
        // A search that goes over the same bytes again and again would not be back before the test's time is over.
        for (const prefix of ["syslog", "container"] as const) expect(cutPrefix(line, prefix)).not.toHaveLength(0);
      }
    }
  });
});
