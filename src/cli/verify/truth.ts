/**
 * What must be counted, kept by the verifier itself, and what a server says instead.
 */
import type { KnownEvent } from "./traffic.ts";

/** What a comparison found. `wrong`: right number of events, other measures. */
export type Difference = { readonly lost: number; readonly doubled: number; readonly wrong: number };

/** No difference. */
export const NO_DIFFERENCE: Difference = { lost: 0, doubled: 0, wrong: 0 };

const HOUR_MS = 3_600_000;
const METRICS = ["requests", "bytes_in", "bytes_out", "size_change", "objects_change"] as const;
const DIMENSIONS = ["space", "user", "bucket", "asset", "kind", "operation"] as const;

/** The question that has every fact in it: every measure by every dimension and hour. */
export function buildTruthQuery(startMs: number): URLSearchParams {
  return new URLSearchParams({
    metric: METRICS.join(","),
    group_by: DIMENSIONS.join(","),
    window: "hour",
    ...rangeOf(startMs),
    empty: "omit",
  });
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

/** Compares a server's answer with the events that must count, each once. */
export function compare(events: Iterable<KnownEvent>, rows: readonly AnsweredRow[]): Difference {
  const expected = sumUp(events);
  let [lost, doubled, wrong] = [0, 0, 0];
  for (const { start, group, values } of rows) {
    const key = [start, ...DIMENSIONS.map((name) => group[name] ?? "")].join("|");
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

function sumUp(events: Iterable<KnownEvent>): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const event of events) {
    const hour = new Date(floorHour(event.timeMs)).toISOString();
    const { space, user, bucket, asset, kind, operation } = event;
    const key = [hour, space ?? "", user ?? "", bucket ?? "", asset ?? "", kind, operation].join("|");
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
