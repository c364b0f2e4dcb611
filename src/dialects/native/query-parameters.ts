/**
 * The query string of /usage/v1/query -> the question in it. Pure but for the clock. Stricter than vendors' dialects:
 * a misspelt filter that is ignored would show the numbers of everything, so every name and value must be known.
 */
import { buildCalendar, DAY_MS, parseDay, parseTime } from "../../model/time-range.ts";
import { USAGE_KINDS } from "../../model/usage-event.ts";
import {
  DIMENSIONS,
  METRICS,
  type TimeRange,
  type UsageFilter,
  type UsageQuery,
  WINDOW_UNITS,
} from "../../model/usage-query.ts";
import { AppError } from "../../platform/errors.ts";
import { checkTimeZone } from "../../query/check-query.ts";

/** The forms of an answer, and the media type of the Accept header that asks for each. */
const FORMATS = ["json", "csv", "ndjson"] as const;
const MEDIA_TYPES = { csv: "text/csv", ndjson: "application/x-ndjson" } as const;

/** What was asked: everything of the query but whose numbers they are, which the token says. */
export type NativeQueryRequest = {
  readonly query: Omit<UsageQuery, "organization">;
  /** The most rows to print, the others are only counted; null for all. */
  readonly limit: number | null;
  readonly format: (typeof FORMATS)[number];
};

/** Every parameter of the endpoint. */
const NAMES: ReadonlySet<string> = new Set([
  ...[
    "metric",
    "start",
    "end",
    "window",
    "time_zone",
    "group_by",
    "top",
    "top_by",
    "order",
    "empty",
    "limit",
    "format",
  ],
  ...DIMENSIONS,
]);

/** The word that stands for usage without such a thing: an API request without a space. */
const NONE = "none";

/** Items of one list, at most: a filter by more is asked in several queries, or grouped by and not filtered. */
const ITEMS_MAX = 1000;

/** How far back a query without a start reaches. */
const RANGE_DAYS_DEFAULT = 30;

/**
 * Reads the parameters. `accept` is the request's header: `text/csv` in it means CSV and
 * `application/x-ndjson` a stream, unless `format` says otherwise.
 * Throws AppError `query/invalid` with the parameter's name and what it may be, `query/unknown-time-zone`.
 */
export function readNativeQuery(
  parameters: URLSearchParams,
  accept: string | undefined,
  bounds: { readonly nowMs: number; readonly rowsMax: number },
): NativeQueryRequest {
  for (const name of parameters.keys()) {
    if (!NAMES.has(name)) throw invalid(`There is no parameter ${name}. Use some of ${[...NAMES].join(", ")}.`);
  }
  const metrics = readChoices(parameters, "metric", METRICS) ?? ["requests"];
  const timeZone = readOne(parameters, "time_zone") ?? "UTC";
  checkTimeZone(timeZone);
  const groups = readInteger(parameters, "top");
  const format = readChoice(parameters, "format", FORMATS) ?? acceptedFormat(accept);
  return {
    query: {
      metrics,
      range: readRange(parameters, timeZone, bounds.nowMs),
      filter: readFilter(parameters),
      groupBy: readChoices(parameters, "group_by", DIMENSIONS) ?? [],
      window: readChoice(parameters, "window", WINDOW_UNITS) ?? "none",
      timeZone,
      ...(groups === null
        ? {}
        : { top: { groups, metric: readChoice(parameters, "top_by", METRICS) ?? metrics[0] ?? "requests" } }),
      order: readOrder(parameters),
      // A stream cannot fill windows: its groups are not known before it ends.
      empty: readChoice(parameters, "empty", ["zero", "omit"]) ?? (format === "ndjson" ? "omit" : "zero"),
      rowsMax: bounds.rowsMax,
    },
    limit: readInteger(parameters, "limit"),
    format,
  };
}

function acceptedFormat(accept: string | undefined): NativeQueryRequest["format"] {
  if (accept?.includes(MEDIA_TYPES.csv)) return "csv";
  return accept?.includes(MEDIA_TYPES.ndjson) ? "ndjson" : "json";
}

/** A point of the range: its time, and the day's UTC midnight where it was written as a day. */
type Point = { readonly timeMs: number; readonly dayMs: number | null };

