/**
 * GET /usage/v1/query: any metric, by any window and dimension, as JSON, CSV or a stream. The native way to ask what the vendors'
 * statistics ask, and what the dashboard is drawn from.
 */
import { Readable } from "node:stream";
import { Type } from "typebox";
import type { Route } from "../../model/route.ts";
import type { Principal } from "../../model/token.ts";
import { USAGE_KINDS } from "../../model/usage-event.ts";
import { DIMENSIONS, METRICS, type UsageFilter, WINDOW_UNITS } from "../../model/usage-query.ts";
import { assertInvariant } from "../../platform/errors.ts";
import type { DialectDeps } from "../dialect.ts";
import { fromUsageResult, toCsv } from "./query-answer.ts";
import { toLines } from "./query-lines.ts";
import { type NativeQueryRequest, readNativeQuery } from "./query-parameters.ts";

/** A parameter that may be left out. */
const text = (description: string) => Type.Optional(Type.String({ description }));
const choice = (choices: readonly string[], description: string) =>
  Type.Optional(
    Type.Union(
      choices.map((one) => Type.Literal(one)),
      { description },
    ),
  );
const ids = (thing: string) => text(`Ids of ${thing}s, comma-separated; \`none\` for usage without a ${thing}.`);

const QuerySchema = Type.Object(
  {
    metric: text(`Comma-separated, of ${METRICS.join(", ")}. Default: requests.`),
    start: text(
      "First moment: `2026-03-01` (midnight in `time_zone`) or `2026-03-01T08:30:00Z`. Default: 30 days ago.",
    ),
    end: text("Written like `start`; the range ends before this moment. Default: the present moment."),
    window: choice(WINDOW_UNITS, "Length of the windows. Default: none, one window for the whole range."),
    time_zone: text("IANA name: where days, weeks (from Monday), months and years begin. Default: UTC."),
    group_by: text(`Comma-separated, of ${DIMENSIONS.join(", ")}.`),
    space: ids("space"),
    user: ids("user"),
    bucket: ids("bucket"),
    asset: ids("asset"),
    kind: text(`Comma-separated, of ${USAGE_KINDS.join(", ")}.`),
    operation: text("Operations, comma-separated; `none` for usage without one."),
    top: Type.Optional(Type.Integer({ minimum: 1, description: "Keep this many largest groups, add up the others." })),
    top_by: choice(METRICS, "The metric that says which groups are largest. Default: the first metric."),
    order: text("Rows inside a window: `group` (default), or by a metric: `requests:desc`."),
    empty: choice(["zero", "omit"], "Windows without usage: rows of 0 (default), or no rows."),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: "Print this many rows and count the others." })),
    format: choice(
      ["json", "csv", "ndjson"],
      "Default: json, or csv with `Accept: text/csv`. `ndjson` (or `Accept: application/x-ndjson`) streams any number of rows, one per line after a line about the answer; without top, order, limit, gauges and windows of zero.",
    ),
  },
  { additionalProperties: false },
);

const time = (description: string) => Type.String({ format: "date-time", description });

const AnswerSchema = Type.Object({
  start: time("Start of the range."),
  end: time("End of the range, not part of it."),
  window: Type.String(),
  time_zone: Type.String(),
  group_by: Type.Array(Type.String()),
  metrics: Type.Array(Type.String()),
  complete_until: time("Every source has delivered everything up to here; later numbers may still grow."),
  estimated: Type.Optional(
    Type.Literal(true, {
      description: "A source among these logs a part of all requests only (`sample_rate`): numbers are scaled up.",
    }),
  ),
  rows_left_out: Type.Integer({ description: "Rows that `limit` cut off." }),
  rows: Type.Array(
    Type.Object({
      start: time(
        "First moment counted in this row. Where retention has left whole hours or days of UTC only, those that begin in [start, end) are counted, whole.",
      ),
      end: time("End of what is counted in this row, not part of it."),
      complete: Type.Boolean({ description: "True when the row ends by `complete_until`." }),
      group: Type.Record(Type.String(), Type.Union([Type.String(), Type.Integer(), Type.Null()])),
      rest: Type.Optional(Type.Literal(true, { description: "The row adds up every group outside `top`." })),
      values: Type.Record(Type.String(), Type.Integer({ description: "Exact: may have more digits than a double." })),
    }),
  ),
});

/** Text that waits for a slow reader, about. A piece of rows is 200 KB. */
const STREAM_BYTES = 262_144;

/** Builds the route. A principal that is limited to some spaces sees those alone, whatever it asks for. */
export function buildNativeQueryRoute(
  deps: Pick<DialectDeps, "runQuery" | "streamQuery" | "clock" | "limits">,
): Route<NativeQueryRequest> {
  return {
    method: "GET",
    path: "/usage/v1/query",
    scope: "stats:read",
    summary: "Usage by metric, window and dimension",
    query: QuerySchema,
    responses: { 200: { description: "One row per window and group, ascending.", schema: AnswerSchema } },
    readParameters: ({ query, headers }) =>
      readNativeQuery(query, headers.accept, { nowMs: deps.clock.now(), rowsMax: deps.limits.queryRowsMax }),
    answer: async (asked, { principal }) => {
      assertInvariant(principal !== null, "a route with a scope is answered for a principal only");
      const filter = limitToSpaces(asked.query.filter, principal);
      const query = { ...asked.query, organization: principal.organization, filter };
      const headers = { "cache-control": "no-store", vary: "accept" };
      if (asked.format === "ndjson") {
        const lines = toLines(await deps.streamQuery(query), asked);
        return {
          status: 200,
          headers: { ...headers, "content-type": "application/x-ndjson" },
          body: Readable.from(lines, { objectMode: false, highWaterMark: STREAM_BYTES }),
        };
      }
      const answer = fromUsageResult(await deps.runQuery(query), asked);
      if (asked.format === "json") return { status: 200, headers, body: answer };
      return {
        status: 200,
        headers: {
          ...headers,
          "content-type": "text/csv; charset=utf-8",
          "content-disposition": 'attachment; filename="usage.csv"',
          // The table has no place for it, and a chart drawn from it should still know.
          "x-complete-until": answer.complete_until,
          ...(answer.estimated ? { "x-estimated": "true" } : {}),
        },
        body: toCsv(answer),
      };
    },
  };
}

/** A space that the token is not for counts nothing, exactly as one that does not exist. */
function limitToSpaces(filter: UsageFilter, { spaces }: Principal): UsageFilter {
  if (spaces === null) return filter;
  const allowed = filter.space?.filter((space) => space !== null && spaces.includes(space)) ?? spaces;
  return { ...filter, space: allowed };
}
