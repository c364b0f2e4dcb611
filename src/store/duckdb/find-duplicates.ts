/**
 * Which rows of a batch are known already: exact, and cheap where nothing is.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { UsageRow } from "../../model/usage-row.ts";
import { stageColumns } from "./stage-columns.ts";
import { identityColumn } from "./stage-rows.ts";

/** What is looked through. `horizonMs`: facts that arrived at this time (UTC ms) or later are remembered. */
export type DuplicateSearch = {
  readonly connection: DuckDBConnection;
  readonly horizonMs: number;
};

/**
 * Indexes of `rows`, ascending, whose identity was there before or earlier in the batch. Only `suspects` (indexes,
 * ascending) are looked at: every other row must be known to be new.
 */
export async function findDuplicates(
  rows: readonly UsageRow[],
  suspects: readonly number[],
  search: DuplicateSearch,
): Promise<number[]> {
  const known = new Set<number>();
  // The first look is at facts of the suspects' own times: a log that is sent again is compared with its own days and
  // not with everything. The second, without bounds on the time, is for ids that come again with another time, and for
  // the few new rows that are suspects by mistake.
  for (const ownTimesOnly of [true, false]) {
    const open = suspects.filter((index) => !known.has(index));
    if (open.length === 0) break;
    for (const index of await lookUp(rows, open, { ...search, ownTimesOnly })) known.add(index);
  }
  if (known.size < suspects.length) addRepetitions(rows, suspects, known);
  return [...known].sort((a, b) => a - b);
}

async function lookUp(
  rows: readonly UsageRow[],
  indexes: readonly number[],
  { connection, horizonMs, ownTimesOnly }: DuplicateSearch & { readonly ownTimesOnly: boolean },
): Promise<number[]> {
  const looked = indexes.map((index) => rows[index] as UsageRow);
  const rowIndex = { name: "row_index", type: "INTEGER", values: Int32Array.from(indexes).buffer } as const;
  await stageColumns(connection, "suspect", [identityColumn(looked), rowIndex], looked.length);
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { timeMs } of looked) {
    fromMs = Math.min(fromMs, timeMs);
    toMs = Math.max(toMs, timeMs);
  }
  const answer = await connection.runAndReadAll(
    // The horizon is on the time of arrival, which ascends through the table: older row groups are not even read.
    `SELECT DISTINCT suspect.row_index FROM usage_raw JOIN temp.suspect ON usage_raw.identity = suspect.identity
     WHERE usage_raw.correction = 0 AND usage_raw.received_ms >= ${horizonMs}
       ${ownTimesOnly ? `AND usage_raw.time_ms BETWEEN ${fromMs} AND ${toMs}` : ""}`,
  );
  return answer.getRows().map(([index]) => Number(index));
}

/** Adds suspects that repeat an earlier row of the batch. */
function addRepetitions(rows: readonly UsageRow[], suspects: readonly number[], known: Set<number>): void {
  const isSuspect = new Set(suspects);
  const seen = new Set<string>();
  for (const [index, { identity }] of rows.entries()) {
    const key = Buffer.from(identity.buffer, identity.byteOffset, identity.byteLength).toString("latin1");
    if (!seen.has(key)) seen.add(key);
    else if (isSuspect.has(index)) known.add(index);
  }
}
