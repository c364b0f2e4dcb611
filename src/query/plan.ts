/**
 * UsageQuery -> QueryPlan: which metrics are which sums, and which tables and bounds they are read from. Pure: nothing
 * is read here, so every decision can be tested as data.
 */
import { METRIC_DEFINITIONS } from "../meter/metrics.ts";
import { DAY_MS } from "../model/time-range.ts";
import type { UsageKind } from "../model/usage-event.ts";
import type { Dimension, MetricName, TimeRange, UsageFilter, UsageQuery } from "../model/usage-query.ts";
import type { UsageWindow } from "../model/usage-result.ts";
import { AppError } from "../platform/errors.ts";
import { type KeptFrom, type ScanSegment, type ScanSum, USAGE_TABLES, type UsageScan } from "../store/usage-store.ts";
import { checkQuery, type QueryLimits } from "./check-query.ts";
import { chooseSegments, grainAtStart, joinSegments, type SegmentRequest } from "./choose-segments.ts";
import { takeAwayLeftOut } from "./left-out.ts";
import { checkWindowsFit, planWindows, splitWindows } from "./plan-windows.ts";
import { widenWhereDropped } from "./widen-range.ts";

/**
 * Where a metric's numbers stand: its index among the sums of `flow`, and of `opening` for a gauge that has one (else
 * null).
 */
export type PlannedMetric = {
  readonly metric: MetricName;
  readonly isGauge: boolean;
  readonly flowSum: number;
  readonly openingSum: number | null;
};

/** How the largest groups are found. */
export type TopPlan = {
  readonly groups: number;
  /** Everything in one read: the largest groups and the rest. Null where windows or gauges need a second one. */
  readonly single: UsageScan | null;
  /** The groups with a record by the total of the metric, largest first, at most `groups`. */
  readonly ranking: UsageScan;
  /** Groups whose records all lie before the range, for what `ranking` leaves free; null when no gauge asks for them. */
  readonly olderGroups: UsageScan | null;
};

/** What to read for a query. Scans are complete but for `keep`, which is known only when the largest groups are. */
export type QueryPlan = {
  readonly windows: readonly UsageWindow[];
  /** The most rows of the answer; every scan is bounded to one more. */
  readonly rowsMax: number;
  /** In the order of the query, each once. */
  readonly metrics: readonly PlannedMetric[];
  /** The range, by window and group. Of gauges alone: everything up to its end, what lies before it in the first window. */
  readonly flow: UsageScan;
  /** Everything before the range by group: what gauges start from. Null without a gauge, and where `flow` has it. */
  readonly opening: UsageScan | null;
  readonly top: TopPlan | null;
  /** True when a filter lists nothing at all: no scan is needed to know that no record matches. */
  readonly matchesNothing: boolean;
};

/** The first day of year 1, where every table's grain begins: no event is older. */
const BEGINNING_MS = -719_162 * DAY_MS;

/**
 * Plans a query. Throws AppError `query/invalid`, `query/range-too-long`, `query/unknown-time-zone` for what checkQuery
 * refuses, `query/too-many-rows` for more windows than rows may be answered, and NotKept where only dropped raw
 * rows could tell the asked dimensions or windows apart, `query/invalid` for a range too short to be told from its neighbours.
 * Numbers from before `keptFrom` are those of the whole hours or days that begin in the range: see chooseSegments. Of a query
 * that says so they are those of all that the range touches, and only missing dimensions are refused: see widen-range.ts.
 */
