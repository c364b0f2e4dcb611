/**
 * One value per step → total, mean, deviation and percentiles, computed exactly and rounded once. Pure.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference (the names), read 2026-11-20. The vendor does
 * not say what is summed up, nor how percentiles lie between two values: both are ours.
 */
import { fromHundredths, type RawJson } from "../../../platform/json.ts";

/** Values of one series; rounded ones have at most two decimals. */
export type Summary = {
  readonly total: bigint;
  readonly avg: bigint | RawJson;
  readonly stdDev: bigint | RawJson;
  readonly min: bigint;
  readonly max: bigint;
  readonly p10: bigint | RawJson;
  readonly p50: bigint | RawJson;
  readonly p90: bigint | RawJson;
};

/** Sums up at least one value. The deviation is that of the whole population, percentiles lie on a straight line. */
export function summarize(values: readonly bigint[]): Summary {
  const count = BigInt(values.length);
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const total = values.reduce((sum, value) => sum + value, 0n);
  const squares = values.reduce((sum, value) => sum + value * value, 0n);
  // The variance is (count * squares - total²) / count²; four times ten thousand of it has a root of twice the hundredths.
  const doubled = squareRoot((40_000n * (count * squares - total * total)) / (count * count));
  return {
    total,
    avg: fromHundredths(roundedRatio(100n * total, count)),
    stdDev: fromHundredths((doubled + 1n) / 2n),
    min: sorted[0] ?? 0n,
    max: sorted.at(-1) ?? 0n,
    p10: fromHundredths(percentileHundredths(sorted, 10)),
    p50: fromHundredths(percentileHundredths(sorted, 50)),
    p90: fromHundredths(percentileHundredths(sorted, 90)),
  };
}

/** The value at position percent/100 * (n - 1) of ascending values: a whole number of hundredths, so nothing is lost. */
function percentileHundredths(sorted: readonly bigint[], percent: number): bigint {
  const position = percent * (sorted.length - 1);
  const below = sorted[Math.floor(position / 100)] ?? 0n;
  const above = sorted[Math.ceil(position / 100)] ?? below;
  return 100n * below + (above - below) * BigInt(position % 100);
}

/** a / b to the nearest whole number, halves up; neither is negative. */
function roundedRatio(a: bigint, b: bigint): bigint {
  return (2n * a + b) / (2n * b);
}

/** The largest whole number whose square is at most `value` (Newton's method; `value` is not negative). */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
