/**
 * What must be counted, kept by the verifier itself, and what a server says instead.
 */
import type { KnownEvent } from "./traffic.ts";

/** What a comparison found. `wrong`: right number of events, other measures. */
export type Difference = { readonly lost: number; readonly doubled: number; readonly wrong: number };

/** No difference. */
export const NO_DIFFERENCE: Difference = { lost: 0, doubled: 0, wrong: 0 };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const METRICS = ["requests", "bytes_in", "bytes_out", "size_change", "objects_change"] as const;
const DIMENSIONS = ["space", "user", "bucket", "asset", "kind", "operation"] as const;

/** A question for every measure: by what, and of which stretches of time. `null`: of all time together. */
export type TruthQuestion = {
  readonly groupBy: readonly (typeof DIMENSIONS)[number][];
  readonly window: "hour" | "month" | null;
};

/** The question that has every fact in it: every measure by every dimension and hour. */
export const EVERY_FACT: TruthQuestion = { groupBy: DIMENSIONS, window: "hour" };

/**
 * The questions that are left where single facts, hours and days were dropped: the months of each kind of thing, and all
 * time together, which is in the days' own sums of what they dropped.
 */
export const DROPPED_SUMS: readonly TruthQuestion[] = [
  ...(["month", null] as const).flatMap((window): TruthQuestion[] => [
    { groupBy: ["space", "kind"], window },
    { groupBy: ["bucket", "kind"], window },
    { groupBy: ["user", "kind"], window },
    { groupBy: ["space", "asset", "kind"], window },
  ]),
  { groupBy: ["kind", "operation"], window: null },
];

/** A question as a server is asked it, over all events. */
export function buildTruthQuery(startMs: number, { groupBy, window }: TruthQuestion = EVERY_FACT): URLSearchParams {
  const range = rangeOf(startMs);
  return new URLSearchParams({
    metric: METRICS.join(","),
    group_by: groupBy.join(","),
    ...(window === null ? {} : { window }),
    start: new Date(startOf(Date.parse(range.start), window)).toISOString(),
    // Past the month of the last event, and past every time that a clock set on by a month and more drops.
    end: window === "hour" ? range.end : new Date(startOf(startMs + 100 * DAY_MS, "month")).toISOString(),
    empty: "omit",
  });
}

/** The start of the window that a time lies in. */
function startOf(timeMs: number, window: TruthQuestion["window"]): number {
  if (window === null) return 0;
  if (window === "hour") return floorHour(timeMs);
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

/** The question for how many events there are: every one of them counts one request. */
export function buildTotalQuery(startMs: number): URLSearchParams {
  return new URLSearchParams({ metric: "requests", ...rangeOf(startMs) });
}

/** From before the first event to after the last one. */
function rangeOf(startMs: number) {
  return {
    start: new Date(floorHour(startMs) - 96 * HOUR_MS).toISOString(),
    end: new Date(floorHour(startMs)).toISOString(),
  };
}

/** The answer's rows as far as they are compared. */
export type AnsweredRow = {
  readonly start: string;
  readonly group: Readonly<Record<string, string | number | null>>;
  readonly values: Readonly<Record<string, number>>;
};

/** Compares a server's answer to a question with the events that must count, each once. */
export function compare(
  events: Iterable<KnownEvent>,
  rows: readonly AnsweredRow[],
  question: TruthQuestion = EVERY_FACT,
): Difference {
  const expected = sumUp(events, question);
  let [lost, doubled, wrong] = [0, 0, 0];
  for (const { start, group, values } of rows) {
    const key = [start, ...question.groupBy.map((name) => group[name] ?? "")].join("|");
    const should = expected.get(key) ?? METRICS.map(() => 0);
    expected.delete(key);
    const is = METRICS.map((metric) => values[metric] ?? 0);
    const more = (is[0] as number) - (should[0] as number);
    if (more > 0) doubled += more;
    else if (more < 0) lost -= more;
    else if (is.some((value, index) => value !== should[index])) wrong += 1;
  }
  for (const [count] of expected.values()) lost += count as number;
  return { lost, doubled, wrong };
}

function sumUp(events: Iterable<KnownEvent>, { groupBy, window }: TruthQuestion): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const event of events) {
    const start = new Date(startOf(event.timeMs, window)).toISOString();
    const key = [start, ...groupBy.map((name) => event[name] ?? "")].join("|");
    const values = [event.count, event.bytesIn, event.bytesOut, event.sizeDelta, event.objectsDelta];
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, values);
    else
      values.forEach((value, index) => {
        sum[index] = (sum[index] as number) + value;
      });
  }
  return sums;
}

function floorHour(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

/** Both differences together. */
export function addDifferences(a: Difference, b: Difference): Difference {
  return { lost: a.lost + b.lost, doubled: a.doubled + b.doubled, wrong: a.wrong + b.wrong };
}
