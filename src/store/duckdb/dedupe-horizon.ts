/**
 * Since when identities are remembered, and how far the machine's clock can be believed. Not simply "now minus the horizon":
 * a clock that is set on a year by mistake would forget every id at once, and everything that is sent again would count
 * twice. Retention (retention.ts) would drop a year too much, for good.
 */

/** The horizon that moves with the machine's clock, but never faster than time can have passed. */
export interface DedupeHorizon {
  /** Identities that arrived at this time (UTC ms) or later are remembered while a clock says `nowMs`. */
  rememberedFromMs(nowMs: number): number;
  /**
   * When a commit arrives, by a clock that says `nowMs`, and since when it remembers. Facts arrive no earlier than the time
   * that is believed: stored with that of a clock which is behind, they would be forgotten when it is put right. The clock of
   * the first commit of a store is believed, whatever was said at the opening: there is nothing yet that could be forgotten.
   */
  arrive(nowMs: number): CommitTimes;
  /** How far a clock that says `nowMs` lies ahead of the time that can be believed, in ms; 0 while they agree. */
  aheadMs(nowMs: number): number;
  /** What has to be noted in the store for its next opening, or null while the last note is young enough. */
  toNote(): number | null;
  /** The note was committed. */
  settle(notedMs: number): void;
}

/** UTC ms; `rememberedFromMs` may have a fraction. */
export type CommitTimes = { readonly arrivedMs: number; readonly rememberedFromMs: number };

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

/** A process that is killed forgets at most this much progress, in ms; a note is one statement of a commit. */
const NOTE_EVERY_MS = 60_000;

/** Builds the horizon of an opened store. */
export function buildDedupeHorizon({ notedMs, nowMs, horizonMs, elapsedMs }: DedupeHorizonOptions): DedupeHorizon {
  let lastNotedMs = notedMs;
  /** Never moves back: a note of it would not either. */
  let believedMs = notedMs ?? nowMs;
  let lookedMs = elapsedMs?.() ?? 0;
  /** How far the clock was ahead at the last look. */
  let leadMs = Math.max(0, nowMs - believedMs);
  /**
   * The time that passed since the last look is believed, and of the clock's lead at that look as much again: a store that was
   * closed for a month catches up within a month and remembers more than it must until then. What the clock was set on since
   * is not: after 200 days without a jump nothing is saved up for one of 200 days.
   */
  const believe = (clockMs: number): number => {
    if (elapsedMs === undefined) return clockMs;
    const elapsed = elapsedMs();
    const passedMs = elapsed - lookedMs;
    believedMs = Math.max(believedMs, Math.min(clockMs, believedMs + passedMs + Math.min(passedMs, leadMs)));
    lookedMs = elapsed;
    leadMs = Math.max(0, clockMs - believedMs);
    // A clock that is set back makes it remember more, never less.
    return Math.min(clockMs, believedMs);
  };
  return {
    rememberedFromMs: (clockMs) => believe(clockMs) - horizonMs,
    arrive(clockMs) {
      // A machine without a battery begins in 1970, and is right some seconds later.
      if (lastNotedMs === null) believedMs = clockMs;
      const rememberedFromMs = believe(clockMs) - horizonMs;
      const earliestMs = elapsedMs === undefined ? clockMs : Math.floor(believedMs);
      return { arrivedMs: Math.max(clockMs, earliestMs), rememberedFromMs };
    },
    aheadMs: (clockMs) => clockMs - believe(clockMs),
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
