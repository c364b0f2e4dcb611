/**
 * For tests only: an intake over the real embedded store and the real catalogue, in a folder that is gone afterwards.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteCatalog } from "../catalog/sqlite.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { randomIds } from "../platform/ids.ts";
import { buildLogger } from "../platform/log.ts";
import { openDuckdbStore } from "../store/duckdb/open.ts";
import type { SourceCounts, UsageStore } from "../store/usage-store.ts";
import { buildIntake, type IntakeLimits } from "./group-commit.ts";
import type { Submission } from "./intake.ts";

/** The time of the tests' clock: 2026-11-20T12:00:00Z. */
export const TEST_NOW_MS = Date.UTC(2026, 10, 20, 12);

/** Bounds that no test reaches unless it sets others. */
export const TEST_LIMITS: IntakeLimits = {
  lineBytesMax: 65_536,
  operationsPerSourceMax: 1_000,
  sourcesPerOrganizationMax: 100,
  bucketsPerOrganizationMax: 1_000,
  futureToleranceMs: 600_000,
  commitRowsMax: 30_000,
  queueRecordsMax: 200_000,
};

/** What a test may have otherwise. `wrapStore` puts something between the intake and the store: failures, delays. */
export type TestIntakeOptions = {
  readonly limits?: Partial<IntakeLimits>;
  readonly wrapStore?: (store: UsageStore) => UsageStore;
};

/** Opens it, with one organization that has the spaces 1 and 2. */
export async function openTestIntake(options: TestIntakeOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), "assetmeter-sources-"));
  const clock = buildFixedClock(TEST_NOW_MS);
  const catalog = await openSqliteCatalog({ file: join(folder, "catalog.sqlite"), clock, ids: randomIds });
  const store = await openDuckdbStore({
    file: ":memory:",
    memoryBytesMax: 512 * 1024 * 1024,
    threads: 1,
    dedupeHorizonMs: 35 * 86_400_000,
    clock,
  });
  const { id: organization } = await catalog.createOrganization({ name: "Example" });
  for (const id of [1, 2]) await catalog.createSpace({ organization, id, name: `Space ${id}` });
  const logger = buildLogger("silent");
  const limits = { ...TEST_LIMITS, ...options.limits };
  const intake = buildIntake({ store: options.wrapStore?.(store) ?? store, catalog, clock, logger, limits });
  return {
    organization,
    clock,
    catalog,
    store,
    intake,
    /** A submission of CloudEvents objects under the source `events`. */
    events: (values: readonly unknown[], more: Partial<Submission> = {}): Submission => ({
      organization,
      source: "events",
      format: "cloudevents",
      space: null,
      allowedSpaces: null,
      records: values.map((value, index) => ({ form: "event", value, position: `index ${index}` })),
      checkpoint: null,
      ...more,
    }),
    /** The sum of each measure over everything stored, in groups: `{ api: [count, bytesIn, bytesOut, …] }`. */
    async readSums(groupBy: "kind" | "operation" = "kind"): Promise<Record<string, number[]>> {
      const measures = ["count", "bytesIn", "bytesOut", "sizeDelta", "objectsDelta"] as const;
      const rows = await store.scan({
        organization,
        segments: [{ table: "usage_raw", startMs: 0, endMs: Date.UTC(2200, 0, 1) }],
        filter: {},
        groupBy: [groupBy],
        sums: measures.map((measure) => ({ measure, kinds: null })),
        windows: null,
        keep: null,
        orderBySum: null,
        rowsMax: null,
      });
      return Object.fromEntries(rows.map((row) => [String(row.group[0]), row.sums.map(Number)]));
    },
    /** The counts of one source. */
    async readCounts(source: string): Promise<SourceCounts | undefined> {
      return (await store.readSourceCounts(organization)).find((counts) => counts.source === source);
    },
    async close(): Promise<void> {
      await intake.close();
      await store.close();
      await catalog.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What openTestIntake resolves to. */
export type TestIntake = Awaited<ReturnType<typeof openTestIntake>>;
