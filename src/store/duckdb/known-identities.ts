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

/** Segments are not equally full: so much more room holds what is reserved without growing, nearly always. */
const SPREAD = 1.02;

/** 32 bits of the identity, as the fraction of the table at which its slot begins. */
const FINGERPRINTS = 2 ** 32;

/** An open-addressing table of 32-bit fingerprints. 0 marks a free slot; fingerprint 0 is kept as 1. */
type Segment = { slots: Uint32Array; used: number };

/** Identities that arrived in one period. Dropped as a whole when the period has left the dedupe horizon. */
type Generation = { readonly period: number; readonly segments: Segment[] };

/** What the set holds of identities: the first 32 bits of each, and the next 8, which choose its segment. */
export type Fingerprints = { readonly prints: Uint32Array; readonly segments: Uint8Array };

/** The set. Sizes: about 5.6 bytes per identity; 100 million take 560 MB. */
export interface IdentityIndex {
  /**
   * Adds identities that arrive now and answers the indexes, ascending, of those that may have been there before, also
   * earlier in the same list: every identity that was added and not dropped, and about n / 10^12 of new ones among n.
   */
  add(identities: Fingerprints, receivedMs: number): number[];
  /** Adds identities that arrived in the past and are in the table already: nobody asks whether they were known. */
  load(identities: Fingerprints, receivedMs: number): void;
  /** Makes room for so many identities of the period of `receivedMs`, which then need no growing. */
  reserve(count: number, receivedMs: number): void;
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
    add: (identities, receivedMs) => {
      const order = orderBySegment(identities.segments);
      const suspected = new Uint8Array(order.length);
      const own = generationOf(receivedMs);
      for (const generation of generations) {
        if (generation !== own) lookUpAll(generation, identities, { order, suspected });
      }
      insertAll(own, identities, { order, suspected });
      const suspects: number[] = [];
      for (let index = 0; index < suspected.length; index++) if (suspected[index] === 1) suspects.push(index);
      return suspects;
    },
    load: (identities, receivedMs) => {
      const order = orderBySegment(identities.segments);
      insertAll(generationOf(receivedMs), identities, { order, suspected: new Uint8Array(order.length) });
    },
    reserve: (count, receivedMs) => {
      const slots = Math.ceil((count / SEGMENTS / LOAD_MAX) * SPREAD);
      for (const segment of generationOf(receivedMs).segments) if (slots > segment.slots.length) resize(segment, slots);
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

/** Where the outcome for each identity goes, and the order in which they are looked at. */
type Look = { readonly order: Uint32Array; readonly suspected: Uint8Array };

/**
 * Indexes by segment, those of one segment in their own order. With 100 million identities each look-up in a random
 * place waits for memory; those of one segment lie within some hundred kilobytes.
 */
function orderBySegment(segments: Uint8Array): Uint32Array {
  const starts = new Uint32Array(SEGMENTS + 1);
  for (let index = 0; index < segments.length; index++) starts[segments[index]! + 1]!++;
  for (let segment = 0; segment < SEGMENTS; segment++) starts[segment + 1]! += starts[segment]!;
  const order = new Uint32Array(segments.length);
  for (let index = 0; index < segments.length; index++) order[starts[segments[index]!]!++] = index;
  return order;
}

function lookUpAll(generation: Generation, { prints, segments }: Fingerprints, { order, suspected }: Look): void {
  for (const index of order) {
    if (suspected[index] === 1) continue;
    if (holds(generation.segments[segments[index]!] as Segment, prints[index]! || 1)) suspected[index] = 1;
  }
}

function insertAll(generation: Generation, { prints, segments }: Fingerprints, { order, suspected }: Look): void {
  for (const index of order) {
    if (insert(generation.segments[segments[index]!] as Segment, prints[index]! || 1)) suspected[index] = 1;
  }
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
  if (segment.used + 1 > segment.slots.length * LOAD_MAX) resize(segment, Math.ceil(segment.slots.length * GROWTH));
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

function resize(segment: Segment, slotCount: number): void {
  const old = segment.slots;
  segment.slots = new Uint32Array(slotCount);
  segment.used = 0;
  for (const print of old) if (print !== 0) insert(segment, print);
}
