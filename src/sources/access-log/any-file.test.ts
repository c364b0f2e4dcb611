/** Every format: files of any bytes, cut into any pieces, with any prefix: never an exception, always the same records. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LOG_FORMATS, type SourceFormat } from "../../model/source.ts";
import { LINE_PREFIXES } from "../../model/source-settings.ts";
import { findForeignBytes } from "./find-foreign-bytes.ts";
import { LINE_FORMATS } from "./formats.ts";
import { buildLineReader } from "./line-reader.ts";
import type { LogFormat } from "./log-format.ts";
import { LINE_TEST_BYTES_MAX, readOneLine } from "./read-one-line.contract.ts";

type Prefix = (typeof LINE_PREFIXES)[number];

/** The records of a file that comes in pieces of these lengths, over and over. */
function readFile(bytes: Buffer, format: SourceFormat, prefix: Prefix, pieces: readonly number[]) {
  const reader = buildLineReader({ name: "a", source: "www", format, prefix, lineBytesMax: LINE_TEST_BYTES_MAX });
  const records = [];
  let at = 0;
  for (let piece = 0; at < bytes.length; piece++) {
    const end = at + (pieces[piece % pieces.length] ?? 1);
    records.push(...reader.push(Buffer.from(bytes.subarray(at, end))));
    at = end;
  }
  return [...records, ...reader.end()];
}

/** What may stand in a file: pieces of real lines, of other formats' lines, what ends and opens things, and noise. */
function anyFile({ sample }: LogFormat): fc.Arbitrary<Buffer> {
  const samples = [...LINE_FORMATS.values()].flatMap((format) => format.sample);
  const whole = fc.constantFrom(...sample, ...samples).map((line) => Buffer.from(`${line}\n`));
  const part = fc
    .tuple(fc.constantFrom(...sample), fc.nat(600), fc.nat(600))
    .map(([line, from, length]) => Buffer.from(line).subarray(from, from + length));
  const marks = fc
    .constantFrom(
      "\n",
      "\r\n",
      "\0",
      "\ufeff",
      '"',
      '""',
      "{",
      "}",
      "}{",
      "[",
      "#Fields: ",
      "#",
      ",",
      "|",
      "\t",
      "\\",
      "<134>",
    )
    .map((text) => Buffer.from(text));
  const noise = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes));
  return fc.array(fc.oneof(whole, part, marks, noise), { maxLength: 12 }).map((all) => Buffer.concat(all));
}

describe.each(LOG_FORMATS)("a file of %s", (name) => {
  const format = LINE_FORMATS.get(name) as LogFormat;
  const settings = name === "cloudfront-realtime" ? { fields: format.fields } : {};

  test("of any bytes gives records that are each an event or one rejection, wherever its pieces end", () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(anyFile(format), fc.constantFrom(...LINE_PREFIXES), pieces, (bytes, prefix, lengths) => {
        const records = readFile(bytes, name, prefix, [bytes.length + 1]);
        const inPieces = readFile(bytes, name, prefix, lengths);
        const facts = (all: typeof records) =>
          all.map(({ contentId, number, terminated }) => [contentId, number, terminated]);
        expect(facts(inPieces)).toEqual(facts(records));
        const plain = [...records, ...inPieces].filter(({ isPlain }) => isPlain === true);
        expect(plain.map(({ bytes: line }) => findForeignBytes(line)).filter((found) => found !== null)).toEqual([]);
        expect(new Set(records.map(({ contentId, part = 0 }) => `${contentId} ${part}`)).size).toBe(records.length);
        for (const { bytes: line, terminated, columns, part = 0 } of records) {
          const columnsOf = columns === undefined ? {} : { columns };
          const passage = readOneLine(line, { format: name, terminated, settings, part, ...columnsOf });
          const measures = [passage.count, passage.bytesIn, passage.bytesOut, passage.timeMs];
          if (passage.rejection === null) expect(measures.every(Number.isSafeInteger)).toBe(true);
          else expect(passage.rejection.detail).not.toBe("");
        }
      }),
      { numRuns: 300 },
    );
  });
});
