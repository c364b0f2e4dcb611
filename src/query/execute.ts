/**
 * UsageQuery -> UsageResult: plans, reads, fills. The only file of this folder that waits for the store.
 */
import { isDeepStrictEqual } from "node:util";
import type { DimensionValue, UsageQuery } from "../model/usage-query.ts";
import type { UsageResult, UsageResultRow } from "../model/usage-result.ts";
import { AppError } from "../platform/errors.ts";
import type { KeptFrom, UsageScan, UsageScanRow, UsageStore } from "../store/usage-store.ts";
import type { QueryLimits } from "./check-query.ts";
import { type CompletenessDeps, queryCompleteUntilMs, queryEstimate, readCompleteness } from "./completeness.ts";
import { buildTooManyRows, fillWindows } from "./fill-windows.ts";
import { narrowToDays } from "./narrow-to-days.ts";
import { planQuery, type QueryPlan, type TopPlan } from "./plan.ts";
import type { SlowQueries } from "./slow-queries.ts";

/** What a query is executed with. */
export type QueryDeps = CompletenessDeps & {
  readonly store: UsageStore;
  readonly limits: QueryLimits;
  /** Told of every query for which something was read how long it took. */
  readonly slowQueries?: SlowQueries | undefined;
};

/**
 * How often a query is planned anew when raw rows are dropped while it reads. Dropping happens once a day; a second
 * time within one query means that something is wrong.
 */
const PLANS_MAX = 3;

/**
 * Answers a query. Every number counts all that had been committed when the call began, and perhaps some that came
 * after. `completeUntilMs` was taken before the numbers, so it never promises more than they hold.
 * Throws AppError `query/…` (query/plan.ts says when), `query/too-many-rows`, `store/unavailable`,
 * `catalog/unavailable`.
 */
export async function executeQuery(query: UsageQuery, deps: QueryDeps): Promise<UsageResult> {
  const begunMs = performance.now();
  const reads: UsageScan[] = [];
  try {
    return await answerQuery(query, { ...deps, store: noteReads(deps.store, reads) });
  } finally {
    if (reads.length > 0) deps.slowQueries?.note(query, reads, performance.now() - begunMs);
  }
}

/** The same store; what is scanned of it is added to `reads`. */
function noteReads(store: UsageStore, reads: UsageScan[]): UsageStore {
  return {
    ...store,
    scan: (scan) => {
      reads.push(scan);
      return store.scan(scan);
    },
    scanTogether: (scans) => {
      reads.push(...scans);
      return store.scanTogether(scans);
    },
  };
}

async function answerQuery(query: UsageQuery, deps: QueryDeps): Promise<UsageResult> {
  let keptFrom = await deps.store.readKeptFrom();
  let plan = planQuery(query, { keptFrom }, deps.limits);
  const completeness = await readCompleteness(deps, query.organization);
  const completeUntilMs = queryCompleteUntilMs(completeness, query.filter, deps.clock.now());
  for (let plans = 1; plans <= PLANS_MAX; plans++) {
    const rows = await readRows(query, plan, { store: deps.store, keptFrom });
    const keptAfter = await deps.store.readKeptFrom();
    if (isDeepStrictEqual(keptAfter, keptFrom)) {
      return { windows: plan.windows, rows, completeUntilMs, ...queryEstimate(completeness, query) };
    }
    // Rows that the plan relied on may have gone between its scans: the numbers could be too small.
    keptFrom = keptAfter;
    plan = planQuery(query, { keptFrom }, deps.limits);
  }
  throw new AppError("store/unavailable", "Old records are being dropped at this moment. Try again.", {
    retryAfterS: 1,
  });
}

async function readRows(
  query: UsageQuery,
  plan: QueryPlan,
  { store, keptFrom }: { readonly store: UsageStore; readonly keptFrom: KeptFrom },
): Promise<readonly UsageResultRow[]> {
  if (plan.matchesNothing) return fillWindows(query, plan, { opening: [], flow: [], kept: null });
  if (plan.top?.single) {
    const flow = await store.scan(plan.top.single);
    const kept = flow.filter(({ rest }) => !rest).map(({ group }) => group[0] ?? null);
    return kept.length === 0 ? [] : fillWindows(query, plan, { opening: [], flow, kept });
  }
  const kept = plan.top === null ? null : await readTop(plan.top, store);
  // No group to keep means that nothing matches: not even a rest.
  if (kept?.length === 0) return [];
  const [flow = [], opening = []] = await readFlowAndOpening(plan, kept, { store, keptFrom });
  if (Math.max(flow.length, opening.length) > plan.rowsMax) throw buildTooManyRows(plan.rowsMax);
  return fillWindows(query, plan, { opening, flow, kept });
}

/** The rows of a plan's scans. They are sorted afterwards in any case. */
async function readFlowAndOpening(
  { flow, opening }: QueryPlan,
  kept: readonly DimensionValue[] | null,
  { store, keptFrom }: { readonly store: UsageStore; readonly keptFrom: KeptFrom },
): Promise<readonly (readonly UsageScanRow[])[]> {
  const toScan = (scan: UsageScan): UsageScan => ({ ...scan, keep: kept, anyOrder: true });
  // Of one moment: a commit that stores an object before the range and deletes it inside would else be seen by half.
  if (opening !== null) return store.scanTogether([toScan(flow), toScan(opening)]);
  const narrowed = await narrowToDays(flow, keptFrom, store);
  return narrowed.segments.length === 0 && narrowed !== flow ? [] : [await store.scan(toScan(narrowed))];
}

/** The values of the largest groups. Equal totals: the smaller value first, as the store orders them. */
async function readTop(top: TopPlan, store: UsageStore): Promise<readonly DimensionValue[]> {
  const toValue = (row: UsageScanRow): DimensionValue => row.group[0] ?? null;
  const values = new Set((await store.scan(top.ranking)).map(toValue));
  if (top.olderGroups === null || values.size >= top.groups) return [...values];
  // At most `groups` older ones are read, and those that are known already need no place: enough to fill all places.
  for (const row of await store.scan(top.olderGroups)) if (values.size < top.groups) values.add(toValue(row));
  return [...values];
}
