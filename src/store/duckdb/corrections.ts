/**
 * Corrections in the store: rows that take away what counts, rows that stand in its place, all in the caller's transaction. Works on sets of rows in the engine, never row by row.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Correction, MeasureChange } from "../../model/correction.ts";
import { MEASURES } from "../../model/usage-event.ts";
import { AppError } from "../../platform/errors.ts";
import type { CorrectionOrder, CorrectionOutcome, RevertOrder } from "../correction-order.ts";
import { ALL_COLUMNS, FACT_COLUMNS, facts, NO_CHANGE, NO_SOURCE, stageEmpty, writeRows } from "./correction-rows.ts";
import { identitySql, identityText, identityTextOf, selectIdentities } from "./identity-columns.ts";
import type { WritableNames } from "./names.ts";
import { STAGED_OF_OBJECTS, settleCorrectedObjects } from "./object-corrections.ts";
import { SUM_COLUMNS } from "./rollup-sql.ts";
import { stageRows } from "./stage-rows.ts";
import type { Transactions } from "./transactions.ts";
import { writeNames } from "./write-names.ts";

/** What the corrections work on. `rawFromMs`: facts before it (UTC ms) have been dropped; null: none was. */
export type CorrectionContext = {
  readonly connection: DuckDBConnection;
  readonly names: WritableNames;
  readonly rawFromMs: number | null;
  /** The number of this commit: larger than that of every commit before. */
  readonly commitNumber: number;
  readonly transactions: Transactions;
};

/** Temporary tables of corrections. Those of one that fails or is tried go with its transaction. */
const STAGED = ["wanted", "counting", "correction_row", "batch", ...STAGED_OF_OBJECTS];

/** Rows of a range may be millions, and would count against the memory of the store until the next correction. */
async function dropStaged(connection: DuckDBConnection): Promise<void> {
  for (const table of STAGED) await connection.run(`DROP TABLE IF EXISTS temp.${table}`);
}

/** Rolls back what a preview tried. */
class PreviewOver extends Error {}

/** Applies an order in a transaction of its own, or looks what it would do. Rejects with everything rolled back. */
export async function runCorrection(order: CorrectionOrder, context: CorrectionContext): Promise<CorrectionOutcome> {
  const { connection, names } = context;
  let preview: CorrectionOutcome | null = null;
  try {
    const outcome = await context.transactions.write(connection, async () => {
      const applied = await applyCorrection(order, context);
      await dropStaged(connection);
      if (!order.isPreview) return applied;
      preview = { ...applied, number: null };
      throw new PreviewOver();
    });
    names.settle();
    return outcome;
  } catch (error) {
    names.forget();
    if (preview !== null) return preview;
    throw error;
  }
}

/**
 * Applies an order inside the caller's transaction, which a preview rolls back. Throws `catalog/conflict` when the range
 * begins before the facts that are still kept.
 */
async function applyCorrection(order: CorrectionOrder, context: CorrectionContext): Promise<CorrectionOutcome> {
  const { connection, rawFromMs } = context;
  if (order.target.by === "range" && rawFromMs !== null && order.target.startMs < rawFromMs) {
    throw new AppError(
      "catalog/conflict",
      `Single events before ${new Date(rawFromMs).toISOString()} have been dropped; only their sums are left and cannot be corrected.`,
    );
  }
  await selectCounting(order, context);
  const events = await countEvents(connection);
  if (events === 0) return { number: null, events, change: NO_CHANGE, changed: [] };
  const number = await nextNumber(connection);
  await stageEmpty(connection, "correction_row");
  await connection.run(
    `INSERT INTO temp.correction_row (${ALL_COLUMNS})
     SELECT ${context.commitNumber}, received_ms, ${facts("counting")}, ${SUM_COLUMNS.map((column) => `-${column}`).join(", ")}, -${number}
     FROM temp.counting`,
  );
  if (order.replacements.length > 0) await stageReplacements(order, number, context);
  const change = await writeAll(number, context);
  await connection.run(
    `INSERT INTO correction
     SELECT $1, $2, $3, $4, $5, $6, $7, min(time_ms), max(time_ms), $8, $9, $10, NULL, NULL, NULL FROM temp.correction_row`,
    [
      number,
      order.organization,
      order.replacements.length > 0 ? "replace" : "void",
      order.source,
      order.target.by === "range" ? order.target.startMs : null,
      order.target.by === "range" ? order.target.endMs : null,
      events,
      order.reason,
      order.author,
      order.madeMs,
    ],
  );
  return { number, events, change, changed: await findChanged(order, connection) };
}

