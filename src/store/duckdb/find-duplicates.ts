/**
 * Which rows of a batch are known already: exact, and cheap where nothing is.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { pickIdentities, type UsageColumns } from "../../model/usage-columns.ts";
import { IDENTITY_BYTES } from "../../model/usage-row.ts";
import { identitySql, stageIdentities } from "./identity-columns.ts";
import type { Suspect } from "./known-identities.ts";
import type { ArrivalRange } from "./period-codes.ts";
import { stageColumns } from "./stage-columns.ts";

/** What is looked through. `horizonMs`: facts that arrived at this time (UTC ms) or later are remembered. */
export type DuplicateSearch = {
  readonly connection: DuckDBConnection;
  readonly horizonMs: number;
};

/** Looks for suspects of so many times of arrival are made one by one; of more, one look has all of them. */
const ARRIVALS_MAX = 4;

/**
 * Indexes of `rows`, ascending, whose identity was there before or earlier in the batch. Only `suspects` (by ascending
 * index) are looked at, and only among facts that arrived when they say: every other row must be known to be new.
 */
export async function findDuplicates(
  rows: UsageColumns,
  suspects: readonly Suspect[],
  search: DuplicateSearch,
): Promise<number[]> {
  const known = new Set<number>();
  const lookFor = async (looked: readonly Suspect[], ownTimesOnly: boolean): Promise<void> => {
    if (looked.length === 0) return;
    for (const index of await lookUp(rows, looked, { ...search, ownTimesOnly })) known.add(index);
  };
  // The first look is at facts of the suspects' own times: a log that is sent again is compared with its own days and
  // not with everything. The second, without bounds on the time, is for ids that come again with another time, and for
  // the few new rows that are suspects by mistake.
  await lookFor(suspects, true);
  const open = suspects.filter(({ index }) => !known.has(index));
  const byArrival = Map.groupBy(open, ({ fromMs }) => fromMs);
  const looks = byArrival.size > ARRIVALS_MAX ? [open] : byArrival.values();
  for (const looked of looks) await lookFor(looked, false);
  if (known.size < suspects.length) addRepetitions(rows, suspects, known);
  return [...known].sort((a, b) => a - b);
}

async function lookUp(
  rows: UsageColumns,
  suspects: readonly Suspect[],
  { connection, horizonMs, ownTimesOnly }: DuplicateSearch & { readonly ownTimesOnly: boolean },
): Promise<number[]> {
  const looked = suspects.map(({ index }) => index);
  const rowIndex = { name: "row_index", type: "INTEGER", values: Int32Array.from(looked).buffer } as const;
  const identities = stageIdentities(pickIdentities(rows, looked));
  await stageColumns(connection, "suspect", [...identities, rowIndex], looked.length);
  const times = ownTimesOnly ? timesOf(rows, looked) : null;
  const arrivals = rangeOf(suspects);
  const answer = await connection.runAndReadAll(
    // The time of arrival ascends through the table: row groups that are older or younger are not even read.
    `SELECT DISTINCT suspect.row_index FROM usage_raw JOIN temp.suspect USING (${identitySql()})
     WHERE usage_raw.correction = 0 AND usage_raw.received_ms >= ${Math.max(horizonMs, arrivals.fromMs)}
       ${Number.isFinite(arrivals.untilMs) ? `AND usage_raw.received_ms < ${arrivals.untilMs}` : ""}
       ${times === null ? "" : `AND usage_raw.time_ms >= ${times.fromMs} AND usage_raw.time_ms < ${times.untilMs}`}`,
  );
  return answer.getRows().map(([index]) => Number(index));
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

/** Adds suspects that repeat an earlier row of the batch. */
function addRepetitions(rows: UsageColumns, suspects: readonly Suspect[], known: Set<number>): void {
  const prints = new Set(suspects.map(({ index }) => printOf(rows, index)));
  const isSuspect = new Set(suspects.map(({ index }) => index));
  const seen = new Set<string>();
  const identities = Buffer.from(rows.identities.buffer, rows.identities.byteOffset, rows.identities.byteLength);
  for (let index = 0; index < rows.length; index++) {
    if (!prints.has(printOf(rows, index))) continue;
    const key = identities.toString("latin1", index * IDENTITY_BYTES, (index + 1) * IDENTITY_BYTES);
    if (!seen.has(key)) seen.add(key);
    else if (isSuspect.has(index)) known.add(index);
  }
}

/** Equal for equal identities; a text of every identity of a commit would take longer than the rest of the check. */
function printOf({ identities }: UsageColumns, index: number): number {
  const at = index * IDENTITY_BYTES;
  return identities[at]! | (identities[at + 1]! << 8) | (identities[at + 2]! << 16) | (identities[at + 3]! << 24);
}
