/**
 * Which rows of a batch are known already: exact, and cheap where nothing is.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { pickIdentities, type UsageColumns } from "../../model/usage-columns.ts";
import { IDENTITY_BYTES } from "../../model/usage-row.ts";
import { identitySql, stageIdentities } from "./identity-columns.ts";
import type { Suspect } from "./known-identities.ts";
import type { ArrivalRange } from "./period-codes.ts";
import { type StagedColumn, stageColumns } from "./stage-columns.ts";

/** What is looked through. `horizonMs`: facts that arrived at this time (UTC ms) or later are remembered. */
export type DuplicateSearch = {
  readonly connection: DuckDBConnection;
  readonly horizonMs: number;
};

/** Looks for suspects of so many times of arrival are made one by one; of more, one look has all of them. */
const ARRIVALS_MAX = 4;

/** Rows that were known before. */
export type Duplicates = {
  /** Indexes, ascending. */
  readonly indexes: readonly number[];
  /** Those of them whose measures are not those of the fact that was counted. */
  readonly differing: ReadonlySet<number>;
};

/**
 * The rows whose identity was there before or earlier in the batch. Only `suspects` (by ascending index) are looked at, and
 * only among facts that arrived when they say: every other row must be known to be new.
 */
export async function findDuplicates(
  rows: UsageColumns,
  suspects: readonly Suspect[],
  search: DuplicateSearch,
): Promise<Duplicates> {
  const known = new Set<number>();
  const differing = new Set<number>();
  const lookFor = async (looked: readonly Suspect[], ownTimesOnly: boolean): Promise<void> => {
    if (looked.length === 0) return;
    const found = await lookUp(rows, looked, { ...search, ownTimesOnly });
    for (const index of found.indexes) known.add(index);
    for (const index of found.differing) differing.add(index);
  };
  // The first look is at facts of the suspects' own times: a log that is sent again is compared with its own days and
  // not with everything. The second, without bounds on the time, is for ids that come again with another time, and for
  // the few new rows that are suspects by mistake.
  await lookFor(suspects, true);
  const open = suspects.filter(({ index }) => !known.has(index));
  const byArrival = Map.groupBy(open, ({ fromMs }) => fromMs);
  const looks = byArrival.size > ARRIVALS_MAX ? [open] : byArrival.values();
  for (const looked of looks) await lookFor(looked, false);
  if (known.size < suspects.length) {
    for (const [index, first] of findRepetitions(rows, suspects)) {
      if (known.has(index)) continue;
      known.add(index);
      if (hasOtherMeasures(rows, index, first)) differing.add(index);
    }
  }
  return { indexes: [...known].sort((a, b) => a - b), differing };
}

async function lookUp(
  rows: UsageColumns,
  suspects: readonly Suspect[],
  { connection, horizonMs, ownTimesOnly }: DuplicateSearch & { readonly ownTimesOnly: boolean },
): Promise<{ readonly indexes: readonly number[]; readonly differing: readonly number[] }> {
  const looked = suspects.map(({ index }) => index);
  await stageColumns(connection, "suspect", toStaged(rows, looked), looked.length);
  const times = ownTimesOnly ? timesOf(rows, looked) : null;
  const arrivals = rangeOf(suspects);
  const answer = await connection.runAndReadAll(
    // One row per suspect that is known, and whether its measures are those of none of the facts that have its identity.
    // The time of arrival ascends through the table: row groups that are older or younger are not even read.
    `SELECT suspect.row_index, bool_and(${DIFFERS_SQL})
     FROM usage_raw JOIN temp.suspect USING (${identitySql()})
     WHERE usage_raw.correction = 0 AND usage_raw.received_ms >= ${Math.max(horizonMs, arrivals.fromMs)}
       ${Number.isFinite(arrivals.untilMs) ? `AND usage_raw.received_ms < ${arrivals.untilMs}` : ""}
       ${times === null ? "" : `AND usage_raw.time_ms >= ${times.fromMs} AND usage_raw.time_ms < ${times.untilMs}`}
     GROUP BY suspect.row_index`,
  );
  const [indexes = [], differs = []] = answer.getColumns() as [number[], boolean[]];
  return { indexes, differing: indexes.filter((_, place) => differs[place] === true) };
}

