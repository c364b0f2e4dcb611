/**
 * UsageColumns: many rows, one array per fact: what a commit takes in, and what crosses between threads without being copied
 * row by row. A million rows as objects took as long to make and to throw away as to store.
 */
import { USAGE_KINDS, type UsageEvent } from "./usage-event.ts";
import { IDENTITY_BYTES, type ObjectChange, type UsageRow } from "./usage-row.ts";

/** Rows in columns. Ids are 0 where there is none; sources, buckets and operations are places in `names`. */
export type UsageColumns = {
  /** How many rows. */
  readonly length: number;
  /** IDENTITY_BYTES bytes each, one behind the other. */
  readonly identities: Uint8Array<ArrayBuffer>;
  readonly source: Uint32Array<ArrayBuffer>;
  readonly timeMs: Float64Array<ArrayBuffer>;
  readonly organization: Float64Array<ArrayBuffer>;
  /** Places in USAGE_KINDS. */
  readonly kind: Uint8Array<ArrayBuffer>;
  readonly space: Float64Array<ArrayBuffer>;
  readonly user: Float64Array<ArrayBuffer>;
  readonly bucket: Uint32Array<ArrayBuffer>;
  readonly asset: Float64Array<ArrayBuffer>;
  readonly operation: Uint32Array<ArrayBuffer>;
  readonly count: Float64Array<ArrayBuffer>;
  readonly bytesIn: Float64Array<ArrayBuffer>;
  readonly bytesOut: Float64Array<ArrayBuffer>;
  readonly sizeDelta: Float64Array<ArrayBuffer>;
  readonly objectsDelta: Float64Array<ArrayBuffer>;
  /** The first is the empty text. */
  readonly names: readonly string[];
  /** By the row's index. */
  readonly objects: ReadonlyMap<number, ObjectChange>;
};

/** Columns in the making. */
export interface ColumnsWriter {
  /** Where the identities go: the caller writes those. */
  readonly identities: Uint8Array<ArrayBuffer>;
  /** Writes everything of row `index` but its identity. */
  write(index: number, row: Omit<UsageEvent, "id">, object: ObjectChange | null): void;
  /** The columns of the first `rows` rows, of all without a number; nothing may be written afterwards. */
  read(rows?: number): UsageColumns;
}

/** The columns whose values are numbers of the row as they stand. */
const NUMBERS = ["timeMs", "organization", "count", "bytesIn", "bytesOut", "sizeDelta", "objectsDelta"] as const;

/** The columns whose values are ids. */
const IDS = ["space", "user", "asset"] as const;

/** The columns whose values are places in `names`. */
const NAMED = ["source", "bucket", "operation"] as const;

/** Begins columns of so many rows. */
export function buildColumnsWriter(length: number): ColumnsWriter {
  const columns = buildColumns(length);
  const places = new Map([["", 0]]);
  const objects = new Map<number, ObjectChange>();
  return {
    identities: columns.identities,
    write(index, row, object) {
      columns.timeMs[index] = row.timeMs;
      columns.organization[index] = row.organization;
      columns.kind[index] = USAGE_KINDS.indexOf(row.kind);
      columns.space[index] = row.space ?? 0;
      columns.user[index] = row.user ?? 0;
      columns.asset[index] = row.asset ?? 0;
      columns.source[index] = placeOf(row.source, places);
      columns.bucket[index] = placeOf(row.bucket ?? "", places);
      columns.operation[index] = placeOf(row.operation, places);
      columns.count[index] = row.count;
      columns.bytesIn[index] = row.bytesIn;
      columns.bytesOut[index] = row.bytesOut;
      columns.sizeDelta[index] = row.sizeDelta;
      columns.objectsDelta[index] = row.objectsDelta;
      if (object !== null) objects.set(index, object);
    },
    read: (rows = length) => ({ ...cutColumns(columns, rows), names: [...places.keys()], objects }),
  };
}

/** The columns of rows. */
export function toColumns(rows: readonly UsageRow[]): UsageColumns {
  const writer = buildColumnsWriter(rows.length);
  for (const [index, row] of rows.entries()) {
    writer.identities.set(row.identity, index * IDENTITY_BYTES);
    writer.write(index, row, row.object ?? null);
  }
  return writer.read();
}