function readRange(parameters: URLSearchParams, timeZone: string, nowMs: number): TimeRange {
  const calendar = buildCalendar(timeZone);
  const readPoint = (name: string): Point | null => {
    const text = readOne(parameters, name);
    if (text === null) return null;
    const dayMs = parseDay(text);
    // A plus sign that was not encoded arrives as a blank: `2026-03-01T00:00:00 01:00`.
    const timeMs = dayMs === null ? parseTime(text.replace(/ (?=\d{2}:?\d{2}$)/, "+")) : calendar.startOfDay(dayMs);
    if (timeMs !== null) return { timeMs, dayMs };
    throw invalid(
      `${name} must be a day such as 2026-03-01 or a time with its zone such as 2026-03-01T08:30:00Z, not ${quote(text)}.`,
    );
  };
  const end = readPoint("end") ?? { timeMs: nowMs, dayMs: null };
  const start = readPoint("start");
  if (start !== null) return { startMs: start.timeMs, endMs: end.timeMs };
  // Days are counted on the calendar: 30 days before 10 April in Berlin is the midnight of 11 March, not 23:00 before.
  const backMs = RANGE_DAYS_DEFAULT * DAY_MS;
  return {
    startMs: end.dayMs === null ? end.timeMs - backMs : calendar.startOfDay(end.dayMs - backMs),
    endMs: end.timeMs,
  };
}

function readFilter(parameters: URLSearchParams): UsageFilter {
  const filter: { -readonly [Name in keyof UsageFilter]: UsageFilter[Name] } = {};
  for (const name of ["space", "user", "asset"] as const) {
    const items = readItems(parameters, name);
    if (items !== null) filter[name] = items.map((item) => (item === NONE ? null : readId(name, item)));
  }
  const buckets = readItems(parameters, "bucket");
  if (buckets !== null) filter.bucket = buckets.map((item) => (item === NONE ? null : item));
  const kinds = readChoices(parameters, "kind", USAGE_KINDS);
  if (kinds !== null) filter.kind = kinds;
  const operations = readItems(parameters, "operation");
  if (operations !== null) filter.operation = operations.map((item) => (item === NONE ? "" : item));
  return filter;
}

/** `requests:desc`, `requests` (the largest first), or `group`. */
function readOrder(parameters: URLSearchParams): UsageQuery["order"] {
  const text = readOne(parameters, "order") ?? "group";
  if (text === "group") return { by: "group" };
  const [name, direction = "desc", ...more] = text.split(":");
  const by = METRICS.find((metric) => metric === name);
  if (by !== undefined && (direction === "asc" || direction === "desc") && more.length === 0) return { by, direction };
  throw invalid(`order must be group, or a metric with :asc or :desc such as requests:desc, not ${quote(text)}.`);
}

function readOne(parameters: URLSearchParams, name: string): string | null {
  const [text = null, ...more] = parameters.getAll(name);
  if (more.length > 0) throw invalid(`${name} can be given only once.`);
  return text;
}

/** The items of a comma-separated list, also of one that comes in several parameters of the name; null without one. */
function readItems(parameters: URLSearchParams, name: string): readonly string[] | null {
  const texts = parameters.getAll(name);
  if (texts.length === 0) return null;
  const items = texts.flatMap((text) => text.split(",")).map((item) => item.trim());
  // `space=` is a forgotten variable of somebody's script: read as "no filter", it would show every space.
  if (items.includes("")) throw invalid(`${name} has an empty item. Leave ${name} out to count all, or write none.`);
  const once = [...new Set(items)];
  if (once.length > ITEMS_MAX)
    throw invalid(`${name} has ${once.length} items; ${ITEMS_MAX} are the most of one query.`);
  return once;
}

function readChoices<Choice extends string>(
  parameters: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): readonly Choice[] | null {
  return readItems(parameters, name)?.map((item) => toChoice(name, item, choices)) ?? null;
}

function readChoice<Choice extends string>(
  parameters: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Choice | null {
  const text = readOne(parameters, name);
  return text === null ? null : toChoice(name, text, choices);
}

function toChoice<Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === text);
  if (choice === undefined) throw invalid(`${name} must be one of ${choices.join(", ")}, not ${quote(text)}.`);
  return choice;
}

function readInteger(parameters: URLSearchParams, name: string): number | null {
  const text = readOne(parameters, name);
  return text === null ? null : readId(name, text);
}

/** Ids and counts: whole numbers from 1 to 2^53 - 1. 0 is no id: the store keeps it for usage without such a thing. */
function readId(name: string, text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && Number.isSafeInteger(value)) return value;
  throw invalid(`${name} must be a whole number from 1, not ${quote(text)}.`);
}

/** What was sent, cut to a length that fits an error message. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function invalid(message: string): AppError {
  return new AppError("query/invalid", message);
}
