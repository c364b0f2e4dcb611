/**
 * API traffic of one space per period: what three routes print in their own words. A period that a late log has not
 * covered has null bytes; periods without data have no row.
 */
import type { TimeRange, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readLogCompleteness } from "./read-log-completeness.ts";
import { STATISTICS_ROWS_MAX, toRowsMax } from "./result-rows.ts";
import { type SpaceTrafficRow, sumPerPeriod, type TrafficGroup, toSpaceRows } from "./traffic-rows.ts";

/** Which space, in which range, in periods of which length. */
export type SpaceTrafficQuestion = {
  readonly organization: number;
  readonly space: number;
  readonly range: TimeRange;
  readonly group: TrafficGroup;
};

/** The rows, ascending, and the sums of what has arrived. */
export type SpaceTraffic = {
  readonly rows: readonly SpaceTrafficRow[];
  readonly requests: bigint;
  readonly bytes: bigint;
};

type Deps = Pick<StoryblokDeps, "catalog" | "clock" | "limits" | "runQuery" | "readSourceCounts">;

/** Asks for the traffic of one space. */
export async function readSpaceTraffic(deps: Deps, question: SpaceTrafficQuestion): Promise<SpaceTraffic> {
  const nowMs = deps.clock.now();
  const { organization, space, group } = question;
  // Watermarks before numbers: a log that arrives in between would count as received where its bytes are missing.
  const logsCompleteUntilMs = await readLogCompleteness(deps, organization, nowMs);
  const result = await deps.runQuery(toUsageQuery(question));
  const rowsMax = toRowsMax(deps.limits);
  return fromUsageResult(result, { group, nowMs, rowsMax, spaces: [space], logsCompleteUntilMs });
}

/** API requests and bytes of the space per period. */
export function toUsageQuery({ organization, space, range, group }: SpaceTrafficQuestion): UsageQuery {
  return {
    organization,
    metrics: ["requests", "bytes_out"],
    range,
    filter: { kind: ["api"], space: [space] },
    groupBy: ["space"],
    window: group,
    timeZone: "UTC",
    order: { by: "group" },
    empty: "omit",
    rowsMax: STATISTICS_ROWS_MAX,
  };
}

/** The rows and their sums; sums are never null. */
export function fromUsageResult(result: UsageResult, context: Parameters<typeof toSpaceRows>[1]): SpaceTraffic {
  const arrived = sumPerPeriod(result.rows, result.windows, context.group);
  return {
    rows: toSpaceRows(result, context),
    requests: arrived.reduce((sum, row) => sum + row.api_requests, 0n),
    bytes: arrived.reduce((sum, row) => sum + row.total_bytes, 0n),
  };
}
