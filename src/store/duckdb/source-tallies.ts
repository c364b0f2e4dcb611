/**
 * What a commit adds to the counts of its sources.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { AppendBatch } from "../usage-store.ts";

/** Rows that readers sum up at most, about: then they are merged into source_count. */
const TALLIES_MAX = 1_000;

const MERGE_SQL = `
INSERT INTO source_count (organization, source, accepted, late, duplicates, first_event_ms, last_event_ms)
SELECT organization, source, sum(accepted)::BIGINT, sum(late)::BIGINT, sum(duplicates)::BIGINT,
  min(first_event_ms), max(last_event_ms)
FROM source_tally GROUP BY organization, source ORDER BY organization, source
ON CONFLICT (organization, source) DO UPDATE SET
  accepted = accepted + excluded.accepted,
  late = late + excluded.late,
  duplicates = duplicates + excluded.duplicates,
  first_event_ms = least(first_event_ms, excluded.first_event_ms),
  last_event_ms = greatest(last_event_ms, excluded.last_event_ms)`;

/** Adds a batch's counts inside the running transaction. `duplicates` are indexes into its rows. */
export type TallyWriter = (batch: AppendBatch, duplicates: readonly number[]) => Promise<void>;

/** Builds the writer of a connection. */
export async function buildTallyWriter(connection: DuckDBConnection): Promise<TallyWriter> {
  const insert = await connection.prepare("INSERT INTO source_tally VALUES ($1, $2, $3, $4, $5, $6, $7)");
  const counted = await connection.runAndReadAll("SELECT count(*) FROM source_tally");
  /** Too many after a rollback, which only merges them sooner. */
  let tallies = Number(counted.getRows()[0]?.[0]);
  return async (batch, duplicates) => {
    for (const tally of tallySources(batch, new Set(duplicates))) {
      insert.bindBigInt(1, BigInt(tally.organization));
      insert.bindVarchar(2, tally.source);
      insert.bindBigInt(3, BigInt(tally.accepted));
      insert.bindBigInt(4, BigInt(tally.late));
      insert.bindBigInt(5, BigInt(tally.duplicates));
      for (const [index, timeMs] of [tally.firstMs, tally.lastMs].entries()) {
        if (timeMs === null) insert.bindNull(6 + index);
        else insert.bindBigInt(6 + index, BigInt(timeMs));
      }
      await insert.run();
      tallies += 1;
    }
    if (tallies < TALLIES_MAX) return;
    await connection.run(MERGE_SQL);
    await connection.run("DELETE FROM source_tally");
    tallies = 0;
  };
}

type SourceTally = {
  readonly organization: number;
  readonly source: string;
  accepted: number;
  late: number;
  duplicates: number;
  firstMs: number | null;
  lastMs: number | null;
};

function tallySources({ rows, late }: AppendBatch, duplicates: ReadonlySet<number>): Iterable<SourceTally> {
  const tallies = new Map<string, SourceTally>();
  let last: SourceTally | null = null;
  for (const [index, { organization, source, timeMs }] of rows.entries()) {
    // Rows of one source mostly stand together: no key is built for them.
    if (last === null || last.organization !== organization || last.source !== source) {
      const key: string = `${organization} ${source}`;
      last = tallies.get(key) ?? {
        organization,
        source,
        accepted: 0,
        late: 0,
        duplicates: 0,
        firstMs: null,
        lastMs: null,
      };
      tallies.set(key, last);
    }
    if (duplicates.has(index)) {
      last.duplicates++;
      continue;
    }
    last.accepted++;
    if (late?.has(index)) last.late++;
    last.firstMs = Math.min(last.firstMs ?? timeMs, timeMs);
    last.lastMs = Math.max(last.lastMs ?? timeMs, timeMs);
  }
  return tallies.values();
}
