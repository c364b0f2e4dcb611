/**
 * Single numbers beside the statistics: requests of the last days, all outgoing bytes of a month or year. Each is one
 * query without groups and windows.
 */
import { DAY_MS } from "../../../model/time-range.ts";
import type { TimeRange, UsageQuery } from "../../../model/usage-query.ts";
import type { DialectDeps } from "../../dialect.ts";
import { calendarMonth, calendarYear, startOfDay } from "../dates.ts";

/** Whose numbers: an organization's, or one space's of it. */
export type CountedPart = { readonly organization: number; readonly space: number | null };

/** Days that `requests_used_last_days` counts: today and the six before it. */
const LAST_DAYS = 7;

type Deps = Pick<DialectDeps, "runQuery">;

/** API requests of today (UTC) and the six days before. */
export function readLastDaysRequests(deps: Deps, part: CountedPart, nowMs: number): Promise<bigint> {
  const endMs = startOfDay(nowMs) + DAY_MS;
  return readRequests(deps, part, { startMs: endMs - LAST_DAYS * DAY_MS, endMs });
}

/** API requests of a range; 0 when nothing was recorded. */
export function readRequests(deps: Deps, part: CountedPart, range: TimeRange): Promise<bigint> {
  const query = buildTotalQuery(part, range);
  return readTotal(deps, { ...query, metrics: ["requests"], filter: { ...query.filter, kind: ["api"] } }, "requests");
}

/** All outgoing bytes, API answers and deliveries, of the calendar month or year (UTC) that a time lies in. */
export function readTraffic(deps: Deps, part: CountedPart, nowMs: number, unit: "month" | "year"): Promise<bigint> {
  const range = unit === "month" ? calendarMonth(nowMs) : calendarYear(nowMs);
  return readTotal(deps, { ...buildTotalQuery(part, range), metrics: ["traffic"] }, "traffic");
}

function buildTotalQuery({ organization, space }: CountedPart, range: TimeRange): Omit<UsageQuery, "metrics"> {
  return {
    organization,
    range,
    filter: space === null ? {} : { space: [space] },
    groupBy: [],
    window: "none",
    timeZone: "UTC",
    order: { by: "group" },
    empty: "omit",
    rowsMax: 1,
  };
}

async function readTotal(deps: Deps, query: UsageQuery, metric: "requests" | "traffic"): Promise<bigint> {
  const result = await deps.runQuery(query);
  return result.rows[0]?.values[metric] ?? 0n;
}
