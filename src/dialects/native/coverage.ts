/**
 * GET /usage/v1/coverage: per source and hour what arrived and what became of it, up to when each source is complete, and
 * the hours in which something may be missing.
 */
import { type Static, Type } from "typebox";
import { ceilToGrain, floorToGrain } from "../../model/grain.ts";
import type { Route } from "../../model/route.ts";
import type { Source, SourceCounts, SourceHour } from "../../model/source.ts";
import { DAY_MS, formatTime, HOUR_MS, parseDay, parseTime } from "../../model/time-range.ts";
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";
import { sourceUntilMs } from "../../query/completeness.ts";
import { findGaps } from "../../query/find-gaps.ts";
import type { DialectDeps } from "../dialect.ts";
import { maySeeRecordsOf } from "./sources.ts";

/** The part of DialectDeps that the route needs. */
export type CoverageDeps = Pick<DialectDeps, "catalog" | "readSourceCounts" | "readSourceHours" | "clock" | "limits">;

/** Days that are shown when nobody says how many. */
const RANGE_DAYS_DEFAULT = 7;

/** Gaps named of one source at most, the newest: a source that is quiet every other hour has no more to say. */
const GAPS_MAX = 100;

const time = (description: string) => Type.String({ format: "date-time", description });
const orNull = (description: string) =>
  Type.Union([Type.String({ format: "date-time" }), Type.Null()], { description });

const QUERY = Type.Object(
  {
    source: Type.Optional(Type.String({ minLength: 1, description: "One source. Default: all." })),
    start: Type.Optional(
      Type.String({
        description:
          "First moment: `2026-03-01` (midnight UTC) or `2026-03-01T08:30:00Z`; the hour that it lies in is shown whole. Default: 7 days before the end.",
      }),
    ),
    end: Type.Optional(
      Type.String({ description: "Written like `start`; the range ends before this moment. Default: now." }),
    ),
  },
  { additionalProperties: false },
);

const HOUR = Type.Object({
  hour: time("Start of the hour, UTC."),
  received: Type.Integer({ description: "accepted + duplicates + rejected, always." }),
  accepted: Type.Integer({ description: "By the time of the event." }),
  late: Type.Integer({ description: "Accepted ones that were older than the source's lateness bound on arrival." }),
  duplicates: Type.Integer({ description: "By the time of arrival." }),
  duplicates_differ: Type.Integer({
    description:
      "Duplicates that came with other measures than what was counted of them: the first one counts, and the sender or the source's rules have changed their mind since.",
  }),
  cache: Type.Object(
    { hit: Type.Integer(), miss: Type.Integer(), other: Type.Integer() },
    { description: "Accepted lines by what the log says of the cache; 0 where a log says nothing of it." },
  ),
  size_unknown: Type.Integer({
    description: "Accepted ones that stored an object whose size the log does not say: it is in no bytes stored.",
  }),
  rejected: Type.Integer({ description: "By the time of arrival." }),
  rejected_by_reason: Type.Record(Type.String(), Type.Integer()),
});

const COVERAGE = Type.Object({
  name: Type.String(),
  complete_until: orNull("Up to when the source has delivered everything. Null: it was never set up."),
  watermark: orNull("For a log that arrives over time: up to when it has arrived. Null for any other source."),
  hours: Type.Array(HOUR, { description: "Ascending; hours in which nothing arrived or happened are left out." }),
  gaps: Type.Array(Type.Object({ start: time("First hour."), end: time("End, excluded."), hours: Type.Integer() }), {
    description: "Hours before `complete_until` without accepted records, between hours with some. Ascending.",
  }),
  gaps_left_out: Type.Integer({ description: "Older gaps than the 100 that are named." }),
});

const ANSWER = Type.Object({
  start: time("Start of the first hour."),
  end: time("End of the last hour, not part of it."),
  sources: Type.Array(COVERAGE),
});

type Asked = { readonly principal: Principal; readonly source: string | null; startMs: number; endMs: number };

/** Builds the route. A token that is limited to spaces sees the sources of these spaces only. */
export function buildCoverageRoute(deps: CoverageDeps): Route<Asked> {
  return {
    method: "GET",
    path: "/usage/v1/coverage",
    scope: "stats:read",
    summary: "What arrived per source and hour, up to when it is complete, and where something may be missing",
    query: QUERY,
    responses: {
      200: { description: "Sources by name", schema: ANSWER },
      400: { description: "No such time, or too long a range" },
      401: { description: "No valid token" },
      403: { description: "The token lacks the scope" },
      404: { description: "No such source" },
      503: { description: "Store or catalogue does not answer" },
    },
    readParameters: ({ principal, values }) => {
      if (principal === null) throw new AppError("access/no-token", "This request needs a token.");
      const asked = values as Static<typeof QUERY>;
      const range = readRange(asked, deps.clock.now());
      if (range.endMs - range.startMs > deps.limits.queryDaysMax * DAY_MS) {
        throw new AppError("query/range-too-long", `Ask for at most ${deps.limits.queryDaysMax} days at once.`);
      }
      return { principal, source: asked.source ?? null, ...range };
    },
    answer: async (asked) => ({
      status: 200,
      headers: { "cache-control": "no-store" },
      body: await readCoverage(asked, deps),
    }),
  };
}