/** Deltas of an object are the store's own, and different each time. */
const DIFFERS_SQL = `usage_raw.count <> suspect.count OR usage_raw.bytes_in <> suspect.bytes_in
  OR usage_raw.bytes_out <> suspect.bytes_out OR (suspect.has_object = 0
  AND (usage_raw.size_delta <> suspect.size_delta OR usage_raw.objects_delta <> suspect.objects_delta))`;

function toStaged(rows: UsageColumns, indexes: readonly number[]): readonly StagedColumn[] {
  const hasObject = new Int32Array(indexes.length);
  for (let place = 0; rows.objects.size > 0 && place < indexes.length; place++) {
    hasObject[place] = Number(rows.objects.has(indexes[place]!));
  }
  const doubles = (name: string, column: Float64Array): StagedColumn => {
    // Not Float64Array.from with a function: that takes ten times as long.
    const picked = new Float64Array(indexes.length);
    for (let place = 0; place < indexes.length; place++) picked[place] = column[indexes[place]!]!;
    return { name, type: "DOUBLE", values: picked.buffer };
  };
  return [
    ...stageIdentities(pickIdentities(rows, indexes)),
    { name: "row_index", type: "INTEGER", values: Int32Array.from(indexes).buffer },
    { name: "has_object", type: "INTEGER", values: hasObject.buffer },
    doubles("count", rows.count),
    doubles("bytes_in", rows.bytesIn),
    doubles("bytes_out", rows.bytesOut),
    doubles("size_delta", rows.sizeDelta),
    doubles("objects_delta", rows.objectsDelta),
  ];
}

function hasOtherMeasures(rows: UsageColumns, index: number, first: number): boolean {
  const deltas = rows.objects.has(index) ? [] : [rows.sizeDelta, rows.objectsDelta];
  return [rows.count, rows.bytesIn, rows.bytesOut, ...deltas].some((column) => column[index] !== column[first]);
}

/** The range that has all of them in it. */
function rangeOf(ranges: readonly ArrivalRange[]): ArrivalRange {
  let [fromMs, untilMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const range of ranges) {
    fromMs = Math.min(fromMs, range.fromMs);
    untilMs = Math.max(untilMs, range.untilMs);
  }
  return { fromMs, untilMs };
}

/** The range that the times of these rows are in. */
function timesOf({ timeMs }: UsageColumns, indexes: readonly number[]): ArrivalRange {
  let [fromMs, untilMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const index of indexes) {
    fromMs = Math.min(fromMs, timeMs[index]!);
    untilMs = Math.max(untilMs, timeMs[index]! + 1);
  }
  return { fromMs, untilMs };
}

/** Suspects that repeat an earlier row of the batch: each with the first row of its identity. */
function findRepetitions(rows: UsageColumns, suspects: readonly Suspect[]): ReadonlyMap<number, number> {
  const prints = new Set(suspects.map(({ index }) => printOf(rows, index)));
  const isSuspect = new Set(suspects.map(({ index }) => index));
  const firsts = new Map<string, number>();
  const repetitions = new Map<number, number>();
  const identities = Buffer.from(rows.identities.buffer, rows.identities.byteOffset, rows.identities.byteLength);
  for (let index = 0; index < rows.length; index++) {
    if (!prints.has(printOf(rows, index))) continue;
    const key = identities.toString("latin1", index * IDENTITY_BYTES, (index + 1) * IDENTITY_BYTES);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, index);
    else if (isSuspect.has(index)) repetitions.set(index, first);
  }
  return repetitions;
}

/** Equal for equal identities; a text of every identity of a commit would take longer than the rest of the check. */
function printOf({ identities }: UsageColumns, index: number): number {
  const at = index * IDENTITY_BYTES;
  return identities[at]! | (identities[at + 1]! << 8) | (identities[at + 2]! << 16) | (identities[at + 3]! << 24);
}
