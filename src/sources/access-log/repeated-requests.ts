/**
 * RepeatedRequests: what became of the requests of one log, so that a line which asks what was asked before is not judged
 * anew. Most lines of a log do: they differ in their time, their bytes and their client alone.
 */
import type { Source } from "../../model/source.ts";
import { type BoundedCache, buildBoundedCache } from "../bounded-cache.ts";
import { REPEATED_MS_MAX } from "../known-things.ts";
import type { Passage } from "../passage.ts";
import { namesUser } from "../rules/line-rules.ts";
import { LINE_FORMATS } from "./formats.ts";
import type { LineRecord } from "./line-reader.ts";
import type { LogFormat } from "./log-format.ts";
import type { LogFacts } from "./open-log.ts";
import type { LineParts } from "./parse-line.ts";
import { parseBytesOut } from "./parse-request.ts";

/** A line whose fields are found. Lines of one key differ in nothing that a step looks at but `bytesOut` and the time. */
export type AskedLine = { readonly key: string; readonly parts: LineParts; readonly bytesOut: number };

/** Requests of one log. */
export interface RepeatedRequests {
  /**
   * What is known of them while the source is as it is at this moment; null: it is not in the catalogue yet, or no line helps
   * another one. Of another source nothing is known.
   */
  of(source: Source | null, nowMs: number): JudgedRequests | null;
}

/** Requests of one log under one state of its source. */
export interface JudgedRequests {
  /** Finds a line's fields; null where every line has to go through all steps. */
  read(record: LineRecord): AskedLine | null;
  /**
   * A passage that has been through all steps with what the line asks, and has the line's time, bytes and id now; null where
   * there is none. Good up to the next call.
   */
  find(asked: AskedLine, record: LineRecord): Passage | null;
  /** Remembers what the steps have made of a line, unless they were those of another state of the source. */
  learn(asked: AskedLine, passage: Passage): void;
}

/** Requests remembered at most. At about 600 bytes each: 12 MB a log. */
const REQUESTS_MAX = 20_000;

/** Longer ones are not remembered. */
const REMEMBERED_LENGTH_MAX = 256;

const SPACE = 0x20;

/** Remembered passages hold this in place of their line, whose bytes lie in megabytes of other lines. */
const NO_LINE = Buffer.alloc(0);

/** Builds the memory of a log's requests. */
export function buildRepeatedRequests({
  format,
  lineBytesMax,
}: Pick<LogFacts, "format" | "lineBytesMax">): RepeatedRequests {
  const ofLines = LINE_FORMATS.get(format);
  let nowMs = 0;
  let known: { source: Source; readonly text: string; readonly judged: JudgedRequests } | null = null;
  return {
    of(source, atMs) {
      nowMs = atMs;
      if (source === null || ofLines?.givesParts !== true || !mayRepeat(source)) known = null;
      else if (known?.source !== source) {
        const text = JSON.stringify(source);
        if (known?.text === text) known.source = source;
        else known = { source, text, judged: buildJudgedRequests(text, source, ofLines, lineBytesMax, () => nowMs) };
      }
      return known?.judged ?? null;
    },
  };
}

function buildJudgedRequests(
  text: string,
  { settings }: Source,
  { read }: LogFormat,
  lineBytesMax: number,
  now: () => number,
): JudgedRequests {
  const passages: BoundedCache<string, Passage> = buildBoundedCache({
    entriesMax: REQUESTS_MAX,
    ageMsMax: REPEATED_MS_MAX,
    clock: { now },
  });
  // Passages of one piece have one source: it is compared once, not for each line that is judged.
  let seen: { readonly source: Source | null; readonly isThis: boolean } = { source: null, isThis: false };
  const isThis = (source: Source | null): boolean => {
    if (seen.source !== source) seen = { source, isThis: JSON.stringify(source) === text };
    return seen.isThis;
  };
  return {
    read({ bytes, terminated, before, isPlain = false }) {
      if (bytes.length > lineBytesMax) return null;
      const parts = read({ bytes, isTerminated: terminated, before, isPlain, columns: null, part: 0 }, settings);
      if (!("shape" in parts) || parts.bytesStart - parts.requestStart > REMEMBERED_LENGTH_MAX) return null;
      const bytesOut = parseBytesOut(bytes, parts);
      // Without bytes it may not have been answered at all.
      if (bytesOut === null || bytesOut === 0) return null;
      const key = keyOf(bytes, parts);
      return key.length > REMEMBERED_LENGTH_MAX ? null : { key, parts, bytesOut };
    },
    find({ key, parts, bytesOut }, record) {
      const passage = passages.get(key);
      if (passage === undefined) return null;
      passage.timeMs = parts.timeMs;
      passage.bytesOut = bytesOut;
      passage.id = record.contentId;
      return passage;
    },
    learn({ key }, passage) {
      const { kind, record } = passage;
      // Of others the bytes are none that were sent, and objects change.
      if (!passage.isMeasured || record.form !== "line" || (kind !== "api" && kind !== "delivery")) return;
      // The steps have read the source once more, and another piece may have brought another one meanwhile.
      if (!isThis(passage.settings)) return;
      passages.set(key, { ...passage, record: { ...record, bytes: NO_LINE } });
    },
  };
}

/** Whether lines that ask the same thing become the same: not where the id decides, or who the client was. */
function mayRepeat({ settings: { sampleRate, rules } }: Source): boolean {
  return sampleRate === 1 && !namesUser(rules);
}

/** What is read of a line but its time and its bytes: the request and the status, and the host where it stands in front. */
function keyOf(bytes: Buffer, { shape, requestStart, bytesStart }: LineParts): string {
  const asked = bytes.toString("latin1", requestStart, bytesStart);
  return shape.first === "host" ? `${bytes.toString("latin1", 0, bytes.indexOf(SPACE))} ${asked}` : asked;
}
