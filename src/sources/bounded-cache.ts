/**
 * BoundedCache: remembers answers for a while, never more than a fixed number of them.
 */
import type { Clock } from "../platform/clock.ts";

/** A bounded memory of answers. Losing an entry costs one more question, never a wrong number. */
export interface BoundedCache<Key, Value> {
  /** The remembered value, or undefined. */
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
}

/**
 * Builds a cache that holds at most `entriesMax` entries, none of them longer than `ageMsMax`. Entries live in two
 * generations: when the younger one is full or old, the older one goes in one piece. Not an LRU list: moving a list
 * entry on every hit costs more than the rare second question that this makes.
 */
export function buildBoundedCache<Key, Value>(options: {
  readonly entriesMax: number;
  readonly ageMsMax: number;
  readonly clock: Clock;
}): BoundedCache<Key, Value> {
  const generationEntriesMax = Math.max(1, Math.floor(options.entriesMax / 2));
  const generationMsMax = options.ageMsMax / 2;
  let young = new Map<Key, Value>();
  let old = new Map<Key, Value>();
  let turnedMs = options.clock.now();

  function turn(): void {
    const ageMs = options.clock.now() - turnedMs;
    // A clock that was set back gives a negative age; without the check the entries would stay for the whole step.
    if (ageMs >= 0 && ageMs < generationMsMax && young.size < generationEntriesMax) return;
    old = ageMs < 0 || ageMs >= options.ageMsMax ? new Map() : young;
    young = new Map();
    turnedMs = options.clock.now();
  }

  return {
    get(key) {
      turn();
      return young.get(key) ?? old.get(key);
    },
    set(key, value) {
      turn();
      young.set(key, value);
    },
  };
}
