/**
 * What the store remembers of single events: when they came, what they count, and which corrections changed them.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { RememberedEvent } from "../../model/correction.ts";
import { MEASURES, USAGE_KINDS } from "../../model/usage-event.ts";
import { identitySql, identityText, identityTextOf, selectIdentities } from "./identity-columns.ts";
import { SUM_COLUMNS } from "./rollup-sql.ts";

type RawRow = {
  readonly correction: number;
  readonly receivedMs: number;
  readonly timeMs: number;
  readonly kind: number;
  readonly measures: readonly bigint[];
};

/** The events of these identities, in their order, null for unknown ones. Reads the columns of identities as a whole. */
export async function readEvents(
  connection: DuckDBConnection,
  organization: number,
  identities: readonly Uint8Array[],
): Promise<(RememberedEvent | null)[]> {
  if (identities.length === 0) return [];
  const answer = await connection.runAndReadAll(
    `SELECT ${identitySql()}, correction, received_ms, time_ms, kind, ${SUM_COLUMNS.join(", ")} FROM usage_raw
     SEMI JOIN (${selectIdentities(identities)}) AS wanted USING (${identitySql()})
     WHERE organization = ${organization}`,
  );
  const rows = new Map<string, RawRow[]>();
  for (const [low, high, correction, receivedMs, timeMs, kind, ...measures] of answer.getRows()) {
    const row = {
      correction: Number(correction),
      receivedMs: Number(receivedMs),
      timeMs: Number(timeMs),
      kind: Number(kind),
      measures: measures.map((measure) => BigInt(String(measure))),
    };
    const identity = identityTextOf(low, high);
    const known = rows.get(identity);
    if (known === undefined) rows.set(identity, [row]);
    else known.push(row);
  }
  return identities.map((identity) => toEvent(rows.get(identityText(identity)) ?? []));
}

function toEvent(rows: readonly RawRow[]): RememberedEvent | null {
  if (rows.length === 0) return null;
  const receivedMs = Math.max(...rows.map((row) => row.receivedMs));
  const own = rows.filter((row) => row.receivedMs === receivedMs);
  const counting = findCounting(own);
  const shown = counting ?? own.find((row) => row.correction === 0) ?? (own[0] as RawRow);
  const corrections = [...new Set(own.map((row) => Math.abs(row.correction)))].filter((number) => number > 0);
  return {
    receivedMs,
    timeMs: shown.timeMs,
    kind: USAGE_KINDS[shown.kind - 1] ?? "api",
    counts: counting !== undefined,
    corrections: corrections.sort((a, b) => a - b),
    ...measuresOf(shown),
  };
}

/** The row that nothing took away: rows that take away are paired off with what they took. */
function findCounting(rows: readonly RawRow[]): RawRow | undefined {
  const left = rows.filter((row) => row.correction >= 0);
  for (const taken of rows.filter((row) => row.correction < 0)) {
    const at = left.findIndex((row) => isOpposite(row, taken));
    if (at !== -1) left.splice(at, 1);
  }
  return left[0];
}

function isOpposite(row: RawRow, taken: RawRow): boolean {
  const sameThing = row.timeMs === taken.timeMs && row.kind === taken.kind;
  return sameThing && row.measures.every((measure, index) => measure === -(taken.measures[index] as bigint));
}

function measuresOf(row: RawRow) {
  const values = row.correction < 0 ? row.measures.map((measure) => -measure) : row.measures;
  return Object.fromEntries(MEASURES.map((name, index) => [name, Number(values[index])])) as Record<
    (typeof MEASURES)[number],
    number
  >;
}
