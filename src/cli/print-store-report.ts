/**
 * The store's report as people and as programs read it: sizes, rows, what compaction owes, the slowest queries.
 */
import type { StoreReport } from "../model/operations.ts";
import { DAY_MS } from "../model/time-range.ts";
import { printBytes, printCount } from "./print-count.ts";
import { type Cell, printTable } from "./print-table.ts";

/** The report with the names of the command line's JSON. Times are ISO 8601. */
export function toStoreJson(store: StoreReport) {
  return {
    engine: store.engine,
    bytes_on_disk: store.bytesOnDisk,
    bytes_used: store.bytesUsed,
    bytes_per_event: bytesPerEvent(store),
    rows: store.rows,
    unclustered_rows: store.unclusteredRows,
    waiting_facts: store.waitingFacts,
    kept_from: Object.fromEntries(Object.entries(store.keptFrom).map(([table, timeMs]) => [table, toIso(timeMs ?? 0)])),
    remembered_from: toIso(store.rememberedFromMs),
    clock_ahead_ms: store.clockAheadMs,
    slow_queries: store.slowQueries.map(({ durationMs, timeMs, query, plan }) => ({
      duration_ms: durationMs,
      time: toIso(timeMs),
      query,
      plan,
    })),
  };
}

/** One line per fact. */
export function toStoreFacts(store: StoreReport): Record<string, Cell>[] {
  const { engine, bytesOnDisk, bytesUsed, rows, unclusteredRows, waitingFacts, keptFrom, rememberedFromMs } = store;
  const each = bytesPerEvent(store);
  return [
    { what: "store", is: `${engine}, ${printBytes(bytesOnDisk)}, of which rows take ${printBytes(bytesUsed)}` },
    ...(each === null ? [] : [{ what: "bytes per event", is: each.toFixed(1) }]),
    { what: "ids are remembered from", is: `${toIso(rememberedFromMs)}${printAhead(store)}` },
    ...Object.entries(rows).map(([table, count]) => {
      const owed = unclusteredRows[table] ?? 0;
      return {
        what: `rows of ${table}`,
        is: `${printCount(count)}${owed === 0 ? "" : `, to be put in order ${printCount(owed)}`}`,
      };
    }),
    { what: "facts not in every roll-up yet", is: printCount(waitingFacts) },
    ...Object.entries(keptFrom).map(([table, timeMs]) => ({ what: `${table} is kept from`, is: toIso(timeMs ?? 0) })),
  ];
}

/** A clock that is not believed, or a store that was closed for long: rows are kept for so much longer than is asked. */
function printAhead({ clockAheadMs }: StoreReport): string {
  const days = Math.floor(clockAheadMs / DAY_MS);
  return days === 0 ? "" : `; the clock is ${printCount(days)} days ahead of the time that is believed`;
}

/** The slowest queries, each with what it asked and what was read for it. */
export function printSlowQueries({ slowQueries }: StoreReport): string {
  return printTable(
    slowQueries.map(({ durationMs, timeMs, query, plan }) => ({
      slowest: `${durationMs.toFixed(1)} ms`,
      at: toIso(timeMs),
      asked: `${query.metrics.join(",")} by ${[query.window, ...query.groupBy].join(",")} where ${Object.keys(query.filter).join(",") || "all"}`,
      read: plan.length > 3 ? `${plan.slice(0, 3).join("; ")}; and ${plan.length - 3} more` : plan.join("; "),
    })),
  );
}

/** Null without an event, and where raw rows have been dropped: how many events the rest of the store is about is not known. */
function bytesPerEvent({ bytesOnDisk, rows, keptFrom }: StoreReport): number | null {
  const events = rows.usage_raw ?? 0;
  return events === 0 || keptFrom.usage_raw !== undefined ? null : bytesOnDisk / events;
}

const toIso = (timeMs: number): string => new Date(timeMs).toISOString();
