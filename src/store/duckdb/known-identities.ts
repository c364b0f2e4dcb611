/**
 * Which identities may be known: a set in memory that never misses one and is rarely wrong about a new one. Whoever it
 * says "may be known" about is looked up in the table; all others need no look-up. It decides nothing by itself.
 */

/** Parts of a generation that grow one by one, so that no single growth step is long. Chosen by one byte. */
const SEGMENTS = 256;

/** Slots of an empty segment. */
const SEGMENT_SLOTS_MIN = 64;

/** A segment grows by a quarter when more than 4/5 of its slots are taken: 5 to 6.25 bytes per identity. */
const LOAD_MAX = 0.8;
const GROWTH = 1.25;

/** 32 bits of the identity, as the fraction of the table at which its slot begins. */
const FINGERPRINTS = 2 ** 32;

/** An open-addressing table of 32-bit fingerprints. 0 marks a free slot; fingerprint 0 is kept as 1. */
type Segment = { slots: Uint32Array; used: number };

/** Identities that arrived in one period. Dropped as a whole when the period has left the dedupe horizon. */
type Generation = { readonly period: number; readonly segments: Segment[] };

/** The set. Sizes: about 5.6 bytes per identity; 100 million take 560 MB. */
export interface IdentityIndex {
  /**
   * Adds an identity that arrives now and answers whether it may have been there before: true for every identity
   * that was added and not dropped, and for about n / 10^12 of new ones among n.
   */
  add(fingerprint: number, segment: number, receivedMs: number): boolean;
  /** Adds an identity that arrived in the past and is in the table already: nobody asks whether it was known. */
  load(fingerprint: number, segment: number, receivedMs: number): void;
  /** Drops whole periods that ended before this time (UTC ms). */
  dropBefore(timeMs: number): void;
  /** Bytes of all tables. */
  bytes(): number;
}

/** An empty set. `periodMs`: arrivals of so much time are dropped together; more periods cost more per look-up. */
export function buildIdentityIndex(periodMs: number): IdentityIndex {
  let generations: Generation[] = [];
  const generationOf = (receivedMs: number): Generation => {
    const period = Math.floor(receivedMs / periodMs);
    const known = generations.find((generation) => generation.period === period);
    if (known !== undefined) return known;
    const segments = Array.from({ length: SEGMENTS }, () => ({ slots: new Uint32Array(SEGMENT_SLOTS_MIN), used: 0 }));
    const added = { period, segments };
    generations.push(added);
    return added;
  };
  return {
    add: (fingerprint, segmentIndex, receivedMs) => {
      const print = fingerprint === 0 ? 1 : fingerprint;
      const own = generationOf(receivedMs);
      let known = false;
      for (const generation of generations) {
        const segment = generation.segments[segmentIndex] as Segment;
        if (generation !== own) known ||= holds(segment, print);
        else known = insert(segment, print) || known;
      }
      return known;
    },
    load: (fingerprint, segmentIndex, receivedMs) => {
      insert(generationOf(receivedMs).segments[segmentIndex] as Segment, fingerprint === 0 ? 1 : fingerprint);
    },
    dropBefore: (timeMs) => {
      generations = generations.filter((generation) => (generation.period + 1) * periodMs > timeMs);
    },
    bytes: () => {
      let sum = 0;
      for (const { segments } of generations) for (const { slots } of segments) sum += slots.byteLength;
      return sum;
    },
  };
}

/** The first slot to look at. Monotone in the print, so growing keeps the order and moves entries only forward. */
function firstSlot(print: number, slotCount: number): number {
  return Math.floor((print / FINGERPRINTS) * slotCount);
}

function holds({ slots }: Segment, print: number): boolean {
  let slot = firstSlot(print, slots.length);
  for (let value = slots[slot]; value !== 0; value = slots[slot]) {
    if (value === print) return true;
    slot = slot + 1 === slots.length ? 0 : slot + 1;
  }
  return false;
}

/** Puts the print in unless it is there; answers whether it was. */
function insert(segment: Segment, print: number): boolean {
  if (segment.used + 1 > segment.slots.length * LOAD_MAX) grow(segment);
  const { slots } = segment;
  let slot = firstSlot(print, slots.length);
  for (let value = slots[slot]; value !== 0; value = slots[slot]) {
    if (value === print) return true;
    slot = slot + 1 === slots.length ? 0 : slot + 1;
  }
  slots[slot] = print;
  segment.used++;
  return false;
}

function grow(segment: Segment): void {
  const old = segment.slots;
  segment.slots = new Uint32Array(Math.ceil(old.length * GROWTH));
  segment.used = 0;
  for (const print of old) if (print !== 0) insert(segment, print);
}
