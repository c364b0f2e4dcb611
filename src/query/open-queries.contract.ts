/**
 * A store of their own for tests of queries: events in, rows out.
 */
import { createHash } from "node:crypto";
import type { Source } from "../model/source.ts";
import { DAY_MS } from "../model/time-range.ts";
import type { UsageEvent } from "../model/usage-event.ts";
import type { UsageQuery } from "../model/usage-query.ts";
import type { UsageResult } from "../model/usage-result.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { assertInvariant } from "../platform/errors.ts";
import { type DuckdbStoreOptions, openDuckdbStore } from "../store/duckdb/open.ts";
import type { UsageStore } from "../store/usage-store.ts";
import { executeQuery } from "./execute.ts";

/** What the clock of openQueries says until it is set. */
export const NOW_MS = Date.parse("2026-04-01T00:00Z");

/** From how many facts on the store rolls up, and from how many rows on it compacts; its own numbers when left out. */
type UpkeepBounds = Pick<DuckdbStoreOptions, "rollUpFactsMin" | "compaction">;

/** Opens an empty store in memory that remembers identities for a day, and a way to ask it. */
export async function openQueries(upkeep: UpkeepBounds = {}) {
  const clock = buildFixedClock(NOW_MS);
  const bounds = { memoryBytesMax: 200_000_000, threads: 1, dedupeHorizonMs: DAY_MS };
  const store = await openDuckdbStore({ file: ":memory:", ...bounds, clock, ...upkeep });
  return {
    store,
    clock,
    /** Stores events as they are; each of one call is its own fact, whatever its id. */
    append: async (events: readonly UsageEvent[], receivedMs = NOW_MS): Promise<void> => {
      const rows = events.map(({ id, ...row }, index) => {
        const identity = createHash("sha256").update(`${row.organization} ${id} ${index}`).digest().subarray(0, 12);
        return { ...row, identity };
      });
      const receipt = await store.append({ rows, rejected: [], checkpoints: [], receivedMs });
      assertInvariant(receipt.duplicates.length === 0, "every event of a test is counted");
    },
    /** Executes a query over this store, or over `other`, which may be the same one with a trap in it. */
    run: (query: UsageQuery, sources: readonly Source[] = [], other: UsageStore = store): Promise<UsageResult> => {
      const limits = { rowsMax: 20_000, daysMax: 4_000 };
      return executeQuery(query, { store: other, limits, clock, listSources: async () => sources });
    },
    close: () => store.close(),
  };
}

/** One delivery of space 1 with nothing in it, on 1 March 2026 at midnight, unless said otherwise. */
export function buildEvent(fields: Partial<UsageEvent> = {}): UsageEvent {
  return {
    id: "",
    source: "s",
    timeMs: Date.parse("2026-03-01T00:00Z"),
    organization: 1,
    kind: "delivery",
    space: 1,
    user: null,
    bucket: null,
    asset: null,
    operation: "GET",
    count: 1,
    bytesIn: 0,
    bytesOut: 0,
    sizeDelta: 0,
    objectsDelta: 0,
    ...fields,
  };
}

/** Requests of 1 March 2026 in one window unless said otherwise. */
export function buildQuery(fields: Partial<UsageQuery> = {}): UsageQuery {
  return {
    organization: 1,
    metrics: ["requests"],
    range: { startMs: Date.parse("2026-03-01T00:00Z"), endMs: Date.parse("2026-03-02T00:00Z") },
    filter: {},
    groupBy: [],
    window: "none",
    timeZone: "UTC",
    order: { by: "group" },
    empty: "zero",
    rowsMax: 10_000,
    ...fields,
  };
}
