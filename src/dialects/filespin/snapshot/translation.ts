/**
 * SnapshotRequest → UsageQuery, and UsageResult → FileSpin's snapshot. Pure.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */
import type { Principal } from "../../../model/token.ts";
import type { Dimension, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult, UsageResultRow } from "../../../model/usage-result.ts";
import { toGroupFilter } from "../group-access.ts";
import { toOperationKey, UNKNOWN_KEY } from "../operation-key.ts";
import { toPeriodRange } from "../period.ts";
import { isOperationStatType, STORAGE_SUBTYPE, toStatMeasure } from "../stat-type.ts";
import type { SnapshotRequest } from "./parameters.ts";

/** FileSpin's snapshot, before it is printed. Figures by user, then by operation or `ASSET`; keys in the order of the answer. */
export type Snapshot = {
  readonly usergroup_id: number;
  readonly period: number;
  readonly data: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
};

/** Who asks, at which moment, and how many figures an answer may have. */
export type SnapshotScope = { readonly principal: Principal; readonly nowMs: number; readonly rowsMax: number };

/** The question behind a snapshot. What is stored does not depend on the period: it is the sum of all before now. */
export function toUsageQuery(request: SnapshotRequest, scope: SnapshotScope): UsageQuery {
  const { metric, kind } = toStatMeasure(request.type, null);
  return {
    organization: scope.principal.organization,
    metrics: [metric],
    range: toPeriodRange(request.periodHours, scope.nowMs),
    filter: { ...toGroupFilter(scope.principal, request.user), ...(kind === null ? {} : { kind: [kind] }) },
    groupBy: toGroupBy(request),
    window: "none",
    timeZone: "UTC",
    whereDropped: "widen",
    order: { by: "group" },
    empty: "omit",
    rowsMax: scope.rowsMax,
  };
}

function toGroupBy(request: SnapshotRequest): readonly Dimension[] {
  return [
    ...(request.groupsByUser ? (["user"] as const) : []),
    ...(isOperationStatType(request.type) ? (["operation"] as const) : []),
  ];
}

/**
 * The answer to `request`. Nothing to count is nothing under the asked key, for storage a stored 0. Users are in the order
 * of the rows.
 */
export function fromUsageResult(result: UsageResult, request: SnapshotRequest, organization: number): Snapshot {
  const { metric } = toStatMeasure(request.type, null);
  const figures = new Map<string, Map<string, bigint>>();
  if (!request.groupsByUser) figures.set(request.user ?? "*", new Map());
  for (const row of result.rows) {
    const userKey = toUserKey(row, request);
    const ofUser = figures.get(userKey) ?? new Map<string, bigint>();
    const key = toFigureKey(row, request);
    // Added up: `GET /a`, `POST /a` and `/a` are three groups of the store and one key of FileSpin.
    ofUser.set(key, (ofUser.get(key) ?? 0n) + (row.values[metric] ?? 0n));
    figures.set(userKey, ofUser);
  }
  if (request.type === "storage") {
    for (const ofUser of figures.values()) ofUser.set(STORAGE_SUBTYPE, ofUser.get(STORAGE_SUBTYPE) ?? 0n);
  }
  const data = new Map([...figures].map(([user, ofUser]) => [user, sortByKey(ofUser)]));
  return { usergroup_id: organization, period: request.periodHours, data };
}

function toUserKey(row: UsageResultRow, request: SnapshotRequest): string {
  if (!request.groupsByUser) return request.user ?? "*";
  return String(row.group.user ?? UNKNOWN_KEY);
}

function toFigureKey(row: UsageResultRow, request: SnapshotRequest): string {
  return request.type === "storage" ? STORAGE_SUBTYPE : toOperationKey(request.type, String(row.group.operation ?? ""));
}

/** Keys in ascending order of their code points. */
function sortByKey(figures: ReadonlyMap<string, bigint>): ReadonlyMap<string, bigint> {
  return new Map([...figures].sort(([a], [b]) => compareCodePoints(a, b)));
}

/** JavaScript's own order is by UTF-16 units and puts an emoji before U+E000; that of UTF-8 bytes is by code point. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
