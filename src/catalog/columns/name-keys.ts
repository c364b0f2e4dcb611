/**
 * NameKeys: the file names of rows as they are, for their order: byte by byte, as SQLite compares texts.
 */
import { append, buildColumn, reserve } from "./growing-column.ts";

/** The names of rows 0, 1, 2, … */
export interface NameKeys {
  readonly bytes: number;
  append(name: string): void;
  /** Below 0 when the name of row `a` comes before that of row `b`, 0 when both have the same. */
  compare(a: number, b: number): number;
}

/** UTF-8 has at most so many bytes for each unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;

/** Builds empty keys. */
export function buildNameKeys(): NameKeys {
  const texts = buildColumn((length) => new Uint8Array(length));
  // Where each name begins, and where the next one will.
  const starts = buildColumn((length) => new Float64Array(length));
  append(starts, 0);
  let writable = Buffer.from(texts.values.buffer);
  return {
    get bytes() {
      return texts.values.byteLength + starts.values.byteLength;
    },
    append(name) {
      reserve(texts, name.length * BYTES_PER_UNIT);
      if (writable.buffer !== texts.values.buffer) writable = Buffer.from(texts.values.buffer);
      texts.length += writable.write(name, texts.length);
      append(starts, texts.length);
    },
    compare(a, b) {
      const { values } = texts;
      const startA = starts.values[a] as number;
      const startB = starts.values[b] as number;
      const lengthA = (starts.values[a + 1] as number) - startA;
      const lengthB = (starts.values[b + 1] as number) - startB;
      const length = Math.min(lengthA, lengthB);
      for (let index = 0; index < length; index++) {
        const difference = (values[startA + index] as number) - (values[startB + index] as number);
        if (difference !== 0) return difference;
      }
      return lengthA - lengthB;
    },
  };
}
