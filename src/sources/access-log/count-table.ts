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
  /** Adds one to the count of a key and answers what it was. A key that is not there begins with its count in `older`. */
  increment(high: number, low: number, older: CountTable): number;
}

/** Slots of an empty table. A power of two, as all numbers of slots are, so that the low bits choose the slot. */
const SLOTS_MIN = 1_024;

/** Numbers of a slot: count, high, low. They lie together, because each place in memory that is far away costs 0.1 µs. */
const SLOT = 3;

/**
 * Builds an empty table, which has room for `keysExpected` keys and grows beyond them. It has 24 to 48 bytes per key. Moving
 * keys into a larger table takes as long as putting them there.
 */
export function buildCountTable(keysExpected = 0): CountTable {
  let mask = Math.max(SLOTS_MIN, 2 ** Math.ceil(Math.log2(2 * keysExpected))) - 1;
  let slots = new Uint32Array((mask + 1) * SLOT);
  let keys = 0;

  /** Where the key's slot begins, or the free one (count 0) where it belongs. At most half are taken, so there is one. */
  function find(high: number, low: number): number {
    let at = (low & mask) * SLOT;
    while (slots[at] !== 0 && (slots[at + 1] !== high || slots[at + 2] !== low)) {
      at += SLOT;
      if (at === slots.length) at = 0;
    }
    return at;
  }

  function put(at: number, count: number, high: number, low: number): void {
    slots[at] = count;
    slots[at + 1] = high;
    slots[at + 2] = low;
  }

  /** Writes to what find has answered. */
  function write(at: number, count: number, high: number, low: number): void {
    const isNew = slots[at] === 0;
    put(at, count, high, low);
    if (!isNew) return;
    keys += 1;
    if (keys * 2 > mask + 1) grow();
  }

  function grow(): void {
    const before = slots;
    slots = new Uint32Array(before.length * 2);
    mask = mask * 2 + 1;
    for (let at = 0; at < before.length; at += SLOT) {
      const [count, high, low] = [before[at] as number, before[at + 1] as number, before[at + 2] as number];
      if (count !== 0) put(find(high, low), count, high, low);
    }
  }

  return {
    keys: () => keys,
    read: (high, low) => slots[find(high, low)] as number,
    write: (high, low, count) => write(find(high, low), count, high, low),
    increment(high, low, older) {
      const at = find(high, low);
      const before = (slots[at] as number) || older.read(high, low);
      write(at, before + 1, high, low);
      return before;
    },
  };
}
