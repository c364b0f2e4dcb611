/**
 * Which identities may be known: a set in memory that never misses one and is rarely wrong about a new one. Whoever it
 * says "may be known" about is looked up in the table; all others need no look-up. It decides nothing by itself.
 */
import { DAY_MS } from "../../model/time-range.ts";
import { ANY_PERIOD, type ArrivalRange, buildPeriodCodes, type PeriodCodes } from "./period-codes.ts";

/** Parts of the set that grow and are swept one by one, so that no single step is long. Chosen by one byte. */
const SEGMENTS = 256;

/** First slots of an empty segment. */
const FIRST_SLOTS_MIN = 64;

/**
 * A segment grows by an eighth when more than 4/5 of its first slots are taken: 6.25 to 7 bytes per identity. A small one
 * grows by half, up to 9.4 bytes: by eighths each identity is moved eight times, which took a third of the time of adding a
 * million. Together small segments have 8 million first slots.
 */
const LOAD_MAX = 0.8;
const GROWTH = 1.125;
const SMALL_GROWTH = 1.5;
const SMALL_SLOTS_MAX = 2 ** 15;

/** Slots behind those at which fingerprints begin, for what the last of these displace. The last one stays free. */
const TAIL_SLOTS = 128;

/** 32 bits of the identity, as the fraction of the table at which its slot begins. */
const FINGERPRINTS = 2 ** 32;

/**
 * A table of 32-bit fingerprints. Each stands at its first slot or behind it, and all of them ascend: a look-up ends at
 * the first larger one, after 3 slots on average and not after 13. 0 marks a free slot; fingerprint 0 is kept as 1.
 * `codes` says beside each of them when it arrived.
 */
type Segment = { slots: Uint32Array; codes: Uint8Array; used: number };

/** What the set holds of identities: the first 32 bits of each, and the next 8, which choose its segment. */
export type Fingerprints = { readonly prints: Uint32Array; readonly segments: Uint8Array };

/** An identity of a list (by its index) that may be known, and when the known one arrived if it is. */
export type Suspect = ArrivalRange & { readonly index: number };

/** The set. Sizes: at most 7 bytes per identity of a large one, 9.4 of a small one; 100 million take 670 MB. */
export interface IdentityIndex {
  /**
   * Adds identities that arrive at one time and answers, by ascending index, those that may have been there before, also
   * earlier in the same list: every identity that was added and not dropped, and about n / 10^12 of new ones among n.
   */
  add(identities: Fingerprints, receivedMs: number): Suspect[];
  /** Notes that identities which were added and suspected are new after all: others that are known look like them. */
  share(identities: Fingerprints, receivedMs: number): void;
  /** Makes room for so many identities in all, which then need no growing. */
  reserve(count: number): void;
  /**
   * Lets go of whole periods that ended before this time (UTC ms), a part at each call of `add`: a period of a hundred
   * million takes no longer at a time than one of a thousand. What is still there is only suspected.
   */
  dropBefore(timeMs: number): void;
  /** Bytes of all tables. */
  bytes(): number;
}

/** A day of arrivals is forgotten together; a hundredth of a horizon that is longer than a hundred days. */
export function indexPeriodMs(horizonMs: number): number {
  return Math.max(DAY_MS, Math.ceil(horizonMs / 100));
}

/** An empty set. `periodMs`: arrivals of so much time are dropped together; 255 such periods are told apart. */
export function buildIdentityIndex(periodMs: number): IdentityIndex {
  const codes = buildPeriodCodes(periodMs);
  const segments = Array.from({ length: SEGMENTS }, (_, number): Segment => {
    return { ...buildTable(staggered(FIRST_SLOTS_MIN, number, SMALL_GROWTH)), used: 0 };
  });
  /** The next segment to sweep; null while nothing is to be dropped. */
  let sweepNext: number | null = null;
  const sweep = (): void => {
    if (sweepNext === null) return;
    const segment = segments[sweepNext] as Segment;
    rewrite(segment, firstSlots(segment), (code) => codes.isLeaving(code));
    sweepNext = sweepNext + 1 === SEGMENTS ? null : sweepNext + 1;
    if (sweepNext === null) codes.free();
  };
  return {
    add: ({ prints, segments: chosen }, receivedMs) => {
      sweep();
      const code = codes.codeOf(receivedMs);
      /** By index: one more than the code of the known one, 0 for a new one. A log that is sent again is suspects only. */
      const known = new Uint16Array(prints.length);
      for (const index of orderBySegment(chosen)) {
        const segment = segments[chosen[index]!] as Segment;
        const slot = insert(segment, prints[index]! || 1, code);
        if (slot !== null) known[index] = segment.codes[slot]! + 1;
      }
      return toSuspects(known, codes);
    },
    share: ({ prints, segments: chosen }, receivedMs) => {
      const code = codes.codeOf(receivedMs);
      for (let index = 0; index < prints.length; index++) {
        const segment = segments[chosen[index]!] as Segment;
        // The one that it looks like may have been let go of since it was suspected: then it is new to the set.
        const slot = insert(segment, prints[index]! || 1, code);
        // Forgotten with one of the two, the other would count twice.
        if (slot !== null && segment.codes[slot] !== code) segment.codes[slot] = ANY_PERIOD;
      }
    },
    reserve: (count) => {
      for (const [number, segment] of segments.entries()) {
        const slots = staggered(Math.ceil(count / SEGMENTS / LOAD_MAX), number, GROWTH);
        if (slots > firstSlots(segment)) rewrite(segment, slots);
      }
    },
    dropBefore: (timeMs) => {
      if (sweepNext === null && codes.leaveBefore(timeMs)) sweepNext = 0;
    },
    bytes: () => segments.reduce((sum, { slots, codes: own }) => sum + slots.byteLength + own.byteLength, 0),
  };
}

