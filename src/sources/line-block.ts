/**
 * LineBlock: lines of one log that have passed the steps, in flat memory that crosses between threads without being copied
 * object by object. Passages -> block on the thread that reads, block -> rows on the one that commits.
 */
import { writeIdentity } from "../meter/measure.ts";
import { USAGE_KINDS, type UsageKind } from "../model/usage-event.ts";
import { IDENTITY_BYTES, type ObjectChange, type UsageRow } from "../model/usage-row.ts";
import type { RejectedRecords, RejectedSample } from "../store/usage-store.ts";
import type { IntakeReceipt } from "./intake.ts";
import type { Passage } from "./passage.ts";
import { toRejectedRecords } from "./receipt.ts";
import { toSample } from "./rejected-sample.ts";
import type { RejectionReason } from "./rejection.ts";

/** The rows of a block, each fact in an array of its own. Ids are 0 where there is none; names are places in `names`. */
type RowColumns = {
  readonly identities: Uint8Array<ArrayBuffer>;
  readonly timeMs: Float64Array<ArrayBuffer>;
  readonly kind: Uint8Array<ArrayBuffer>;
  readonly space: Float64Array<ArrayBuffer>;
  readonly user: Float64Array<ArrayBuffer>;
  readonly bucket: Uint32Array<ArrayBuffer>;
  readonly asset: Float64Array<ArrayBuffer>;
  readonly operation: Uint32Array<ArrayBuffer>;
  readonly count: Float64Array<ArrayBuffer>;
  readonly bytesIn: Float64Array<ArrayBuffer>;
  readonly bytesOut: Float64Array<ArrayBuffer>;
  /** Where the line of the row stands in `bytes`, and its number in the log. */
  readonly lineStart: Uint32Array<ArrayBuffer>;
  readonly lineEnd: Uint32Array<ArrayBuffer>;
  readonly lineNumber: Float64Array<ArrayBuffer>;
};

/** Lines of one log after the steps. Their rows have the order of the lines; refused lines have none. */
export type LineBlock = {
  /** How many lines, refused ones included. */
  readonly length: number;
  readonly rowCount: number;
  readonly organization: number;
  readonly source: string;
  /** What the log is called. */
  readonly file: string;
  readonly columns: RowColumns;
  /** Operations and buckets; the first is the empty one. */
  readonly names: readonly string[];
  /** By the row's index. */
  readonly objects: ReadonlyMap<number, ObjectChange>;
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
  readonly organization: number;
  readonly source: string;
  readonly space: number | null;
  readonly file: string;
  readonly bytes: SharedArrayBuffer;
};

/** What is handed over with a block instead of being copied. */
export function memoryOf({ columns }: LineBlock): readonly ArrayBuffer[] {
  return Object.values(columns).map(({ buffer }) => buffer);
}

/** The block of passages that have passed the steps. All of them are lines of `origin`. */
export function toLineBlock(passages: readonly Passage[], origin: LinesOrigin): LineBlock {
  const { organization, source, file, bytes, space } = origin;
  const stored = passages.filter(({ isMeasured }) => isMeasured);
  const columns = buildColumns(stored.length);
  const names = new Map([["", 0]]);
  const objects = new Map<number, ObjectChange>();
  const elsewhere = new Map<number, Uint8Array>();
  const late: number[] = [];
  for (let index = 0; index < stored.length; index++) {
    const passage = stored[index] as Passage;
    writeRow(columns, index, passage, names);
    if (passage.object !== null) objects.set(index, passage.object);
    if (passage.isLate) late.push(index);
    const { record } = passage;
    if (record.form !== "line") continue;
    columns.lineNumber[index] = record.number;
    if (record.bytes.buffer === bytes) {
      columns.lineStart[index] = record.bytes.byteOffset;
      columns.lineEnd[index] = record.bytes.byteOffset + record.bytes.length;
    } else elsewhere.set(index, record.bytes);
  }
  const rejected = stored.length === passages.length ? [] : toRejectedRecords([{ submission: { space }, passages }]);
  return {
    length: passages.length,
    rowCount: stored.length,
    ...{ organization, source, file, columns, names: [...names.keys()], objects, late, rejected, bytes, elsewhere },
  };
}

