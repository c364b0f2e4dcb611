/**
 * UsageQuery -> rows in pieces, as the store makes them: for answers with more rows than should be in memory at once.
 */
import { isDeepStrictEqual } from "node:util";
import { METRIC_DEFINITIONS } from "../meter/metrics.ts";
import type { Dimension, DimensionValue, MetricName, UsageQuery } from "../model/usage-query.ts";
import type { UsageResultRow, UsageWindow } from "../model/usage-result.ts";
import { AppError } from "../platform/errors.ts";
import type { UsageScanRow } from "../store/usage-store.ts";
import { queryCompleteUntilMs, queryEstimate, readCompleteness } from "./completeness.ts";
import type { QueryDeps } from "./execute.ts";
import { planQuery, type QueryPlan } from "./plan.ts";

/** An answer whose rows are still to be read. Leave the loop over `pieces` early, or read it to its end. */
export type StreamedResult = {
  readonly windows: readonly UsageWindow[];
  readonly completeUntilMs: number;
  /** As in UsageResult. */
  readonly isEstimated?: true;
  readonly pieces: AsyncGenerator<readonly UsageResultRow[]>;
};

/**
 * Answers the rows of `executeQuery` in its order, any number of them; the bound on rows holds for the windows alone.
 * What needs all rows before the first can be given is refused with `query/invalid`: `top`, an order by a metric, gauges
 * and windows of zero. Told to `slowQueries` when the last piece was read, or the stream was given up behind the first, without the time
 * that the reader took.
 */
export async function streamQuery(query: UsageQuery, deps: QueryDeps): Promise<StreamedResult> {
  const begunMs = performance.now();
  checkStreamable(query);
  const keptFrom = await deps.store.readKeptFrom();
  const plan = planQuery(query, { keptFrom }, deps.limits);
  const completeness = await readCompleteness(deps, query.organization);
  const completeUntilMs = queryCompleteUntilMs(completeness, query.filter, deps.clock.now());
  const about = { windows: plan.windows, completeUntilMs, ...queryEstimate(completeness, query) };
  const answer = (first: readonly UsageScanRow[], rest: AsyncGenerator<readonly UsageScanRow[]> | null) => {
    const firstMs = performance.now() - begunMs;
    const onRead = (restMs: number) => {
      if (!plan.matchesNothing) deps.slowQueries?.note(query, [plan.flow], firstMs + restMs);
    };
    return { ...about, pieces: toPieces(query, plan, { first, rest, onRead }) };
  };
  if (plan.matchesNothing) return answer([], null);
  const scan = deps.store.scanStream({ ...plan.flow, rowsMax: null });
  // The first piece fixes the moment as of which all rows are: nothing that is dropped after it is missing.
  const first = await scan.next();
  if (!isDeepStrictEqual(await deps.store.readKeptFrom(), keptFrom)) {
    await scan.return(undefined);
    throw new AppError("store/unavailable", "Old records are being dropped at this moment. Try again.", {
      retryAfterS: 1,
    });
  }
  return answer(first.done ? [] : first.value, scan);
}

function checkStreamable({ top, order, empty, metrics }: UsageQuery): void {
  const gauge = metrics.find((metric) => METRIC_DEFINITIONS[metric].overTime === "gauge");
  if (top === undefined && order.by === "group" && empty === "omit" && gauge === undefined) return;
  throw new AppError(
    "query/invalid",
    "A stream has no largest groups, no order by a metric, no windows of zero and no gauges (stored_bytes, objects). Leave them out, or ask for one answer.",
  );
}

type Pieces = {
  readonly first: readonly UsageScanRow[];
  readonly rest: AsyncGenerator<readonly UsageScanRow[]> | null;
  /** Told at the end how long `rest` took. */
  readonly onRead: (restMs: number) => void;
};

async function* toPieces(
  { groupBy }: UsageQuery,
  { metrics }: QueryPlan,
  { first, rest, onRead }: Pieces,
): AsyncGenerator<readonly UsageResultRow[]> {
  const toRow = ({ windowIndex, group: places, sums }: UsageScanRow): UsageResultRow => {
    // Loops: entries of a million rows are ten million small arrays.
    const group: Partial<Record<Dimension, DimensionValue>> = {};
    for (let index = 0; index < groupBy.length; index++) group[groupBy[index] as Dimension] = places[index] ?? null;
    const values: Partial<Record<MetricName, bigint>> = {};
    for (const { metric, flowSum } of metrics) values[metric] = sums[flowSum] ?? 0n;
    return { windowIndex, rest: false, group, values };
  };
  let restMs = 0;
  try {
    if (first.length > 0) yield first.map(toRow);
    // Begun anew after each piece: a client that reads slowly would pass for a slow store.
    let askedMs = performance.now();
    for await (const piece of rest ?? []) {
      restMs += performance.now() - askedMs;
      yield piece.map(toRow);
      askedMs = performance.now();
    }
    restMs += performance.now() - askedMs;
  } finally {
    onRead(restMs);
    // Given up after the first piece: the loop above has not begun and would not close the scan.
    await rest?.return(undefined);
  }
}
