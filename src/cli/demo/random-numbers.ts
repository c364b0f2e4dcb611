/**
 * Random numbers that are the same for the same seed, so that sample traffic is the same twice.
 */

/** Draws numbers. Not for secrets. */
export interface RandomNumbers {
  /** A number from 0 to 1, 1 excluded. */
  unit(): number;
  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number;
  /** `length` hex digits. */
  hex(length: number): string;
}

/** Any seed but 0 keeps the generator alive; 0 would stay 0 for ever. */
const SEED_FOR_ZERO = 0x9e3779b9;

/**
 * Builds a generator: 32 bits of state, stepped by three shifts (13, 17, 5), which visits every state but 0.
 * @see https://doi.org/10.18637/jss.v008.i14 G. Marsaglia, "Xorshift RNGs", section 3, read 2026-11-20
 */
export function buildRandomNumbers(seed: number): RandomNumbers {
  let state = seed >>> 0 === 0 ? SEED_FOR_ZERO : seed >>> 0;
  const unit = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  // The first numbers of close seeds are close to each other.
  for (let drawn = 0; drawn < 16; drawn++) unit();
  const whole = (min: number, max: number) => min + Math.floor(unit() * (max - min + 1));
  const hex = (length: number) => Array.from({ length }, () => whole(0, 15).toString(16)).join("");
  return { unit, whole, hex };
}

/**
 * Builds a chooser of indexes with the given weights: `choose(u)` for u from 0 to 1 (excluded) answers index i with
 * the share `weights[i] / sum`. Weights are 0 or more, at least one of them more.
 */
export function buildWeightedChoice(weights: readonly number[]): (unit: number) => number {
  const upTo: number[] = [];
  let sum = 0;
  for (const weight of weights) {
    sum += weight;
    upTo.push(sum);
  }
  return (unit) => {
    const wanted = unit * sum;
    let low = 0;
    let high = upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Weights after Zipf: the thing of rank r (from 1) is asked for 1/r times as often as the first. */
export function buildZipfWeights(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => 1 / (index + 1));
}
