/**
 * Refused records that are taken in again: which of the kept ones can be, and what a commit of them does to what was noted
 * when they were refused. Their counts by hour are with the others', in source-tallies.ts.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { ReplayableRecord, ReplayedRecord } from "../usage-store.ts";
import { DUPLICATE } from "./read-sources.ts";

/** The kept refused records of a source, oldest first. */
export async function readReplayable(
  connection: DuckDBConnection,
  organization: number,
  source: string,
): Promise<ReplayableRecord[]> {
  const found = await connection.runAndReadAll(
    `SELECT number, reason, received_ms, position, replay FROM rejected_record
     WHERE organization = $1 AND source = $2 AND reason <> '${DUPLICATE}' ORDER BY number`,
    [organization, source],
  );
  return found.getRows().map(([number, reason, receivedMs, position, replay]) => ({
    number: Number(number),
    reason: String(reason),
    receivedMs: Number(receivedMs),
    position: String(position),
    replay: String(replay),
  }));
}

/** Takes the records off the kept ones and off the counts of refused ones, or moves them to another reason. */
export async function settleReplayed(replayed: readonly ReplayedRecord[], connection: DuckDBConnection): Promise<void> {
  for (const { organization, source, number, refusal } of replayed) {
    const whose = [number, organization, source] as const;
    const isIt = "number = $1 AND organization = $2 AND source = $3";
    if (refusal === null) await connection.run(`DELETE FROM rejected_record WHERE ${isIt}`, [...whose]);
    else {
      const said = [refusal.reason, refusal.detail] as const;
      await connection.run(`UPDATE rejected_record SET reason = $4, detail = $5 WHERE ${isIt}`, [...whose, ...said]);
    }
  }
  for (const { organization, source, reason, records } of countMoves(replayed)) {
    // A count that falls to 0 stays as a row: one that is dropped could not be inserted again in the same transaction.
    await connection.run(
      `INSERT INTO source_rejection VALUES ($1, $2, $3, $4)
       ON CONFLICT (organization, source, reason) DO UPDATE SET records = records + excluded.records`,
      [organization, source, reason, records],
    );
  }
}

type Move = Pick<ReplayedRecord, "organization" | "source" | "reason"> & { records: number };

/** By how much each count of refused records changes; those that do not change are left out. */
function countMoves(replayed: readonly ReplayedRecord[]): readonly Move[] {
  const moves = new Map<string, Move>();
  const add = ({ organization, source }: ReplayedRecord, reason: string, records: number): void => {
    // Neither a number nor a reason has a space, so the source may have them.
    const key = `${organization} ${reason} ${source}`;
    const move = moves.get(key) ?? { organization, source, reason, records: 0 };
    move.records += records;
    moves.set(key, move);
  };
  for (const record of replayed) {
    add(record, record.reason, -1);
    if (record.refusal !== null) add(record, record.refusal.reason, 1);
  }
  return [...moves.values()].filter(({ records }) => records !== 0);
}