function toSuspects(known: Uint16Array, codes: PeriodCodes): Suspect[] {
  const ranges: ArrivalRange[] = [];
  const suspects: Suspect[] = [];
  for (let index = 0; index < known.length; index++) {
    const code = known[index]! - 1;
    if (code === -1) continue;
    ranges[code] ??= codes.rangeOf(code);
    const { fromMs, untilMs } = ranges[code];
    suspects.push({ index, fromMs, untilMs });
  }
  return suspects;
}

/**
 * Indexes by segment, those of one segment in their own order. With 100 million identities each look-up in a random
 * place waits for memory; those of one segment lie nearer to each other.
 */
function orderBySegment(chosen: Uint8Array): Uint32Array {
  const starts = new Uint32Array(SEGMENTS + 1);
  for (const segment of chosen) starts[segment + 1]!++;
  for (let segment = 0; segment < SEGMENTS; segment++) starts[segment + 1]! += starts[segment]!;
  const order = new Uint32Array(chosen.length);
  for (let index = 0; index < chosen.length; index++) order[starts[chosen[index]!]!++] = index;
  return order;
}

/** Segments begin with sizes from one growth to the next: equal ones, equally full, would all grow at the same moment. */
function staggered(firstSlotCount: number, segmentNumber: number, growth: number): number {
  return Math.ceil(firstSlotCount * (1 + ((growth - 1) * (segmentNumber + 1)) / SEGMENTS));
}

function buildTable(firstSlotCount: number): Pick<Segment, "slots" | "codes"> {
  const length = firstSlotCount + TAIL_SLOTS;
  return { slots: new Uint32Array(length), codes: new Uint8Array(length) };
}

/** How many slots fingerprints begin at. */
function firstSlots({ slots }: Segment): number {
  return slots.length - TAIL_SLOTS;
}

/** The slot where the print stands or would stand; a larger one or none may be there. */
function find(segment: Segment, print: number): number {
  const { slots } = segment;
  let slot = Math.trunc(print * (firstSlots(segment) / FINGERPRINTS));
  for (let value = slots[slot]!; value !== 0 && value < print; value = slots[slot]!) slot++;
  return slot;
}

/** Puts the print in and answers null, or the slot where it stands already. */
function insert(segment: Segment, print: number, code: number): number | null {
  if (segment.used + 1 > firstSlots(segment) * LOAD_MAX) grow(segment);
  const { slots, codes } = segment;
  let slot = find(segment, print);
  if (slots[slot] === print) return slot;
  for (let [carried, carriedCode] = [print, code]; carried !== 0; slot++) {
    const [displaced, displacedCode] = [slots[slot]!, codes[slot]!];
    slots[slot] = carried;
    codes[slot] = carriedCode;
    carried = displaced;
    carriedCode = displacedCode;
  }
  segment.used++;
  if (slots[slots.length - 1] !== 0) grow(segment);
  return null;
}

function grow(segment: Segment): void {
  rewrite(segment, grown(firstSlots(segment)));
}

function grown(firstSlotCount: number): number {
  return Math.ceil(firstSlotCount * (firstSlotCount < SMALL_SLOTS_MAX ? SMALL_GROWTH : GROWTH));
}

/** Spreads the fingerprints over so many first slots, without those that leave. They ascend: each goes behind the last. */
function rewrite(segment: Segment, firstSlotCount: number, leaves: ((code: number) => boolean) | null = null): void {
  const { slots, codes } = segment;
  const table = buildTable(firstSlotCount);
  const { slots: written, codes: writtenCodes } = table;
  const last = written.length - 1;
  const scale = firstSlotCount / FINGERPRINTS;
  let next = 0;
  let used = 0;
  for (let slot = 0; slot < slots.length; slot++) {
    const print = slots[slot]!;
    if (print === 0 || leaves?.(codes[slot]!) === true) continue;
    const first = Math.trunc(print * scale);
    if (first > next) next = first;
    // The tail is full: as good as never, but then nothing may be lost.
    if (next >= last) {
      rewrite(segment, grown(firstSlotCount), leaves);
      return;
    }
    written[next] = print;
    writtenCodes[next] = codes[slot]!;
    next++;
    used++;
  }
  segment.slots = written;
  segment.codes = writtenCodes;
  segment.used = used;
}