/**
 * Fills `counting` with the rows that the target names and that count now: facts that no correction touched, and of
 * the others what is left when rows that were taken away are paired off with what they took.
 */
async function selectCounting(order: CorrectionOrder, { connection, names }: CorrectionContext): Promise<void> {
  const { target } = order;
  const source = names.id(order.source) ?? -1;
  const own = `organization = ${order.organization} AND source = ${source}`;
  await connection.run(`CREATE OR REPLACE TEMP TABLE wanted AS SELECT ${identitySql()} FROM usage_raw LIMIT 0`);
  if (target.by === "ids") await fillWanted(target.identities, connection);
  const meant =
    target.by === "range"
      ? `time_ms >= ${target.startMs} AND time_ms < ${target.endMs}`
      : `(${identitySql()}) IN (SELECT (${identitySql()}) FROM temp.wanted)`;
  const sign = "CASE WHEN correction < 0 THEN -1 ELSE 1 END";
  const measures = SUM_COLUMNS.map((column) => `${column} * (${sign}) AS ${column}`).join(", ");
  const keys = ["received_ms", ...FACT_COLUMNS, ...SUM_COLUMNS].join(", ");
  await connection.run(`
-- One row per event that counts and is meant. Times are compared after the pairing: a replaced event counts at its new time.
CREATE OR REPLACE TEMP TABLE counting AS
WITH touched AS (
  SELECT DISTINCT ${identitySql()}, received_ms FROM usage_raw WHERE correction <> 0 AND ${own}
)
SELECT ${keys} FROM usage_raw ANTI JOIN touched USING (${identitySql()}, received_ms)
WHERE correction = 0 AND ${own} AND ${meant}
UNION ALL
SELECT ${keys} FROM (
  SELECT received_ms, ${FACT_COLUMNS.join(", ")}, ${measures}, ${sign} AS sign
  FROM usage_raw SEMI JOIN touched USING (${identitySql()}, received_ms)
  WHERE ${own}
) AS signed
GROUP BY ${keys} HAVING sum(sign) > 0 AND ${meant}`);
}

async function fillWanted(identities: readonly Uint8Array[], connection: DuckDBConnection): Promise<void> {
  if (identities.length === 0) return;
  await connection.run(`INSERT INTO temp.wanted ${selectIdentities(identities)}`);
}

/** Puts each replacement where its event counted: with the arrival of the newest fact of that id. */
async function stageReplacements(order: CorrectionOrder, number: number, context: CorrectionContext): Promise<void> {
  const { connection, names } = context;
  const rows = order.replacements;
  await stageRows(connection, rows, names);
  await writeNames(names, connection);
  await connection.run(
    `INSERT INTO temp.correction_row (${ALL_COLUMNS})
     SELECT ${context.commitNumber}, newest.received_ms, ${FACT_COLUMNS.map((column) => `batch.${column}`).join(", ")},
       ${SUM_COLUMNS.map((column) => `batch.${column}`).join(", ")}, ${number}
     FROM temp.batch AS batch
     JOIN (SELECT ${identitySql()}, max(received_ms) AS received_ms FROM temp.counting GROUP BY ALL) AS newest
       USING (${identitySql()})`,
  );
}

async function nextNumber(connection: DuckDBConnection): Promise<number> {
  const answer = await connection.runAndReadAll("SELECT coalesce(max(number), 0) + 1 FROM correction");
  return Number(answer.getRows()[0]?.[0]);
}

async function countEvents(connection: DuckDBConnection): Promise<number> {
  const answer = await connection.runAndReadAll("SELECT count(*) FROM temp.counting");
  return Number(answer.getRows()[0]?.[0]);
}

async function findChanged({ target }: CorrectionOrder, connection: DuckDBConnection): Promise<number[]> {
  // Events of a range may be millions, and nobody asked about single ones.
  if (target.by === "range") return [];
  const answer = await connection.runAndReadAll(`SELECT DISTINCT ${identitySql()} FROM temp.counting`);
  const changed = new Set(answer.getRows().map(([low, high]) => identityTextOf(low, high)));
  return target.identities.flatMap((identity, index) => (changed.has(identityText(identity)) ? [index] : []));
}

