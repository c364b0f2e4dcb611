/**
 * The first lines of a log -> the format that reads most of them.
 */
import { LOG_FORMATS, type SourceFormat } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";
import { AppError } from "../../platform/errors.ts";
import { buildLineCutter, type CutLine } from "../cut-lines.ts";
import { cutPrefix } from "./cut-prefix.ts";
import { LINE_FORMATS, lineBytesMaxOf } from "./formats.ts";
import { buildLineFramer } from "./frame-lines.ts";
import type { LogFormat } from "./log-format.ts";

/** Lines that are looked at. */
const LINES_MAX = 50;

/** The longest line that is looked at, in bytes, where the lines of a format are not longer. */
const LINE_BYTES_MAX = 65_536;

/**
 * The format of which most of the first 50 lines are readable, or null when no format reads any of them. Of formats that
 * read as many, the one that wants more of a line is taken: a line of combined is one of common too. Real-time records of
 * CloudFront have no header and no shape of their own; they are never guessed. Throws `sources/unknown-format` where a
 * transport's prefix stands before the lines and the settings name none: the formats of web servers read such lines, with the
 * prefix as their host, and it would be part of what a line is known by.
 */
export function detectFormat(start: Buffer, settings: SourceSettings): SourceFormat | null {
  if (settings.prefix === "none") assertNoPrefix(start, settings);
  return findFormat(start, settings);
}

function assertNoPrefix(start: Buffer, settings: SourceSettings): void {
  const lines = cutLines(start, LINE_BYTES_MAX);
  for (const prefix of ["syslog", "container"] as const) {
    const prefixed = lines.filter(({ bytes }) => cutPrefix(bytes, prefix) !== bytes).length;
    const format = prefixed * 2 > lines.length ? findFormat(start, { ...settings, prefix }) : null;
    if (format === null) continue;
    const message = `Before the lines stands a prefix that is no part of them. Make a source for them first, with the format \
${format} and the setting "prefix": "${prefix}" (assetmeter source create, docs/access-logs.md), and name it.`;
    throw new AppError("sources/unknown-format", message);
  }
}

function findFormat(start: Buffer, settings: SourceSettings): SourceFormat | null {
  let best: { readonly format: SourceFormat; readonly lines: number } | null = null;
  for (const format of MOST_WANTED_FIRST) {
    const lines = countReadable(start, format, settings);
    if (lines > (best?.lines ?? 0)) best = { format, lines };
  }
  return best?.format ?? null;
}

const UNGUESSED: ReadonlySet<SourceFormat> = new Set(["cloudfront-realtime", "fastly-classic", "common", "combined"]);

/** Common stands last: whatever else reads a line wants more of it. */
const MOST_WANTED_FIRST: readonly SourceFormat[] = [
  ...LOG_FORMATS.filter((format) => !UNGUESSED.has(format)),
  "combined",
  "common",
];

function countReadable(start: Buffer, name: SourceFormat, settings: SourceSettings): number {
  const format = LINE_FORMATS.get(name);
  if (format === undefined) return 0;
  const framer = buildLineFramer({ format: name, prefix: settings.prefix });
  const lineBytesMax = lineBytesMaxOf(name, LINE_BYTES_MAX);
  // Of a line that is too long only its beginning is there.
  const lines = cutLines(start, lineBytesMax).filter(({ bytes }) => bytes.length <= lineBytesMax);
  let readable = 0;
  for (const line of framer === null ? lines : lines.flatMap((each) => framer.frame(each))) {
    const columns = "columns" in line ? (line as { columns: readonly string[] | null }).columns : null;
    const read = format.read({ bytes: line.bytes, isTerminated: true, columns, part: 0 }, settings);
    const isRead = !("reason" in read) || (read.reason === "bad-time" && isTimeOf(format, line.bytes));
    if (isRead && format.isLikely?.(line.bytes) !== false) readable += 1;
  }
  return readable;
}

/** The lines that are looked at. The piece behind the last line end is only the beginning of one, unless there is no other. */
function cutLines(start: Buffer, lineBytesMax: number): readonly CutLine[] {
  const cutter = buildLineCutter(lineBytesMax);
  const cut = cutter.push(start);
  return (cut.length > 0 ? cut : cutter.end()).slice(0, LINES_MAX);
}

const LOG_DATE = /\[\d\d\/[a-z]{3}\/\d{4}:/i;

/** True where a bad time says that the format is right. An error log has brackets and quotes, too, but no date as Apache writes it. */
function isTimeOf({ givesParts }: LogFormat, bytes: Buffer): boolean {
  return givesParts !== true || LOG_DATE.test(bytes.toString("latin1"));
}
