/**
 * RawRecord: what arrived, before anything is decided about it.
 */

/**
 * One record as it arrived: an event object from the events API, one line of an access log, or a refused line once more.
 * `position` says where it stood, for people: `index 3` of a batch.
 */
export type RawRecord =
  | { readonly form: "event"; readonly value: unknown; readonly position: string }
  | {
      readonly form: "line";
      /**
       * The line's bytes without its line end. Nobody may write into them until the submission that holds the record
       * has settled. More bytes than the configured bound mean a line that was longer and whose rest was skipped.
       */
      readonly bytes: Buffer;
      /**
       * The id of a line that carries none of its own: made from the source's name, the bytes, and how often they came
       * before in the same file (sources/access-log/line-ids.ts).
       */
      readonly contentId: string;
      /** False for the last line of an input that has no line end: it may be cut anywhere. */
      readonly terminated: boolean;
      /** The line before it, where it has no line end and there is one: what a whole line of this file looks like. */
      readonly before?: Buffer;
      /** True when none of the bytes can belong to anything but text; else each line is looked through. */
      readonly isPlain?: boolean;
      /** The names of the line's columns, where a header of the file has said them. */
      readonly columns?: readonly string[];
      /** Which of several records of one line this is: from 1 on for the objects of a bulk request, 0 or absent else. */
      readonly part?: number;
      /** What the log is called, and which of its lines this is, from 1. */
      readonly file: string;
      readonly number: number;
    }
  | {
      /** A line that was refused before and is taken in again from what was kept of it. */
      readonly form: "kept";
      /** What sources/replay/kept-line.ts has printed. */
      readonly replay: string;
      /** Its number among the kept records, the reason it is counted under, and when it arrived (UTC ms). */
      readonly number: number;
      readonly reason: string;
      readonly receivedMs: number;
      readonly position: string;
    };

/** Where a record stood, for people: `index 3`, `access.log:17`. */
export function positionOf(record: RawRecord): string {
  return record.form === "line" ? `${record.file}:${record.number}` : record.position;
}
