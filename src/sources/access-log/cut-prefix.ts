/**
 * Takes off what a transport has put before a line: it is no part of the line, nor of what the line is known by.
 */
import type { SourceSettings } from "../../model/source-settings.ts";

/** The longest prefix that is looked for, in bytes. */
export const PREFIX_BYTES_MAX = 512;

const ISO = String.raw`\d{4}-\d\d-\d\dT\S{8,24}`;
const BSD = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`;

// [id name="a \] and a \""]; a bracket in quotes ends nothing, escaped or not
const ELEMENT = String.raw`\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\]`;

// <134>1 2026-11-20T08:15:02Z cache-1 name 12 id - , or with structured data in brackets, one behind another
const SYSLOG_5424 = new RegExp(
  String.raw`^<\d{1,3}>1 (?:${ISO}|-) \S+ \S+ \S+ \S+ (?:-|(?:${ELEMENT})+) ?(?:\xef\xbb\xbf)?`,
);

// <134>2026-11-20T08:15:02Z cache-1 name[12]: , or with the older form of time, or without the number or the host. No name
// begins as JSON does: without a name, {"time": would be taken for one.
const SYSLOG_3164 = new RegExp(String.raw`^(?:<\d{1,3}>)?(?:${ISO}|${BSD}) (?:\S*[^\s:] )?[^\s:{"]+: ?`);

// caddy  | , web.1.ohw9vwvs3wfg@node-1    | , [pod/web-1/nginx] , 2026-11-20T08:15:02.041817748Z stdout F
const CONTAINER = new RegExp(String.raw`^(?:[\w.@-]+ +\| ?|\[[a-z]+(?:/[\w.-]+)+\] |${ISO} std(?:out|err) [FP] )`);

/** The line without its prefix, as the source's setting says; the same line where none is found. */
export function cutPrefix(line: Buffer, prefix: SourceSettings["prefix"]): Buffer {
  if (prefix === "none") return line;
  // One character per byte, so that lengths are offsets.
  const head = line.toString("latin1", 0, PREFIX_BYTES_MAX);
  const found = prefix === "container" ? CONTAINER.exec(head) : (SYSLOG_5424.exec(head) ?? SYSLOG_3164.exec(head));
  return found === null ? line : line.subarray(found[0].length);
}
