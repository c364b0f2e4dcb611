/**
 * LineBlock: lines of one log that have passed the steps, in flat memory that crosses between threads without being copied
 * object by object.
 */
import { buildColumnsWriter, memoryOfColumns, type UsageColumns } from "../model/usage-columns.ts";
import type { RejectedRecords, RejectedSample } from "../store/usage-store.ts";
import type { LineRecord } from "./access-log/line-reader.ts";
import type { IntakeReceipt } from "./intake.ts";
import type { Passage } from "./passage.ts";
import { countResults, toRejectedRecords } from "./receipt.ts";
import { toSample } from "./rejected-sample.ts";
import type { LineSender } from "./replay/kept-line.ts";
import { toCacheNumber, writeRow } from "./steps/measure-event.ts";

/** Where the line of each row stands in `bytes`, and its number in the log. */
type LinePlaces = {
  readonly start: Uint32Array<ArrayBuffer>;
  readonly end: Uint32Array<ArrayBuffer>;
  readonly number: Float64Array<ArrayBuffer>;
};

/**
 * Lines of one log after the steps. Refused lines have no row. The rows of lines that ask what was asked before come first;
 * the others follow in the order of their lines, which is the order in which their objects changed.
 */
export type LineBlock = {
  /** How many lines, refused ones included. */
  readonly length: number;
  readonly rows: UsageColumns;
  readonly lines: LinePlaces;
  /** What the log is called. */
  readonly file: string;
  /** By the row's index: toCacheNumber of steps/measure-event.ts; null where no line says anything. */
  readonly caches: Uint8Array | null;
  /** Indexes of rows, ascending. */
  readonly late: readonly number[];
  readonly rejected: readonly RejectedRecords[];
  /** The memory in which the lines lie that were in one piece of the log; of the others `elsewhere` has the bytes. */
  readonly bytes: SharedArrayBuffer;
  readonly elsewhere: ReadonlyMap<number, Uint8Array>;
};

/** Blocks that are committed together, in the order of the log; `length` is the number of all their lines. */
export type LineBlocks = { readonly blocks: readonly LineBlock[]; readonly length: number };

/** Where the lines of some passages come from. */
export type LinesOrigin = {
  readonly sender: LineSender;
  readonly file: string;
  readonly bytes: SharedArrayBuffer;
};

/** What is handed over with a block instead of being copied. */
export function memoryOf({ rows, lines }: LineBlock): readonly ArrayBuffer[] {
  return [...memoryOfColumns(rows), lines.start.buffer, lines.end.buffer, lines.number.buffer];
}

/** A block in the making. */
export interface LineBlockBuilder {
  /** Adds the row of a line whose passage has one. Takes all of it at once: the passage may be used for another line. */
  add(passage: Passage, line: LineRecord): void;
  /** The block of `length` lines, with the refused ones among `passages`. */
  read(passages: readonly Passage[], length: number): LineBlock;
}

/** Begins a block of lines of `origin` with room for so many rows. */
export function buildLineBlock(room: number, { file, bytes, sender }: LinesOrigin): LineBlockBuilder {
  const columns = buildColumnsWriter(room);
  const [start, end] = [new Uint32Array(room), new Uint32Array(room)];
  const number = new Float64Array(room);
  const caches = new Uint8Array(room);
  const elsewhere = new Map<number, Uint8Array>();
  const late: number[] = [];
  let [rows, sayCaches] = [0, false];
  return {
    add(passage, line) {
      const row = rows++;
      writeRow(columns, row, passage);
      if (passage.isLate) late.push(row);
      number[row] = line.number;
      if (line.bytes.buffer === bytes) {
        start[row] = line.bytes.byteOffset;
        end[row] = line.bytes.byteOffset + line.bytes.length;
      } else elsewhere.set(row, line.bytes);
      if (passage.cache === null) return;
      caches[row] = toCacheNumber(passage.cache);
      sayCaches = true;
    },
    read: (passages, length) => ({
      length,
      rows: columns.read(rows),
      caches: sayCaches ? caches.subarray(0, rows) : null,
      lines: { start: start.subarray(0, rows), end: end.subarray(0, rows), number: number.subarray(0, rows) },
      rejected: rows === length ? [] : toRejectedRecords([{ submission: sender, passages }]),
      ...{ file, late, bytes, elsewhere },
    }),
  };
}

/** What is kept of the row's line if it is a duplicate. */
export function describeRow(block: LineBlock, index: number): RejectedSample {
  const { lines, bytes, elsewhere, file } = block;
  const start = lines.start[index] as number;
  const apart = elsewhere.get(index);
  const line = apart === undefined ? Buffer.from(bytes, start, (lines.end[index] as number) - start) : apart;
  const where = { file, number: lines.number[index] as number };
  const record = { form: "line", bytes: Buffer.from(line), contentId: "", terminated: true, ...where } as const;
  return toSample({ record, rejection: null, id: "", parts: null, found: null });
}

/** The receipt of a block; `duplicates` are indexes of its rows. Says nothing of single lines: nobody asks for that. */
export function toBlockReceipt(block: LineBlock, duplicates: readonly number[]): IntakeReceipt {
  return { ...countResults(block, duplicates), problems: [], results: [] };
}
