/**
 * CountTable: a hash table from keys of 60 bits to counts, in flat memory. A Map with one text per key takes ten times as
 * much, which decides whether a log of a million lines can be counted on a small machine.
 */

/** Counts by key. A key is two integers from 0 to 2^30-1 whose bits are spread evenly, as those of a hash are. */
export interface CountTable {
  /** How many keys there are. */
  keys(): number;
  /** The count of a key, 0 for one that is not there. */
  read(high: number, low: number): number;
  /** Sets the count of a key, from 1 to 2^32-1. */
  write(high: number, low: number, count: number): void;
}

/** Slots of an empty table. A power of two, as all sizes are, so that the low bits choose the slot. */
const SLOTS_MIN = 1_024;

/** Builds an empty table. It grows to 24 to 48 bytes per key. */
export function buildCountTable(): CountTable {
  let slots = buildSlots(SLOTS_MIN);
  let keys = 0;

  function grow(): void {
    const before = slots;
    slots = buildSlots(before.counts.length * 2);
    for (let slot = 0; slot < before.counts.length; slot++) {
      const count = before.counts[slot] as number;
      if (count !== 0) put(slots, before.highs[slot] as number, before.lows[slot] as number, count);
    }
  }

  return {
    keys: () => keys,
    read: (high, low) => slots.counts[find(slots, high, low)] as number,
    write(high, low, count) {
      if (slots.counts[find(slots, high, low)] === 0) {
        keys += 1;
        if (keys * 2 > slots.counts.length) grow();
      }
      put(slots, high, low, count);
    },
  };
}

type Slots = ReturnType<typeof buildSlots>;

/** A slot is free while its count is 0. */
function buildSlots(length: number) {
  return { highs: new Uint32Array(length), lows: new Uint32Array(length), counts: new Uint32Array(length) };
}

/** The slot of the key, or the free one where it belongs. At most half of the slots are taken, so there is one. */
function find({ highs, lows, counts }: Slots, high: number, low: number): number {
  const mask = counts.length - 1;
  let slot = low & mask;
  while (counts[slot] !== 0 && (highs[slot] !== high || lows[slot] !== low)) slot = (slot + 1) & mask;
  return slot;
}

function put(slots: Slots, high: number, low: number, count: number): void {
  const slot = find(slots, high, low);
  slots.highs[slot] = high;
  slots.lows[slot] = low;
  slots.counts[slot] = count;
}
