/**
 * TextColumn: one text of each row, and which rows' texts contain a part: one pass over all bytes, 0.5 to 1.5 ms per 4 MB.
 * No index of parts: it would be larger than the texts, and each change would have to enter it.
 */
import { append, buildColumn } from "./growing-column.ts";
import type { RowBits } from "./row-bits.ts";
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

/** UTF-8 has at most so many bytes for each unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;

/** Builds an empty column. */
export function buildTextColumn(): TextColumn {
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
  const search = (part: Uint8Array, fromWord: number): RowBits => {
    const found = new Uint32Array(memory.buffer, 0, words.length).fill(0, fromWord);
    // Without this, a part of many equal letters would be compared with each place of texts that are shorter.
    if (part.length > longestBytes) return found;
    // Behind the texts, where the next one will be.
    reserve(2 * part.length + 2 * READ_AHEAD_BYTES);
    bytes.set(part, end + READ_AHEAD_BYTES);
    const from = fromWord < words.length ? (words.values[fromWord] as number) : end;
    const [one, two] = findRarest(part, bytes.subarray(TEXTS_AT, end));
    scan(from, end, end + READ_AHEAD_BYTES, part.length, one, two, fromWord * 4);
    return new Uint32Array(memory.buffer, 0, words.length);
  };
  bytes[end++] = MARK;
  return {
    get bytes() {
      return MEMORY_BYTES + end - TEXTS_AT + rows / 8 + words.values.byteLength;
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
      return search(whole ? Buffer.concat([Buffer.of(MARK), searched, Buffer.of(MARK)]) : searched, fromWord);
    },
  };
}

function invert(bits: RowBits, fromWord: number): RowBits {
  for (let index = fromWord; index < bits.length; index++) bits[index] = ~(bits[index] as number);
  return bits;
}

/** Where in `part` its two rarest bytes are, going by some of the bytes of all texts. */
function findRarest(part: Uint8Array, texts: Uint8Array): readonly [number, number] {
  const counts = new Uint16Array(256);
  const step = Math.max(1, Math.floor(texts.length / SAMPLES));
  for (let at = 0; at < texts.length; at += step) (counts[texts[at] as number] as number) += 1;
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