export function planQuery(asked: UsageQuery, store: { readonly keptFrom: KeptFrom }, limits: QueryLimits): QueryPlan {
  checkQuery(asked, limits);
  const rowsMax = Math.min(asked.rowsMax, limits.rowsMax);
  const names = [...new Set(asked.metrics)];
  const flowSums = collectSums(asked, names);
  const gauges = names.filter(isGauge);
  const openingSums = collectSums(asked, gauges);
  const filter = narrowKinds(asked.filter, [...flowSums, ...collectSums(asked, topMetric(asked))]);
  const kept = { dimensions: collectDimensions(asked, filter), keptFrom: store.keptFrom };
  const query = widenWhereDropped(asked, kept);
  const windows = planWindows(query, rowsMax);
  const reads = planSegments(query, windows, { filter, ...kept });
  const scan: UsageScan = {
    organization: query.organization,
    ...reads.flow,
    filter,
    groupBy: query.groupBy,
    sums: flowSums,
    windows: splitWindows(windows, reads.readFromMs),
    keep: null,
    orderBySum: null,
    // One more than may be answered tells too many from just enough. Every row read makes at least one row answered.
    rowsMax: rowsMax + 1,
  };
  const opening = { ...scan, segments: reads.opening, sums: openingSums, windows: null };
  const hasOpening = gauges.length > 0 && !readsGaugesAlone(query);
  return {
    windows,
    rowsMax,
    metrics: names.map((metric) => ({
      metric,
      isGauge: isGauge(metric),
      flowSum: indexOfSum(query, flowSums, metric),
      openingSum: hasOpening && isGauge(metric) ? indexOfSum(query, openingSums, metric) : null,
    })),
    flow: scan,
    opening: hasOpening ? opening : null,
    top: planTop(query, scan, opening),
    matchesNothing: Object.values(filter).some((values) => values.length === 0),
  };
}

/** The sums of some metrics; metrics that are computed alike share one. */
function collectSums(query: UsageQuery, metrics: readonly MetricName[]): readonly ScanSum[] {
  const sums: ScanSum[] = [];
  for (const metric of metrics) if (indexOfSum(query, sums, metric) < 0) sums.push(toSum(query, metric));
  return sums;
}

function toSum({ kindsOf }: UsageQuery, metric: MetricName): ScanSum {
  const { measure, kinds } = METRIC_DEFINITIONS[metric];
  return { measure, kinds: kinds ?? kindsOf?.[metric] ?? null };
}

function indexOfSum(query: UsageQuery, sums: readonly ScanSum[], metric: MetricName): number {
  const { measure, kinds } = toSum(query, metric);
  return sums.findIndex((sum) => sum.measure === measure && sum.kinds === kinds);
}

const isGauge = (metric: MetricName): boolean => METRIC_DEFINITIONS[metric].overTime === "gauge";

/**
 * True where nothing but gauges is asked for. A gauge's value in a window is the sum of everything before the window's
 * end: nobody asks when something before the first window's end happened, so it is one read without an edge at the start
 * of the range, where a piece of raw rows would have to be read for each side of it.
 */
function readsGaugesAlone(query: UsageQuery): boolean {
  return [...query.metrics, ...topMetric(query)].every(isGauge);
}

function topMetric(query: UsageQuery): readonly MetricName[] {
  return query.top === undefined ? [] : [query.top.metric];
}

/**
 * Leaves out kinds that none of the sums count: a space with uploads only is then no row of 0 bytes of traffic, and
 * their rows are not read at all.
 */
function narrowKinds(filter: UsageFilter, sums: readonly ScanSum[]): UsageFilter {
  const counted: UsageKind[] = [];
  for (const { kinds } of sums) {
    if (kinds === null) return filter;
    counted.push(...kinds);
  }
  const kinds = [...new Set(counted)];
  return { ...filter, kind: filter.kind === undefined ? kinds : filter.kind.filter((kind) => kinds.includes(kind)) };
}

/** What is read, and from when on: where whole hours or days are left, that is where the first of them begins. */
type PlannedSegments = {
  readonly flow: Pick<UsageScan, "segments" | "leftOut">;
  readonly readFromMs: number;
  readonly opening: readonly ScanSegment[];
};

