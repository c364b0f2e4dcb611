/**
 * GET /stats/daily and GET /stats/minute: bytes up, bytes down and change of size per window and bucket.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import { buildDecimalSchema, buildResponses } from "../answer-schemas.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";
import { toPrincipal } from "../principal.ts";
import { refuseNotKept } from "../refuse-not-kept.ts";
import { isTooManyRows } from "../too-many-rows.ts";
import { listByCreation, readOfBuckets } from "../visible-buckets.ts";
import { readSeriesRequest, type SeriesBounds, type SeriesRequest } from "./parameters.ts";
import { printSeries } from "./print-series.ts";
import { toSelectedBuckets } from "./selection.ts";
import { type SeriesScope, toUsageQuery } from "./translation.ts";

/** One of the two endpoints. */
export type Series = SeriesBounds & {
  readonly path: string;
  readonly window: SeriesScope["window"];
  /** Where a range without a start begins, in words. */
  readonly defaultStart: string;
};

const DAY_MS = 86_400_000;

/** Both endpoints. The bounds and the defaults are ours. */
export const SERIES = {
  daily: {
    path: "/stats/daily",
    window: "day",
    rangeDaysMax: 366,
    defaultStart: "29 days before the day of endDate",
    toDefaultStartMs: (endMs: number) => (Math.floor(endMs / DAY_MS) - 29) * DAY_MS,
  },
  minute: {
    path: "/stats/minute",
    window: "minute",
    rangeDaysMax: 31,
    defaultStart: "24 hours before endDate",
    toDefaultStartMs: (endMs: number) => endMs - DAY_MS,
  },
} as const satisfies Readonly<Record<string, Series>>;

const QueryFields = {
  endDate: Type.Optional(Type.String({ description: "ISO 8601, included; now when left out." })),
  repoId: Type.Optional(Type.String({ description: "Ids separated by commas. Widens bucketId." })),
  bucketId: Type.Optional(Type.String({ description: "Ids separated by commas. Left out with repoId: all." })),
  unitId: Type.Optional(Type.String({ description: "The old name of bucketId; both are joined." })),
  hosts: Type.Optional(Type.String({ description: "Host names separated by commas. Narrows the rest." })),
};

const RowSchema = Type.Object({
  timestamp: Type.Integer({ description: "Start of the day or minute (UTC), UNIX seconds." }),
  repoId: Type.String({ description: "Empty for a bucket without a repo that the token may see." }),
  bucketId: Type.String(),
  unitId: Type.String({ description: "The same as bucketId." }),
  upl_bytes: buildDecimalSchema("Bytes uploaded."),
  dwl_bytes: buildDecimalSchema("Bytes downloaded."),
  size_change: buildDecimalSchema("Bytes that the bucket grew by; may be negative."),
  latency_ms: Type.Literal(0),
  host: Type.String({ description: "Host name of the bucket's endpoint, or empty." }),
});

/** Both routes. */
export function buildSeriesRoutes(deps: FlashbackDeps): readonly Route[] {
  return Object.values(SERIES).map((series) => buildSeriesRoute(series, deps));
}

function buildSeriesRoute(series: Series, deps: FlashbackDeps): Route<SeriesRequest> {
  const { window, rangeDaysMax } = series;
  const startDate = Type.String({ description: `ISO 8601; ${series.defaultStart} when left out.` });
  return {
    method: "GET",
    path: series.path,
    scope: "stats:read",
    summary: `Usage per ${window} and bucket`,
    description: `A ${window} without a record has no row. A range spans at most ${rangeDaysMax} days.`,
    query: Type.Object({ startDate: Type.Optional(startDate), ...QueryFields }),
    responses: buildResponses(
      Type.Object({ success: Type.Literal(true), data: Type.Array(RowSchema) }),
      "Rows by window, ascending; inside a window by the creation of the bucket.",
    ),
    readParameters: ({ query }) => readSeriesRequest(query, series, deps.clock.now()),
    answer: async (parameters, request) => {
      const principal = toPrincipal(request);
      const { repos: asked, buckets: named, hosts } = parameters;
      // Named buckets alone need no others read.
      const visible = await listByCreation(deps.catalog, principal, asked === undefined ? named : undefined);
      const buckets = toSelectedBuckets(parameters, visible);
      if (buckets.length === 0) return { status: 200, body: { success: true, data: [] } };
      const isAll = asked === undefined && named === undefined && hosts === undefined;
      const scope = { organization: principal.organization, range: parameters.range, window };
      const result = await readOfBuckets(principal, { buckets, isAll }, (filter) =>
        deps.runQuery(toUsageQuery({ ...scope, filter })),
      ).catch((error: unknown) => refuseUnanswered(error, window, deps.limits.queryRowsMax));
      const body = printSeries(result, buckets);
      return { status: 200, headers: { "content-type": "application/json; charset=utf-8" }, body };
    },
  };
}

/** The engine's own advice is of groups and longer windows, which these endpoints do not have. */
function refuseUnanswered(error: unknown, window: Series["window"], rowsMax: number): never {
  if (isTooManyRows(error)) {
    const advice = "Ask for a shorter range or fewer buckets";
    throw new AppError("request/invalid", `Date range too large (maximum ${rowsMax} rows). ${advice}`, {
      cause: error,
    });
  }
  if (window !== "minute") refuseNotKept(error, "Ask for a later startDate");
  refuseNotKept(error, "Ask for a later startDate, or for days of /stats/daily", "Minutes are");
}
