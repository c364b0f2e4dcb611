/**
 * Query string → DailyStatsRequest, with the checks in their fixed order.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, and for `hosts` and the form of dates
 * https://github.com/flashbacknetwork/FlashbackClient (commit bcb34e9), read 2026-11-20
 */
import type { TimeRange } from "../../../model/usage-query.ts";
import { AppError } from "../../../platform/errors.ts";
import { readFirst } from "../../wire-parameters.ts";
import { readIdList } from "../id-list.ts";
import { parseWireDate } from "../wire-date.ts";

/** What a client asks for. Undefined lists count for nothing; `repos` and `buckets` widen each other, `hosts` narrows. */
export type DailyStatsRequest = {
  readonly range: TimeRange;
  readonly repos: readonly string[] | undefined;
  readonly buckets: readonly string[] | undefined;
  readonly hosts: readonly string[] | undefined;
};

const DAY_MS = 86_400_000;

/** Whole days before the day of the end that a range without a start begins. */
const DEFAULT_DAYS = 29;

/** Days between the two dates. */
const RANGE_DAYS_MAX = 366;

/** Reads the parameters of one request made at `nowMs`; throws `request/invalid` for the first one that is wrong. */
export function readDailyStatsRequest(query: URLSearchParams, nowMs: number): DailyStatsRequest {
  const range = readRange(query, nowMs);
  const repos = readIdList(query, "repoId");
  const byBucket = readIdList(query, "bucketId");
  const byUnit = readIdList(query, "unitId");
  const buckets = byBucket === undefined && byUnit === undefined ? undefined : [...(byBucket ?? []), ...(byUnit ?? [])];
  return { range, repos, buckets, hosts: readIdList(query, "hosts") };
}

/**
 * Both dates belong to the range as sent, hence one millisecond more at the end. No usage is older than 1970: what the
 * range has before is cut off, and a range that ends before is its first millisecond.
 */
function readRange(query: URLSearchParams, nowMs: number): TimeRange {
  const sentStartMs = readDate(query, "startDate");
  const endMs = readDate(query, "endDate") ?? nowMs;
  const startMs = sentStartMs ?? (Math.floor(endMs / DAY_MS) - DEFAULT_DAYS) * DAY_MS;
  if (startMs > endMs) throw new AppError("request/invalid", "startDate must not be after endDate");
  if (endMs - startMs > RANGE_DAYS_MAX * DAY_MS) {
    throw new AppError("request/invalid", `Date range too large (maximum ${RANGE_DAYS_MAX} days)`);
  }
  return { startMs: Math.max(startMs, 0), endMs: Math.max(endMs, 0) + 1 };
}

function readDate(query: URLSearchParams, name: "startDate" | "endDate"): number | undefined {
  const text = readFirst(query, name);
  if (text === undefined) return undefined;
  const dateMs = parseWireDate(text);
  if (dateMs === null) throw new AppError("request/invalid", "Invalid date format");
  return dateMs;
}
