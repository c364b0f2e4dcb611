/**
 * Periods of arrival -> one byte each, as long as they are remembered. Bytes are given away again, so any clock may be
 * set anywhere: two periods that are remembered at the same time never share a byte.
 */

/** The byte of identities that are never dropped: those that arrive when all other bytes are taken. */
const FOR_GOOD = 255;

/** The bytes in use. */
export interface PeriodCodes {
  /** The byte of the period of this time (UTC ms). */
  codeOf(receivedMs: number): number;
  /** Of two bytes the one of the later period. */
  later(one: number, other: number): number;
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
  const periods: (number | null)[] = Array.from({ length: FOR_GOOD }, () => null);
  const leaving = new Uint8Array(FOR_GOOD + 1);
  const startOf = (code: number): number => (code === FOR_GOOD ? Number.POSITIVE_INFINITY : (periods[code] ?? 0));
  return {
    codeOf: (receivedMs) => {
      const period = Math.floor(receivedMs / periodMs);
      const known = periods.findIndex((other, code) => other === period && leaving[code] === 0);
      if (known !== -1) return known;
      const free = periods.indexOf(null);
      if (free === -1) return FOR_GOOD;
      periods[free] = period;
      return free;
    },
    later: (one, other) => (startOf(one) > startOf(other) ? one : other),
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
