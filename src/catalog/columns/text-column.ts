/**
 * TextColumn: one text of each row, and which rows' texts contain a part: one pass over all bytes, 0.3 ms per 4 MB and 3 ns
 * for each row that does. Only parts that many rows have are known before; an index of all of them would be larger than the
 * texts, and each change would have to enter it.
 */
import { chooseFrequentParts } from "./frequent-parts.ts";
import { append, buildColumn } from "./growing-column.ts";
import { buildKnownParts } from "./known-parts.ts";
import { addRow, listRows, type RowBits } from "./row-bits.ts";
import { openScan, PAGE_BYTES, READ_AHEAD_BYTES } from "./text-scan.ts";

/** The texts of rows 0, 1, 2, …; null for a row that has none. */
export interface TextColumn {
  /** Bytes of memory, the fixed part included. */
  readonly bytes: number;
  /** Adds the text of the next row. */
  append(text: string | null): void;
  /**
   * The rows whose text contains `part`, which has no NUL, and with `whole` those whose text is `part`. An empty part is in
   * every text and in no null. Rows before word `fromWord` are not looked at. Good up to the next call of this column.
   */
  find(part: string, fromWord: number, whole?: boolean): RowBits;
  /** Bytes of these that the parts take which are known. */
  readonly partsBytes: number;
  /**
   * Finds out, with one pass at most, which rows have one of the parts that many of them have, for later calls of `find`. False:
   * there is none left. A column of few rows has none: a pass takes less.
   */
  learnPart(): boolean;
  /** Forgets all parts, for good. */
  forgetParts(): void;
}

/** Rows of a column, at most: the memory for a bit of each comes first, so that the texts can grow behind it. */
export const TEXT_ROWS_MAX = 16 * 2 ** 20;

/** No byte of UTF-8: between two texts, before the first and behind the last. */
const MARK = 0xff;

/** No byte of UTF-8 either: stands for a text that is null. */
const NULL_TEXT = 0xfe;

const TEXTS_AT = TEXT_ROWS_MAX / 8;

/** A column grows by this share of its bytes; growing it takes longer than adding a text. */
const GROWTH = 1 / 8;

/**
 * What a column counts for without texts, so that a bound on bytes is one on columns too: each reserves 8 GiB of the
 * process's addresses, which takes no memory but is not without end.
 */
const MEMORY_BYTES = 256 * 2 ** 10;

/** Bytes that tell how frequent each one is. */
const SAMPLES = 4_096;

/** Texts that tell how frequent parts are, and how much of each is looked at. */
const SAMPLED_TEXTS = 256;
const SAMPLED_BYTES = 96;
const GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2;

/** Rows that are looked at one by one, some 0.5 µs each, rather than all in one pass: so many, or a share of all. */
const COMPARED_MAX = 64;
const COMPARED_SHARE_MAX = 1 / 512;

/** UTF-8 has at most so many bytes for each unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;

/** Of so many rows parts are learned. A pass over fewer takes half a millisecond. */
const LEARNED_ROWS_MIN = 100_000;

