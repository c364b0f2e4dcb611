/**
 * How often the same line came before in one file. Equal lines of a file are different requests; their ordinals keep
 * them apart, and the same file read again gives the same ordinals.
 */
import { hash } from "node:crypto";

/** Counts the lines of one file. */
export interface LineOrdinals {
  /** 0 for the first occurrence of these bytes, 1 for the second, and so on. */
  next(line: Uint8Array): number;
}

/** Distinct lines remembered at least: 2^20, in at most 50 MB. A file of fewer distinct lines is counted exactly. */
const DISTINCT_LINES_MIN = 2 ** 20;

/**
 * Builds a counter for one file. Only the last `distinctLinesMin` to twice as many distinct lines are remembered. A
 * line that was forgotten starts at 0 again, so its next occurrence is taken for the first one and not counted: too few,
 * never too many. Equal lines carry the same second, so in logs they do not stand a million lines apart. Forgetting
 * depends on the file's bytes only, never on chunks or time.
 */
export function buildLineOrdinals(distinctLinesMin = DISTINCT_LINES_MIN): LineOrdinals {
  let young = buildCountTable();
  let old = buildCountTable();
  return {
    next(line) {
      // 64 bits of a strong hash: with a weak one, somebody who chooses paths could make one line change another's count.
      const digest = hash("sha256", line, "binary");
      const high = word(digest, 0);
      const low = word(digest, 4);
      const ordinal = young.read(high, low) || old.read(high, low);
      if (young.lines() >= distinctLinesMin) {
        old = young;
        young = buildCountTable();
      }
      young.write(high, low, ordinal + 1);
      return ordinal;
    },
  };
}

function word(digest: string, at: number): number {
  return (
    ((digest.charCodeAt(at) << 24) |
      (digest.charCodeAt(at + 1) << 16) |
      (digest.charCodeAt(at + 2) << 8) |
      digest.charCodeAt(at + 3)) >>>
    0
  );
}

const SLOTS_MIN = 1_024;

/** A hash table from 64 bits to a count, in flat memory: a Map with a text per line takes ten times as much. */
function buildCountTable() {
  let slots = SLOTS_MIN;
  let highs = new Uint32Array(slots);
  let lows = new Uint32Array(slots);
  let counts = new Uint32Array(slots);
  let lines = 0;

  /** The slot of the key, or the free one where it belongs. Counts are never 0 for a taken slot. */
  function find(high: number, low: number): number {
    let slot = low & (slots - 1);
    while (counts[slot] !== 0 && (highs[slot] !== high || lows[slot] !== low)) slot = (slot + 1) & (slots - 1);
    return slot;
  }

  function put(high: number, low: number, count: number): void {
    const slot = find(high, low);
    highs[slot] = high;
    lows[slot] = low;
    counts[slot] = count;
  }

  function grow(): void {
    const before = { highs, lows, counts };
    slots *= 2;
    highs = new Uint32Array(slots);
    lows = new Uint32Array(slots);
    counts = new Uint32Array(slots);
    for (const [i, count] of before.counts.entries()) {
      if (count !== 0) put(before.highs[i] as number, before.lows[i] as number, count);
    }
  }

  return {
    lines: () => lines,
    /** The count of the key, 0 for none. */
    read: (high: number, low: number) => counts[find(high, low)] as number,
    write(high: number, low: number, count: number) {
      if (counts[find(high, low)] === 0) {
        lines += 1;
        if (lines * 2 > slots) grow();
      }
      put(high, low, count);
    },
  };
}
