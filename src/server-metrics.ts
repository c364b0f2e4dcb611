/**
 * The figures that this process shows at /metrics: intake, commits, queue, answers, compaction, files, the process.
 * One registry per server: two servers in one process do not add up.
 */
import { statfs } from "node:fs/promises";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ServerMetrics } from "./http/metrics.ts";
import { AppError } from "./platform/errors.ts";
import type { LogIntake } from "./sources/intake.ts";
import type { StoreDescription, UsageStore } from "./store/usage-store.ts";

/** Seconds: from a millisecond to half a minute. */
const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The registry of one server, and the parts wrapped so that they are measured. */
export interface Measurement extends ServerMetrics {
  /** The same store: what is appended is counted, commits and steps of compaction are timed. */
  measureStore(store: UsageStore): UsageStore;
  /** The same intake: what waits to be committed is counted. */
  measureIntake(intake: LogIntake): LogIntake;
  /** Shows sizes of this store, and the free space of the disk of `dataDir`, when the figures are read. */
  watchFiles(store: UsageStore, dataDir: string): void;
}

/** Builds an empty registry. */
export function buildMeasurement(): Measurement {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let measured: LogIntake | null = null;
  let watched: { readonly store: UsageStore; readonly dataDir: string } | null = null;
  const records = new Counter({
    name: "assetmeter_records_total",
    help: "Records that were committed, by result: accepted, duplicate, rejected.",
    labelNames: ["result"] as const,
    registers,
  });
  // From the start: a rate over a figure that is not there yet is nothing, and no alert sees its first rise.
  for (const result of ["accepted", "duplicate", "rejected"]) records.inc({ result }, 0);
  const commits = seconds(
    registry,
    "assetmeter_commit_seconds",
    "Time of one commit, its wait for the one before included.",
  );
  new Gauge({
    name: "assetmeter_queue_records",
    help: "Records that were read and are not committed yet.",
    registers,
    collect() {
      this.set(measured?.recordsOnTheWay() ?? 0);
    },
  });
  const refused = new Counter({
    name: "assetmeter_submissions_failed_total",
    help: "Submissions of which nothing was counted: too much waited, or the store or the catalogue failed.",
    registers,
  });
  const answers = new Histogram({
    name: "assetmeter_http_request_seconds",
    help: "Time from a request to the end of its answer, by endpoint.",
    labelNames: ["method", "route", "status"] as const,
    buckets: BUCKETS_S,
    registers,
  });
  const steps = seconds(
    registry,
    "assetmeter_compaction_step_seconds",
    "Time of one step of compaction that did something, and of the wait for its turn among other upkeep.",
  );

  return {
    observeAnswer: ({ method, route, status, durationMs }) =>
      answers.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, durationMs / 1000),
    read: async () => {
      const files = watched === null ? "" : `\n${await readFiles(watched.store, watched.dataDir)}`;
      return { contentType: registry.contentType, text: `${await registry.metrics()}${files}` };
    },
    measureStore: (store) => ({
      ...store,
      append: async (batch) => {
        const stop = commits.startTimer();
        const receipt = await store.append(batch);
        stop();
        records.inc({ result: "accepted" }, batch.rows.length - receipt.duplicates.length);
        records.inc({ result: "duplicate" }, receipt.duplicates.length);
        records.inc(
          { result: "rejected" },
          batch.rejected.reduce((sum, { count }) => sum + count, 0),
        );
        return receipt;
      },
      compactStep: async () => {
        const begunMs = performance.now();
        const worked = await store.compactStep();
        if (worked) steps.observe((performance.now() - begunMs) / 1000);
        return worked;
      },
    }),
    measureIntake: (intake) => {
      measured = intake;
      return {
        ...intake,
        submit: async (submission) => {
          try {
            return await intake.submit(submission);
          } catch (error) {
            // What cannot be read is the sender's mistake.
            if (!(error instanceof AppError && error.code.startsWith("request/body-"))) refused.inc();
            throw error;
          }
        },
      };
    },
    watchFiles: (store, dataDir) => {
      watched = { store, dataDir };
    },
  };
}

function seconds(registry: Registry, name: string, help: string): Histogram {
  return new Histogram({ name, help, buckets: BUCKETS_S, registers: [registry] });
}

/**
 * Sizes of the store and its disk as they are now. In a registry of each reading: one that is kept prints its gauges before
 * another one has asked the store, and the first reading would say that the store has 0 bytes. What cannot be looked at
 * is left out, and the figures of the process are shown all the same: they are wanted most when the store is down.
 */
async function readFiles(store: UsageStore, dataDir: string): Promise<string> {
  const registry = new Registry();
  const [described, disk] = await Promise.allSettled([store.describe(), statfs(dataDir)]);
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  const up = gauge("assetmeter_store_up", "1 when the store could be looked at, 0 when its figures are left out.");
  up.set(described.status === "fulfilled" ? 1 : 0);
  if (described.status === "fulfilled") showStore(registry, described.value);
  if (disk.status === "fulfilled") {
    const free = gauge(
      "assetmeter_disk_free_bytes",
      "Bytes that this user may still write on the disk of the data folder.",
    );
    free.set(disk.value.bavail * disk.value.bsize);
  }
  return registry.metrics();
}

function showStore(registry: Registry, described: StoreDescription): void {
  const { bytesOnDisk, bytesUsed, rows, unclusteredRows, waitingFacts } = described;
  const registers = [registry];
  const show = (name: string, help: string, value: number) => new Gauge({ name, help, registers }).set(value);
  const showPerTable = (name: string, help: string, counts: Readonly<Record<string, number>>): void => {
    const gauge = new Gauge({ name, help, labelNames: ["table"] as const, registers });
    for (const [table, count] of Object.entries(counts)) gauge.set({ table }, count);
  };
  show("assetmeter_store_bytes", "Bytes of the store's files.", bytesOnDisk);
  show("assetmeter_store_used_bytes", "Bytes of the store's files that rows are in.", bytesUsed);
  showPerTable("assetmeter_store_rows", "Rows per table.", rows);
  showPerTable(
    "assetmeter_store_unclustered_rows",
    "Rows per table that compaction has left to bring in order.",
    unclusteredRows,
  );
  show("assetmeter_store_waiting_facts", "Facts that some roll-up's table does not hold yet.", waitingFacts);
}
