/**
 * Periods of arrival -> one byte each, as long as they are remembered. Bytes are given away again, so any clock may be
 * set anywhere: two periods that are remembered at the same time never share a byte.
 */

/** The byte of what may have arrived at any time: it is never dropped, and looked for everywhere. */
export const ANY_PERIOD = 255;

/** From a time on (UTC ms, inclusive) up to before another; infinite where nothing is known. */
export type ArrivalRange = { readonly fromMs: number; readonly untilMs: number };

/** Nothing is known of when it arrived. */
export const ANY_TIME: ArrivalRange = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };

/** The bytes in use. */
export interface PeriodCodes {
  /** The byte of the period of this time (UTC ms); ANY_PERIOD when all others are taken. */
  codeOf(receivedMs: number): number;
  /** When identities with this byte arrived. */
  rangeOf(code: number): ArrivalRange;
  /** Marks the bytes of periods that ended before this time (UTC ms) as leaving; false where there are none. */
  leaveBefore(timeMs: number): boolean;
  /** True for a byte whose identities are to be dropped. */
  isLeaving(code: number): boolean;
  /** Nothing has a leaving byte any longer: they may be given anew. */
  free(): void;
}

/** No byte is taken. A period is `periodMs` long and begins at a multiple of it. */
export function buildPeriodCodes(periodMs: number): PeriodCodes {
  /** By byte: the period's number; null for a free one. */
  const periods: (number | null)[] = Array.from({ length: ANY_PERIOD }, () => null);
  const leaving = new Uint8Array(ANY_PERIOD + 1);
  return {
    codeOf: (receivedMs) => {
      const period = Math.floor(receivedMs / periodMs);
      const known = periods.findIndex((other, code) => other === period && leaving[code] === 0);
      if (known !== -1) return known;
      const free = periods.indexOf(null);
      if (free === -1) return ANY_PERIOD;
      periods[free] = period;
      return free;
    },
    rangeOf: (code) => {
      const period = periods[code] ?? null;
      if (period === null) return ANY_TIME;
      return { fromMs: period * periodMs, untilMs: (period + 1) * periodMs };
    },
    leaveBefore: (timeMs) => {
      for (const [code, period] of periods.entries()) {
        if (period !== null && (period + 1) * periodMs <= timeMs) leaving[code] = 1;
      }
      return leaving.includes(1);
    },
    isLeaving: (code) => leaving[code] === 1,
    free: () => {
      for (const code of periods.keys()) if (leaving[code] === 1) periods[code] = null;
      leaving.fill(0);
    },
  };
}
