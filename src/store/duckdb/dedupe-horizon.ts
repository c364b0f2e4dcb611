/**
 * Since when identities are remembered, and how far the machine's clock can be believed. Not simply "now minus the horizon":
 * a clock that is set on a year by mistake would forget every id at once, and everything that is sent again would count
 * twice. Retention (retention.ts) would drop a year too much, for good.
 */

/** The horizon that moves with the machine's clock, but never faster than time can have passed. */
export interface DedupeHorizon {
  /** Identities that arrived at this time (UTC ms) or later are remembered, for a batch that arrives at `receivedMs`. */
  rememberedFromMs(receivedMs: number): number;
  /** How far a clock that says `nowMs` lies ahead of the time that can be believed, in ms; 0 while they agree. */
  aheadMs(nowMs: number): number;
  /** What has to be noted in the store for its next opening, or null while the last note is young enough. */
  toNote(): number | null;
  /** The note was committed. */
  settle(notedMs: number): void;
}

/** What a horizon is built from. */
export type DedupeHorizonOptions = {
  /** What the last opening noted (UTC ms), or null for a new store. */
  readonly notedMs: number | null;
  /** What the clock says at the opening, UTC ms. */
  readonly nowMs: number;
  readonly horizonMs: number;
  /** Milliseconds since any fixed moment, from a clock that nobody can set. Without it every clock is believed. */
  readonly elapsedMs: (() => number) | undefined;
};

/** A store that was closed for a month catches up within a month; until then it remembers more than it must. */
const FASTEST = 2;

/** A process that is killed forgets at most this much progress, in ms; a note is one statement of a commit. */
const NOTE_EVERY_MS = 60_000;

/** Builds the horizon of an opened store. */
export function buildDedupeHorizon({ notedMs, nowMs, horizonMs, elapsedMs }: DedupeHorizonOptions): DedupeHorizon {
  const baseMs = notedMs ?? nowMs;
  const startedMs = elapsedMs?.() ?? 0;
  let lastNotedMs = notedMs;
  let believedMs = baseMs;
  const believe = (nowMs: number): number =>
    elapsedMs === undefined ? nowMs : Math.min(nowMs, baseMs + FASTEST * (elapsedMs() - startedMs));
  return {
    rememberedFromMs(receivedMs) {
      believedMs = believe(receivedMs);
      return believedMs - horizonMs;
    },
    aheadMs: (nowMs) => nowMs - believe(nowMs),
    toNote() {
      if (elapsedMs === undefined) return null;
      const isDue = lastNotedMs === null || believedMs - lastNotedMs >= NOTE_EVERY_MS;
      return isDue ? Math.floor(believedMs) : null;
    },
    settle(noted) {
      lastNotedMs = noted;
    },
  };
}