async function readCoverage(
  { principal, source, startMs, endMs }: Asked,
  deps: CoverageDeps,
): Promise<Static<typeof ANSWER>> {
  const { organization } = principal;
  const rowsMax = deps.limits.queryRowsMax;
  // Now, then the watermarks, then the hours: the other way round a commit in between would make a gap of nothing.
  const nowMs = deps.clock.now();
  const [sources, counts] = await Promise.all([
    deps.catalog.listSources(organization),
    deps.readSourceCounts(organization),
  ]);
  const range = { startMs, endMs, rowsMax: rowsMax + 1, ...(source === null ? {} : { source }) };
  const hours = await deps.readSourceHours(organization, range);
  if (hours.length > rowsMax) {
    throw new AppError(
      "query/too-many-rows",
      `There are more than ${rowsMax} hours. Ask for one source or fewer days.`,
    );
  }
  const known = new Map(sources.map((one) => [one.name, one]));
  const counted = new Map(counts.map((one) => [one.source, one]));
  const perSource = Map.groupBy(hours, (hour) => hour.source);
  const names = [...new Set([...known.keys(), ...counted.keys()])].sort((a, b) => (a < b ? -1 : 1));
  const listed = names.filter(
    (name) => (source === null || name === source) && maySeeRecordsOf(principal, known.get(name)?.space ?? null),
  );
  if (source !== null && listed.length === 0) {
    throw new AppError("catalog/not-found", "There is no source of this name.");
  }
  return {
    start: formatTime(startMs),
    end: formatTime(endMs),
    sources: listed.map((name) =>
      toCoverage(perSource.get(name) ?? [], { name, source: known.get(name), counts: counted.get(name), nowMs }),
    ),
  };
}

type Known = {
  readonly name: string;
  readonly source: Source | undefined;
  readonly counts: SourceCounts | undefined;
  readonly nowMs: number;
};

function toCoverage(hours: readonly SourceHour[], { name, source, counts, nowMs }: Known): Static<typeof COVERAGE> {
  const watermarkMs = counts?.watermarkMs ?? null;
  const untilMs = source === undefined ? null : Math.min(nowMs, sourceUntilMs(source, watermarkMs, nowMs));
  const withTraffic = hours.filter(({ accepted }) => accepted > 0).map(({ hourMs }) => hourMs);
  const gaps = findGaps(withTraffic, untilMs ?? nowMs);
  return {
    name,
    complete_until: untilMs === null ? null : formatTime(untilMs),
    watermark: watermarkMs === null ? null : formatTime(watermarkMs),
    hours: hours.map(toHour),
    gaps: gaps.slice(-GAPS_MAX).map(({ startMs, endMs }) => ({
      start: formatTime(startMs),
      end: formatTime(endMs),
      hours: (endMs - startMs) / HOUR_MS,
    })),
    gaps_left_out: Math.max(0, gaps.length - GAPS_MAX),
  };
}

function toHour(hour: SourceHour): Static<typeof HOUR> {
  const { hourMs, accepted, late, duplicates, duplicatesDiffer, cache, sizeUnknown, rejected } = hour;
  const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  return {
    hour: formatTime(hourMs),
    received: accepted + duplicates + refused,
    accepted,
    late,
    duplicates,
    duplicates_differ: duplicatesDiffer,
    cache: { hit: cache.hit, miss: cache.miss, other: cache.other },
    size_unknown: sizeUnknown,
    rejected: refused,
    rejected_by_reason: rejected,
  };
}

function readRange(asked: { readonly start?: string; readonly end?: string }, nowMs: number) {
  const endMs = ceilToGrain(readPoint("end", asked.end) ?? nowMs, "hour");
  const startMs = floorToGrain(readPoint("start", asked.start) ?? endMs - RANGE_DAYS_DEFAULT * DAY_MS, "hour");
  if (startMs >= endMs) throw new AppError("query/invalid", "start must lie before end.");
  return { startMs, endMs };
}

function readPoint(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  // A plus sign that was not encoded arrives as a blank.
  const timeMs = parseDay(text) ?? parseTime(text.replace(/ (?=\d{2}:?\d{2}$)/, "+"));
  if (timeMs !== null) return timeMs;
  throw new AppError(
    "query/invalid",
    `${name} must be a day such as 2026-03-01 or a time with its zone such as 2026-03-01T08:30:00Z.`,
  );
}