/** Every dimension that the rows of a query must have: filtered or grouped by, or looked at by one of its sums. */
function collectDimensions(query: UsageQuery, filter: UsageFilter): readonly Dimension[] {
  const filtered = (Object.keys(filter) as Dimension[]).filter((name) => filter[name] !== undefined);
  const names = [...query.metrics, ...topMetric(query)];
  const byKind: readonly Dimension[] = names.some((name) => toSum(query, name).kinds !== null) ? ["kind"] : [];
  return [...new Set([...filtered, ...query.groupBy, ...byKind])];
}

/** The segments of the range and of everything before it; the latter only where a gauge needs them. */
function planSegments(
  query: UsageQuery,
  windows: readonly UsageWindow[],
  given: { readonly filter: UsageFilter } & Pick<SegmentRequest, "dimensions" | "keptFrom">,
): PlannedSegments {
  const { filter, ...kept } = given;
  const boundaries = windows.slice(1).map((window) => window.fromMs);
  const ask = (range: TimeRange, inside: readonly number[]) => {
    return { range, boundaries: inside, ...kept };
  };
  // Gauges alone are not told apart before the first window ends.
  const firstEndMs = windows[0]?.untilMs ?? query.range.endMs;
  const startMs = readsGaugesAlone(query) ? firstEndMs : query.range.startMs;
  const request = ask({ startMs, endMs: query.range.endMs }, boundaries);
  const flow = chooseSegments(request);
  // A query that keeps short windows over long sums says so, and knows that the whole sum stands in the first of them.
  if (query.whereDropped !== "widen-range") checkWindowsFit(query, request, flow);
  if (flow.length === 0 && !readsGaugesAlone(query)) throw noGrainBegins(request);
  const readFromMs = flow[0]?.startMs ?? startMs;
  if (![...query.metrics, ...topMetric(query)].some(isGauge)) {
    const direct = { request, filter, segments: flow };
    return { flow: takeAwayLeftOut(query, direct) ?? { segments: flow }, readFromMs, opening: [] };
  }
  // Up to where the range's own segments begin: an hour that lies across the start is read here, or nowhere.
  const opening = chooseSegments(ask({ startMs: BEGINNING_MS, endMs: readFromMs }, []));
  if (!readsGaugesAlone(query)) return { flow: { segments: flow }, readFromMs, opening };
  return {
    flow: { segments: joinSegments([...opening, ...flow]) },
    readFromMs: opening[0]?.startMs ?? readFromMs,
    opening: [],
  };
}

/** Zero would be invented: the range lies inside one hour or day, whose sum is that of the range in which it begins. */
function noGrainBegins(request: SegmentRequest): AppError {
  const table = grainAtStart(request)?.table ?? "usage_raw";
  const { grain } = USAGE_TABLES[table];
  return new AppError(
    "query/invalid",
    `Usage of that age is kept per ${grain} only, and no ${grain} (UTC) begins in the range. Ask for a longer one.`,
  );
}

function planTop(query: UsageQuery, flow: UsageScan, opening: UsageScan): TopPlan | null {
  if (query.top === undefined) return null;
  const { groups, metric } = query.top;
  const ranked = { ...flow, sums: [toSum(query, metric)], windows: null, rowsMax: groups };
  const sum = indexOfSum(query, flow.sums, metric);
  // A gauge ranks groups whose records all lie before the range, too: those are not in `flow`.
  const isSingle = !isGauge(metric) && flow.windows === null && opening.sums.length === 0 && sum >= 0;
  return {
    groups,
    single: isSingle ? { ...flow, orderBySum: { sum, direction: "desc" }, restAfter: groups } : null,
    ranking: {
      ...ranked,
      // A gauge's total over the range is its value at the end of it.
      segments: isGauge(metric) ? [...opening.segments, ...flow.segments] : flow.segments,
      orderBySum: { sum: 0, direction: "desc" },
    },
    olderGroups: isGauge(metric) || opening.sums.length === 0 ? null : { ...ranked, segments: opening.segments },
  };
}