/** Writes `correction_row`, and what follows of it for the objects of logs; answers by how much every sum changes. */
async function writeAll(number: number, { connection, commitNumber }: CorrectionContext): Promise<MeasureChange> {
  const corrected = await writeRows(connection, "correction_row");
  const balanced = await settleCorrectedObjects(connection, { number, commitNumber });
  return Object.fromEntries(MEASURES.map((name) => [name, corrected[name] + balanced[name]])) as MeasureChange;
}

/**
 * Takes a correction back inside the caller's transaction: appends the opposite of every row that it added. Answers null
 * for an unknown number; throws `catalog/conflict` for one that was reverted, whose rows are gone, or that a later
 * correction stands on (taking the lower one away first would leave less than nothing).
 */
export async function revertCorrection(order: RevertOrder, context: CorrectionContext): Promise<Correction | null> {
  const { connection } = context;
  const number = Math.trunc(order.number);
  const isOwn = ownRows(number);
  // Judged by the rows and not by the time before which rows are dropped: those of late arrivals stay longer.
  const found = await connection.runAndReadAll(
    `-- One row: the correction, and whether each row that it has added is there.
     SELECT any_value(reverted_ms),
       count(*) FILTER (raw.correction < 0) = any_value(events)
         AND min(raw.time_ms) = any_value(first_ms) AND max(raw.time_ms) = any_value(last_ms)
     FROM correction AS made
     LEFT JOIN (SELECT correction, time_ms FROM usage_raw WHERE ${isOwn}) AS raw ON true
     WHERE number = $1 AND organization = $2 GROUP BY number`,
    [number, order.organization],
  );
  const row = found.getRows()[0];
  if (row === undefined) return null;
  if (row[0] !== null) throw new AppError("catalog/conflict", `Correction ${number} has been reverted already.`);
  if (row[1] !== true) {
    throw new AppError("catalog/conflict", `The single events of correction ${number} have been dropped by now.`);
  }
  const later = await findLater(connection, number);
  if (later !== null) {
    throw new AppError("catalog/conflict", `Correction ${later} changed the same events later: revert it first.`);
  }
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE correction_row AS
     SELECT ${context.commitNumber}::BIGINT AS commit_number, received_ms, ${FACT_COLUMNS.join(", ")}, ${SUM_COLUMNS.map((column) => `-${column} AS ${column}`).join(", ")},
       -correction AS correction
     FROM usage_raw WHERE ${isOwn}`,
  );
  await writeAll(number, context);
  await connection.run(
    "UPDATE correction SET revert_reason = $2, revert_author = $3, reverted_ms = $4 WHERE number = $1",
    [number, order.reason, order.author, order.madeMs],
  );
  await dropStaged(connection);
  return (await readCorrections(connection, order.organization)).find((one) => one.number === number) ?? null;
}

/** The rows of a correction that belong to events: the others follow of these, and of what else is known of their objects. */
function ownRows(number: number): string {
  return `correction IN (${number}, -${number}) AND source <> ${NO_SOURCE}`;
}

async function findLater(connection: DuckDBConnection, number: number): Promise<number | null> {
  const answer = await connection.runAndReadAll(
    `SELECT min(abs(correction)) FROM usage_raw
     SEMI JOIN (SELECT DISTINCT ${identitySql()}, received_ms FROM usage_raw WHERE ${ownRows(number)}) AS own
       USING (${identitySql()}, received_ms)
     WHERE abs(correction) > ${number}
       AND abs(correction) IN (SELECT number FROM correction WHERE reverted_ms IS NULL)`,
  );
  const later = answer.getRows()[0]?.[0];
  return later === null || later === undefined ? null : Number(later);
}

/** Every correction of an organization, newest first. */
export async function readCorrections(connection: DuckDBConnection, organization: number): Promise<Correction[]> {
  const answer = await connection.runAndReadAll(
    `SELECT number, action, source, start_ms, end_ms, events, reason, author, made_ms,
       revert_reason, revert_author, reverted_ms
     FROM correction WHERE organization = $1 ORDER BY number DESC`,
    [organization],
  );
  return answer.getRows().map((row) => {
    const [number, action, source, startMs, endMs, events, reason, author, madeMs, why, who, revertedMs] = row;
    return {
      number: Number(number),
      organization,
      action: action === "replace" ? "replace" : "void",
      source: String(source),
      range: startMs === null ? null : { startMs: Number(startMs), endMs: Number(endMs) },
      events: Number(events),
      reason: String(reason),
      author: String(author),
      madeMs: Number(madeMs),
      reverted: revertedMs === null ? null : { reason: String(why), author: String(who), timeMs: Number(revertedMs) },
    };
  });
}
