/**
 * What a query means, as a plain loop over events: slow, without tables, roll-ups or SQL. Tests hold executeQuery
 * against it; nothing else uses it.
 */
import { METRIC_DEFINITIONS } from "../meter/metrics.ts";
import { HOUR_MS, MINUTE_MS } from "../model/time-range.ts";
import type { UsageEvent } from "../model/usage-event.ts";
import type { Dimension, DimensionValue, MetricName, UsageQuery } from "../model/usage-query.ts";
import type { UsageResultRow, UsageWindow } from "../model/usage-result.ts";
import { buildEvenWindows, buildWindows } from "../model/window.ts";

type Group = { readonly key: string; readonly values: readonly DimensionValue[]; readonly rest: boolean };

/** The rows that a query must answer over these events. */
export function countPlainly(query: UsageQuery, events: readonly UsageEvent[]): readonly UsageResultRow[] {
  const { range, window, timeZone, windowLength = 1 } = query;
  const unitMs = window === "minute" ? MINUTE_MS : HOUR_MS;
  const windows =
    windowLength === 1 ? buildWindows(range, window, timeZone) : buildEvenWindows(range, windowLength * unitMs);
  const matching = events.filter((event) => matches(query, event));
  const kept = query.top === undefined ? null : findTop(query, query.top, matching);
  const groupOf = (event: UsageEvent): Group => {
    const values = query.groupBy.map((dimension) => event[dimension]);
    const rest = kept !== null && !kept.some((value) => value === values[0]);
    return { key: JSON.stringify(rest ? "rest" : values), values: rest ? [null] : values, rest };
  };
  const before = matching.filter((event) => event.timeMs < query.range.startMs);
  const inside = matching.filter((event) => isInside(query, event));
  const hasGauge = query.metrics.some(isGauge);
  const groups = new Map<string, Group>();
  if (query.groupBy.length === 0) groups.set("[]", { key: "[]", values: [], rest: false });
  for (const value of kept ?? [])
    groups.set(JSON.stringify([value]), { key: JSON.stringify([value]), values: [value], rest: false });
  for (const event of [...(hasGauge ? before : []), ...inside]) groups.set(groupOf(event).key, groupOf(event));

  const rows: UsageResultRow[] = [];
  for (const [windowIndex, window] of windows.entries()) {
    const inWindow: UsageResultRow[] = [];
    for (const group of groups.values()) {
      const own = matching.filter((event) => groupOf(event).key === group.key);
      if (query.empty === "omit" && !own.some((event) => isSeen(event, window, hasGauge))) continue;
      const values = Object.fromEntries(query.metrics.map((metric) => [metric, measureWindow(metric, own, window)]));
      const named = Object.fromEntries(query.groupBy.map((dimension, index) => [dimension, group.values[index]]));
      inWindow.push({ windowIndex, group: named as UsageResultRow["group"], rest: group.rest, values });
    }
    rows.push(...inWindow.sort((a, b) => compareRows(query, a, b)));
  }
  return rows;
}

const isGauge = (metric: MetricName): boolean => METRIC_DEFINITIONS[metric].overTime === "gauge";

const isInside = ({ range }: UsageQuery, { timeMs }: UsageEvent): boolean =>
  timeMs >= range.startMs && timeMs < range.endMs;

/** True when the window, or for a gauge anything before its end, has this record. */
const isSeen = ({ timeMs }: UsageEvent, { fromMs, untilMs }: UsageWindow, hasGauge: boolean): boolean =>
  timeMs < untilMs && (hasGauge || timeMs >= fromMs);

function matches(query: UsageQuery, event: UsageEvent): boolean {
  const asked = [...query.metrics, ...(query.top === undefined ? [] : [query.top.metric])];
  return (
    event.organization === query.organization &&
    asked.some((metric) => METRIC_DEFINITIONS[metric].kinds?.includes(event.kind) ?? true) &&
    (Object.keys(query.filter) as Dimension[]).every((dimension) => {
      const values: readonly DimensionValue[] | undefined = query.filter[dimension];
      return values === undefined || values.includes(event[dimension]);
    })
  );
}

function add(metric: MetricName, events: readonly UsageEvent[]): bigint {
  const { measure, kinds } = METRIC_DEFINITIONS[metric];
  let sum = 0n;
  for (const event of events) if (kinds?.includes(event.kind) ?? true) sum += BigInt(event[measure]);
  return sum;
}

function measureWindow(metric: MetricName, events: readonly UsageEvent[], { fromMs, untilMs }: UsageWindow): bigint {
  const counted = events.filter(({ timeMs }) => timeMs < untilMs && (isGauge(metric) || timeMs >= fromMs));
  return add(metric, counted);
}

/** The largest groups; those with a record in the range before those that have only older ones. */
function findTop(
  query: UsageQuery,
  top: NonNullable<UsageQuery["top"]>,
  matching: readonly UsageEvent[],
): readonly DimensionValue[] {
  const dimension = query.groupBy[0] ?? "space";
  const older = matching.filter((event) => event.timeMs < query.range.startMs);
  const inside = matching.filter((event) => isInside(query, event));
  const rank = (events: readonly UsageEvent[]): DimensionValue[] => {
    const values = [...new Set(events.map((event) => event[dimension]))];
    const total = (value: DimensionValue) =>
      add(
        top.metric,
        events.filter((event) => event[dimension] === value),
      );
    return values.sort((a, b) => compareBig(total(b), total(a)) || compareValues(a, b));
  };
  if (isGauge(top.metric)) return rank([...older, ...inside]).slice(0, top.groups);
  const olderValues = query.metrics.some(isGauge) ? rank(older).sort(compareValues) : [];
  return [...new Set([...rank(inside), ...olderValues])].slice(0, top.groups);
}

const compareBig = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function compareValues(a: DimensionValue, b: DimensionValue): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  // By code points, as UTF-8 sorts.
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareRows(query: UsageQuery, a: UsageResultRow, b: UsageResultRow): number {
  if (a.rest !== b.rest) return a.rest ? 1 : -1;
  if (query.order.by !== "group") {
    const order = compareBig(a.values[query.order.by] ?? 0n, b.values[query.order.by] ?? 0n);
    if (order !== 0) return query.order.direction === "asc" ? order : -order;
  }
  for (const dimension of query.groupBy) {
    const order = compareValues(a.group[dimension] ?? null, b.group[dimension] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}
