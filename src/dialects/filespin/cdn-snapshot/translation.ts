/**
 * CdnSnapshotRequest → UsageQuery, and UsageResult → FileSpin's cdn snapshot. Pure.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */
import type { Principal } from "../../../model/token.ts";
import type { UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import { toGroupFilter } from "../group-access.ts";
import { toPeriodRange } from "../period.ts";
import { toStatMeasure } from "../stat-type.ts";
import type { CdnSnapshotRequest } from "./parameters.ts";

/** FileSpin's cdn snapshot, before it is printed. */
export type CdnSnapshot = {
  readonly type: string;
  readonly period: number;
  readonly cdn: string;
  readonly data: { readonly sum: bigint };
};

/** The question behind the snapshot: one number over the period. */
export function toUsageQuery(request: CdnSnapshotRequest, principal: Principal, nowMs: number): UsageQuery {
  return {
    organization: principal.organization,
    metrics: [toStatMeasure("cdn", request.subtype).metric],
    range: toPeriodRange(request.periodHours, nowMs),
    filter: { ...toGroupFilter(principal, request.user), kind: ["delivery"] },
    groupBy: [],
    window: "none",
    timeZone: "UTC",
    whereDropped: "widen",
    order: { by: "group" },
    empty: "omit",
    rowsMax: 1,
  };
}

/** The answer to `request`; `cdnHost` is the host name that deliveries are made from. No delivery is the sum 0. */
export function fromUsageResult(result: UsageResult, request: CdnSnapshotRequest, cdnHost: string): CdnSnapshot {
  const { metric } = toStatMeasure("cdn", request.subtype);
  const sum = result.rows[0]?.values[metric] ?? 0n;
  return { type: request.subtype, period: request.periodHours, cdn: cdnHost, data: { sum } };
}