/** Puts the rows of several columns one behind the other. What it answers is good until it is asked again. */
export type JoinColumns = (parts: readonly UsageColumns[]) => UsageColumns;

/** Builds a joiner. It keeps its memory: new memory for each commit made the collector of garbage run for it alone. */
export function buildColumnsJoiner(): JoinColumns {
  let memory = buildColumns(0);
  return (parts) => {
    const [first] = parts;
    if (parts.length === 1 && first !== undefined) return first;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length > memory.length) memory = buildColumns(length);
    const joined = cutColumns(memory, length);
    const places = new Map([["", 0]]);
    const objects = new Map<number, ObjectChange>();
    let start = 0;
    for (const part of parts) {
      joined.identities.set(part.identities, start * IDENTITY_BYTES);
      joined.kind.set(part.kind, start);
      for (const name of [...NUMBERS, ...IDS]) joined[name].set(part[name], start);
      const moved = Uint32Array.from(part.names, (text) => placeOf(text, places));
      for (const name of NAMED) copyPlaces(part[name], joined[name].subarray(start), moved);
      for (const [index, object] of part.objects) objects.set(start + index, object);
      start += part.length;
    }
    return { ...joined, names: [...places.keys()], objects };
  };
}

/** The memory of columns, for whoever hands them over to another thread. */
export function memoryOfColumns(columns: UsageColumns): readonly ArrayBuffer[] {
  return [
    columns.identities.buffer,
    columns.kind.buffer,
    ...[...NUMBERS, ...IDS, ...NAMED].map((name) => columns[name].buffer),
  ];
}

/** The identity of a row: a view. */
export function identityAt({ identities }: UsageColumns, index: number): Uint8Array {
  return identities.subarray(index * IDENTITY_BYTES, (index + 1) * IDENTITY_BYTES);
}

/** The identities of some rows, one behind the other. */
export function pickIdentities({ identities }: UsageColumns, indexes: readonly number[]): Uint8Array<ArrayBuffer> {
  const picked = new Uint8Array(indexes.length * IDENTITY_BYTES);
  for (let place = 0; place < indexes.length; place++) {
    const index = indexes[place] as number;
    for (let byte = 0; byte < IDENTITY_BYTES; byte++) {
      picked[place * IDENTITY_BYTES + byte] = identities[index * IDENTITY_BYTES + byte] as number;
    }
  }
  return picked;
}

type ColumnArrays = { -readonly [Name in Exclude<keyof UsageColumns, "names" | "objects">]: UsageColumns[Name] };

function buildColumns(length: number): ColumnArrays {
  return {
    length,
    identities: new Uint8Array(length * IDENTITY_BYTES),
    source: new Uint32Array(length),
    timeMs: new Float64Array(length),
    organization: new Float64Array(length),
    kind: new Uint8Array(length),
    space: new Float64Array(length),
    user: new Float64Array(length),
    bucket: new Uint32Array(length),
    asset: new Float64Array(length),
    operation: new Uint32Array(length),
    count: new Float64Array(length),
    bytesIn: new Float64Array(length),
    bytesOut: new Float64Array(length),
    sizeDelta: new Float64Array(length),
    objectsDelta: new Float64Array(length),
  };
}

/** The first rows of columns: views. */
function cutColumns(columns: ColumnArrays, length: number): ColumnArrays {
  const cut = { ...columns, length, identities: columns.identities.subarray(0, length * IDENTITY_BYTES) };
  cut.kind = columns.kind.subarray(0, length);
  for (const name of [...NUMBERS, ...IDS]) cut[name] = columns[name].subarray(0, length);
  for (const name of NAMED) cut[name] = columns[name].subarray(0, length);
  return cut;
}

function placeOf(name: string, places: Map<string, number>): number {
  const known = places.get(name);
  if (known !== undefined) return known;
  places.set(name, places.size);
  return places.size - 1;
}

function copyPlaces(from: Uint32Array, to: Uint32Array, moved: Uint32Array): void {
  for (let index = 0; index < from.length; index++) to[index] = moved[from[index] as number] as number;
}
