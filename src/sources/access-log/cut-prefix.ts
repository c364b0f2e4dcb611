/**
 * Takes off what a transport has put before a line: it is no part of the line, nor of what the line is known by.
 */
import type { SourceSettings } from "../../model/source-settings.ts";

/** The longest prefix that is looked for, in bytes. */
const PREFIX_BYTES_MAX = 512;

const ISO = String.raw`\d{4}-\d\d-\d\dT\S{8,24}`;
const BSD = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`;

// <134>1 2026-11-20T08:15:02Z cache-1 name 12 id - , or with structured data in brackets
const SYSLOG_5424 = new RegExp(
  String.raw`^<\d{1,3}>1 (?:${ISO}|-) \S+ \S+ \S+ \S+ (?:-|\[[^\]]*\]) ?(?:\xef\xbb\xbf)?`,
);

// <134>2026-11-20T08:15:02Z cache-1 name[12]: , or with the older form of time, or without the number
const SYSLOG_3164 = new RegExp(String.raw`^(?:<\d{1,3}>)?(?:${ISO}|${BSD}) \S+ [^\s:]+: ?`);

// caddy  |
const CONTAINER = /^[A-Za-z0-9_.-]+ +\| ?/;

/** The line without its prefix, as the source's setting says; the same line where none is found. */
export function cutPrefix(line: Buffer, prefix: SourceSettings["prefix"]): Buffer {
  if (prefix === "none") return line;
  // One character per byte, so that lengths are offsets.
  const head = line.toString("latin1", 0, PREFIX_BYTES_MAX);
  const found = prefix === "container" ? CONTAINER.exec(head) : (SYSLOG_5424.exec(head) ?? SYSLOG_3164.exec(head));
  return found === null ? line : line.subarray(found[0].length);
}