/** Builds an empty column. */
export function buildTextColumn(learnedRowsMin = LEARNED_ROWS_MIN): TextColumn {
  const { memory, scan } = openScan(TEXTS_AT + PAGE_BYTES);
  let bytes = Buffer.from(memory.buffer);
  let end = TEXTS_AT;
  let rows = 0;
  // Of a text and the marks around it.
  let longestBytes = 0;
  // Where the mark before the first text of each word of rows is, so that rows which came later are looked at alone.
  const words = buildColumn((length) => new Float64Array(length));
  const reserve = (more: number): void => {
    const missing = end + more - bytes.length;
    if (missing <= 0) return;
    memory.grow(Math.ceil(Math.max(missing, (end - TEXTS_AT) * GROWTH) / PAGE_BYTES));
    bytes = Buffer.from(memory.buffer);
  };
  // Looking at each sample anew for each search would be a tenth of a search.
  let sampled = { bytes: 0, counts: new Uint16Array(256) };
  const search = (part: Uint8Array, fromWord: number): RowBits => {
    const found = new Uint32Array(memory.buffer, 0, words.length).fill(0, fromWord);
    // Without this, a part of many equal letters would be compared with each place of texts that are shorter.
    if (part.length > longestBytes) return found;
    // Behind the texts, where the next one will be.
    reserve(2 * part.length + 2 * READ_AHEAD_BYTES);
    bytes.set(part, end + READ_AHEAD_BYTES);
    const from = fromWord < words.length ? (words.values[fromWord] as number) : end;
    if (end - TEXTS_AT > sampled.bytes * (1 + GROWTH)) sampled = sampleBytes(bytes.subarray(TEXTS_AT, end));
    const [one, two] = findRarest(part, sampled.counts);
    scan(from, end, end + READ_AHEAD_BYTES, part.length, one, two, fromWord * 4);
    return new Uint32Array(memory.buffer, 0, words.length);
  };
  const known = buildKnownParts({
    get rows() {
      return rows;
    },
    search: (part, fromWord) => search(Buffer.from(part), fromWord),
  });
  /** The bytes of a row's text. */
  const textOf = (row: number): Buffer => {
    let start = (words.values[row >>> 5] as number) + 1;
    for (let before = row & 31; before > 0; before--) start = findMark(bytes, start) + 1;
    return bytes.subarray(start, findMark(bytes, start));
  };
  /** Parts that are to be learned yet; null before they are chosen. */
  let unlearned: string[] | null = null;
  const sampleTexts = (): readonly string[] =>
    // Spread by the golden ratio: rows at equal distances may all be of one kind.
    Array.from({ length: Math.min(rows, SAMPLED_TEXTS) }, (_, index) => {
      const text = textOf(Math.floor(((index * GOLDEN_RATIO) % 1) * rows));
      // What is left of a character that was cut is no letter that any text has.
      return text[0] === NULL_TEXT ? "" : text.toString("utf8", 0, SAMPLED_BYTES).replace(/\ufffd+$/, "");
    });
  /** The rows that contain a part, by what is known of others; null where a pass over all takes less. */
  const findByOthers = (part: string): RowBits | null => {
    const found = known.find(part, Math.max(COMPARED_MAX, rows * COMPARED_SHARE_MAX));
    if (found === null) return null;
    if (found.open === null) return found.certain;
    const searched = Buffer.from(part);
    for (const row of listRows(found.open)) if (textOf(row).includes(searched)) addRow(found.certain, row);
    return found.certain;
  };
  bytes[end++] = MARK;
  return {
    get bytes() {
      return MEMORY_BYTES + end - TEXTS_AT + rows / 8 + words.values.byteLength + known.bytes;
    },
    append(text) {
      if (rows % 32 === 0) append(words, end - 1);
      reserve((text?.length ?? 0) * BYTES_PER_UNIT + 2);
      const start = end - 1;
      if (text === null) bytes[end++] = NULL_TEXT;
      else end += bytes.write(text, end);
      bytes[end++] = MARK;
      longestBytes = Math.max(longestBytes, end - start);
      rows += 1;
    },
    find(part, fromWord, whole = false) {
      if (part === "" && !whole) return invert(search(Buffer.of(MARK, NULL_TEXT, MARK), fromWord), fromWord);
      const searched = Buffer.from(part);
      if (whole) return search(Buffer.concat([Buffer.of(MARK), searched, Buffer.of(MARK)]), fromWord);
      // Of a few rows that came later a pass takes less than what is known.
      return (fromWord === 0 ? findByOthers(part) : null) ?? search(searched, fromWord);
    },
    get partsBytes() {
      return known.bytes;
    },
    learnPart() {
      if (unlearned === null && rows < learnedRowsMin) return false;
      unlearned ??= [...chooseFrequentParts(sampleTexts())];
      const part = unlearned.shift();
      if (part !== undefined) known.learn(part);
      return part !== undefined;
    },
    forgetParts() {
      unlearned = [];
      known.forget();
    },
  };
}

function invert(bits: RowBits, fromWord: number): RowBits {
  for (let index = fromWord; index < bits.length; index++) bits[index] = ~(bits[index] as number);
  return bits;
}

/** Where the next mark is. A loop: calling out for each of some 20 bytes takes longer. */
function findMark(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] !== MARK) at++;
  return at;
}

/** How often each byte is among some of the bytes of all texts. */
function sampleBytes(texts: Uint8Array) {
  const counts = new Uint16Array(256);
  const step = Math.max(1, Math.floor(texts.length / SAMPLES));
  for (let at = 0; at < texts.length; at += step) (counts[texts[at] as number] as number) += 1;
  return { bytes: texts.length, counts };
}

/** Where in `part` its two rarest bytes are. */
function findRarest(part: Uint8Array, counts: Uint16Array): readonly [number, number] {
  let one = 0;
  let two = part.length - 1;
  const count = (index: number): number => counts[part[index] as number] as number;
  for (let index = 0; index < part.length; index++) {
    if (count(index) < count(one)) {
      two = one;
      one = index;
    } else if (index !== one && count(index) < count(two)) two = index;
  }
  return [one, two];
}
