/**
 * UsageResult: the answer to a UsageQuery, from which every dialect prints its own form.
 */
import type { Dimension, DimensionValue, MetricName } from "./usage-query.ts";

/**
 * One window. `startMs` is where the calendar's window begins and may lie before the range; `fromMs` and `untilMs`
 * are what was counted of it: [fromMs, untilMs), always inside the range. Where raw rows have been dropped, the numbers
 * are of the whole hours or days that begin in that time (query/choose-segments.ts).
 */
export type UsageWindow = {
  readonly startMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
};

/** One number per asked metric, exact: sums may pass 2^53 and 2^63, hence bigint. */
export type UsageValues = Partial<Readonly<Record<MetricName, bigint>>>;

/**
 * One group in one window. `group` has exactly the dimensions of the query's `groupBy`.
 * `rest` is true for the row that adds up every group outside `top`; its group values are null.
 */
export type UsageResultRow = {
  readonly windowIndex: number;
  readonly group: Partial<Readonly<Record<Dimension, DimensionValue>>>;
  readonly rest: boolean;
  readonly values: UsageValues;
};

/**
 * The answer. `windows` has every window of the range, ascending, also those without rows.
 * `completeUntilMs` is the time up to which every source that feeds the query has delivered everything; numbers of
 * windows that end later may still grow. It never lies in the future.
 * `isEstimated` is there when a source that feeds the query logs a part of all requests only: the numbers are scaled up.
 */
export type UsageResult = {
  readonly windows: readonly UsageWindow[];
  readonly rows: readonly UsageResultRow[];
  readonly completeUntilMs: number;
  readonly isEstimated?: true;
};
