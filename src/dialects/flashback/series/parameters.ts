/**
 * Query string → SeriesRequest, with the checks in their fixed order.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, and for `hosts` and the form of dates
 * https://github.com/flashbacknetwork/FlashbackClient (commit bcb34e9), read 2026-11-20
 */
import type { TimeRange } from "../../../model/usage-query.ts";
import { AppError } from "../../../platform/errors.ts";
import { readFirst } from "../../wire-parameters.ts";
import { readIdList } from "../id-list.ts";
import { parseWireDate } from "../wire-date.ts";

/** What a client asks for. Undefined lists count for nothing; `repos` and `buckets` widen each other, `hosts` narrows. */
export type SeriesRequest = {
  readonly range: TimeRange;
  readonly repos: readonly string[] | undefined;
  readonly buckets: readonly string[] | undefined;
  readonly hosts: readonly string[] | undefined;
};

/** How long a range may be, and where one without a start begins. */
export type SeriesBounds = { readonly rangeDaysMax: number; toDefaultStartMs(endMs: number): number };

const DAY_MS = 86_400_000;

/** Reads the parameters of one request made at `nowMs`; throws `request/invalid` for the first one that is wrong. */
export function readSeriesRequest(query: URLSearchParams, bounds: SeriesBounds, nowMs: number): SeriesRequest {
  const range = readRange(query, bounds, nowMs);
  const repos = readIdList(query, "repoId");
  // One list under its new and its old name.
  const buckets = readIdList(query, "bucketId", "unitId");
  return { range, repos, buckets, hosts: readIdList(query, "hosts") };
}

/**
 * Both dates belong to the range as sent, hence one millisecond more at the end. No usage is older than 1970: what the
 * range has before is cut off, and a range that ends before is its first millisecond.
 */
function readRange(query: URLSearchParams, { rangeDaysMax, toDefaultStartMs }: SeriesBounds, nowMs: number): TimeRange {
  const sentStartMs = readDate(query, "startDate");
  const endMs = readDate(query, "endDate") ?? nowMs;
  const startMs = sentStartMs ?? toDefaultStartMs(endMs);
  if (startMs > endMs) throw new AppError("request/invalid", "startDate must not be after endDate");
  if (endMs - startMs > rangeDaysMax * DAY_MS) {
    throw new AppError("request/invalid", `Date range too large (maximum ${rangeDaysMax} days)`);
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
