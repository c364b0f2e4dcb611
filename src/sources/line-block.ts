/**
 * LineBlock: lines of one log that have passed the steps, in flat memory that crosses between threads without being copied
 * object by object.
 */
import { memoryOfColumns, type UsageColumns } from "../model/usage-columns.ts";
import type { RejectedRecords, RejectedSample } from "../store/usage-store.ts";
import type { IntakeReceipt } from "./intake.ts";
import type { Passage } from "./passage.ts";
import { countResults, toRejectedRecords } from "./receipt.ts";
import { toSample } from "./rejected-sample.ts";
import { toCaches, toRowColumns } from "./steps/measure-event.ts";

/** Where the line of each row stands in `bytes`, and its number in the log. */
type LinePlaces = {
  readonly start: Uint32Array<ArrayBuffer>;
  readonly end: Uint32Array<ArrayBuffer>;
  readonly number: Float64Array<ArrayBuffer>;
};

/** Lines of one log after the steps. Their rows have the order of the lines; refused lines have none. */
export type LineBlock = {
  /** How many lines, refused ones included. */
  readonly length: number;
  readonly rows: UsageColumns;
  readonly lines: LinePlaces;
  /** What the log is called. */
  readonly file: string;
  /** By the row's index: toCaches of steps/measure-event.ts. */
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
  readonly space: number | null;
  readonly file: string;
  readonly bytes: SharedArrayBuffer;
};

/** What is handed over with a block instead of being copied. */
export function memoryOf({ rows, lines }: LineBlock): readonly ArrayBuffer[] {
  return [...memoryOfColumns(rows), lines.start.buffer, lines.end.buffer, lines.number.buffer];
}

/** The block of passages that have passed the steps. All of them are lines of `origin`. */
export function toLineBlock(passages: readonly Passage[], origin: LinesOrigin): LineBlock {
  const { file, bytes, space } = origin;
  const stored = passages.filter(({ isMeasured }) => isMeasured);
  const lines = {
    start: new Uint32Array(stored.length),
    end: new Uint32Array(stored.length),
    number: new Float64Array(stored.length),
  };
  const elsewhere = new Map<number, Uint8Array>();
  const late: number[] = [];
  for (let index = 0; index < stored.length; index++) {
    const { record, isLate } = stored[index] as Passage;
    if (isLate) late.push(index);
    if (record.form !== "line") continue;
    lines.number[index] = record.number;
    if (record.bytes.buffer === bytes) {
      lines.start[index] = record.bytes.byteOffset;
      lines.end[index] = record.bytes.byteOffset + record.bytes.length;
    } else elsewhere.set(index, record.bytes);
  }
  const rejected = stored.length === passages.length ? [] : toRejectedRecords([{ submission: { space }, passages }]);
  return {
    length: passages.length,
    rows: toRowColumns(stored),
    caches: toCaches(stored),
    ...{ lines, file, late, rejected, bytes, elsewhere },
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
