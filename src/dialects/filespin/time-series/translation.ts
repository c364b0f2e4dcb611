/**
 * TimeSeriesRequest → UsageQuery, and UsageResult → FileSpin's time series. Pure.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction (time series), read 2026-11-20
 */
import type { Principal } from "../../../model/token.ts";
import type { UsageFilter, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import { toGroupFilter } from "../group-access.ts";
import { toStoredOperations } from "../operation-key.ts";
import { isOperationStatType, toStatMeasure } from "../stat-type.ts";
import type { TimeSeriesRequest } from "./parameters.ts";

/** Ranges up to this length, in seconds, have hourly points, longer ones daily points: 7 days. */
const HOURLY_RANGE_MAX_S = 604_800;

/** Hourly points of 364 days that begin and end inside an hour, with the tolerance at both ends. */
const POINTS_MAX = 364 * 24 + 2;

/** One number, exact. `timestamp` is the start of its window in UNIX seconds. */
type Point = { readonly timestamp: number; readonly value: bigint };

/** FileSpin's time series, before it is printed. */
export type TimeSeries = {
  readonly usergroup_id: number;
  readonly stat_type: string;
  readonly stat_subtype: string | null;
  readonly start_time: string;
  readonly end_time: string;
  readonly data: Readonly<Record<string, readonly Point[]>>;
};

/** The question behind a time series: one number per hour, day, week (from Monday) or month, of what the principal may see. */
export function toUsageQuery(request: TimeSeriesRequest, principal: Principal): UsageQuery {
  const { startS, endS } = request;
  return {
    organization: principal.organization,
    metrics: [toStatMeasure(request.type, request.subtype).metric],
    // The second that end_time names counts in full.
    range: { startMs: startS * 1000, endMs: (endS + 1) * 1000 },
    filter: toFilter(request, principal),
    groupBy: [],
    window: request.granularity ?? (endS - startS <= HOURLY_RANGE_MAX_S ? "hour" : "day"),
    timeZone: "UTC",
    // Figures of a user's hours that are gone are not refused: FileSpin's programs ask for the same ranges whatever is kept.
    whereDropped: "widen",
    order: { by: "group" },
    empty: hasEveryWindow(request) ? "zero" : "omit",
    rowsMax: POINTS_MAX,
  };
}

/** The answer to `request`: one point per window that counts, ascending; no point at all is an empty list. */
export function fromUsageResult(result: UsageResult, request: TimeSeriesRequest, organization: number): TimeSeries {
  return {
    usergroup_id: organization,
    stat_type: request.type,
    stat_subtype: request.subtype,
    start_time: request.startText,
    end_time: request.endText,
    data: { [request.user ?? "*"]: toPoints(result, request) },
  };
}

function toPoints(result: UsageResult, request: TimeSeriesRequest): readonly Point[] {
  const { metric } = toStatMeasure(request.type, request.subtype);
  const values = new Map(result.rows.map((row) => [row.windowIndex, row.values[metric] ?? 0n]));
  return result.windows.flatMap((window, index) => {
    const value = values.get(index) ?? (hasEveryWindow(request) ? 0n : undefined);
    return value === undefined ? [] : [{ timestamp: window.startMs / 1000, value }];
  });
}

/** What is stored is stored in every window, also in those in which nothing happened. */
function hasEveryWindow(request: TimeSeriesRequest): boolean {
  return request.type === "storage" || request.fillsWithZero;
}

function toFilter(request: TimeSeriesRequest, principal: Principal): UsageFilter {
  const { type, subtype } = request;
  const { kind } = toStatMeasure(type, subtype);
  return {
    ...toGroupFilter(principal, request.user),
    ...(kind === null ? {} : { kind: [kind] }),
    ...(subtype !== null && isOperationStatType(type) ? { operation: toStoredOperations(type, subtype) } : {}),
  };
}