function buildColumns(rows: number): RowColumns {
  return {
    identities: new Uint8Array(rows * IDENTITY_BYTES),
    timeMs: new Float64Array(rows),
    kind: new Uint8Array(rows),
    space: new Float64Array(rows),
    user: new Float64Array(rows),
    bucket: new Uint32Array(rows),
    asset: new Float64Array(rows),
    operation: new Uint32Array(rows),
    count: new Float64Array(rows),
    bytesIn: new Float64Array(rows),
    bytesOut: new Float64Array(rows),
    lineStart: new Uint32Array(rows),
    lineEnd: new Uint32Array(rows),
    lineNumber: new Float64Array(rows),
  };
}

function writeRow(columns: RowColumns, index: number, row: Passage, names: Map<string, number>): void {
  writeIdentity(row, columns.identities, index * IDENTITY_BYTES);
  columns.timeMs[index] = row.timeMs;
  columns.kind[index] = USAGE_KINDS.indexOf(row.kind);
  columns.space[index] = row.space ?? 0;
  columns.user[index] = row.user ?? 0;
  columns.bucket[index] = placeOf(row.bucket ?? "", names);
  columns.asset[index] = row.asset ?? 0;
  columns.operation[index] = placeOf(row.operation, names);
  columns.count[index] = row.count;
  columns.bytesIn[index] = row.bytesIn;
  columns.bytesOut[index] = row.bytesOut;
}

function placeOf(name: string, names: Map<string, number>): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, names.size);
  return names.size - 1;
}

/** The rows of a block. Lines say no deltas: the store finds them where there is an object. */
export function toRows({ rowCount, organization, source, columns, names, objects }: LineBlock): UsageRow[] {
  const rows = new Array<UsageRow>(rowCount);
  const orNull = (id: number | undefined): number | null => (id === 0 ? null : (id as number));
  for (let index = 0; index < rowCount; index++) {
    const at = index * IDENTITY_BYTES;
    const bucket = names[columns.bucket[index] as number] as string;
    const row = {
      identity: columns.identities.subarray(at, at + IDENTITY_BYTES),
      source,
      timeMs: columns.timeMs[index] as number,
      organization,
      kind: USAGE_KINDS[columns.kind[index] as number] as UsageKind,
      space: orNull(columns.space[index]),
      user: orNull(columns.user[index]),
      bucket: bucket === "" ? null : bucket,
      asset: orNull(columns.asset[index]),
      operation: names[columns.operation[index] as number] as string,
      count: columns.count[index] as number,
      bytesIn: columns.bytesIn[index] as number,
      bytesOut: columns.bytesOut[index] as number,
      sizeDelta: 0,
      objectsDelta: 0,
    };
    const object = objects.get(index);
    rows[index] = object === undefined ? row : { ...row, object };
  }
  return rows;
}

/** What is kept of the row's line if it is a duplicate. */
export function describeRow(block: LineBlock, index: number): RejectedSample {
  const { columns, bytes, elsewhere, file } = block;
  const start = columns.lineStart[index] as number;
  const apart = elsewhere.get(index);
  const line = apart === undefined ? Buffer.from(bytes, start, (columns.lineEnd[index] as number) - start) : apart;
  const where = { file, number: columns.lineNumber[index] as number };
  const record = { form: "line", bytes: Buffer.from(line), contentId: "", terminated: true, ...where } as const;
  return toSample({ record, rejection: null, id: "", parts: null, found: null });
}

/** The receipt of a block; `duplicates` are indexes of its rows. Has no results: nobody asks for those of single lines. */
export function toBlockReceipt(block: LineBlock, duplicates: readonly number[]): IntakeReceipt {
  const rejectedByReason: Partial<Record<RejectionReason, number>> = {};
  for (const { reason, count } of block.rejected) rejectedByReason[reason as RejectionReason] = count;
  const known = new Set(duplicates);
  const times = block.columns.timeMs;
  return {
    received: block.length,
    accepted: block.rowCount - duplicates.length,
    late: block.late.filter((index) => !known.has(index)).length,
    duplicates: duplicates.length,
    rejected: block.length - block.rowCount,
    rejectedByReason,
    firstEventMs: block.rowCount === 0 ? null : times.reduce((first, timeMs) => Math.min(first, timeMs)),
    lastEventMs: block.rowCount === 0 ? null : times.reduce((last, timeMs) => Math.max(last, timeMs)),
    results: [],
  };
}
