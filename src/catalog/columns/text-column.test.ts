/**
 * The scan of texts against a plain search of the same texts, and the module against its source.
 */
import { readFile } from "node:fs/promises";
import { assert, constantFrom, integer, array as listOf, option, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import openWabt from "wabt";
import { listRows } from "./row-bits.ts";
import { buildTextColumn, type TextColumn } from "./text-column.ts";
import { TEXT_SCAN_MODULE } from "./text-scan-module.ts";

// Few letters, so that many texts contain many others; some of several bytes.
const UNIT = constantFrom(..."aab-é\u{1f600}");

function learnParts(column: TextColumn): void {
  while (column.learnPart());
}

describe("find", () => {
  test("finds exactly the rows whose text contains the part, or is it, from any word on", () => {
    // Up to 240 bytes, so that a text may have its hits in several of the pieces that are looked at.
    const texts = listOf(option(string({ unit: UNIT, maxLength: 60, size: "max" }), { freq: 4 }), { maxLength: 200 });
    const parts = listOf(string({ unit: UNIT, maxLength: 24 }), { minLength: 1, maxLength: 8 });
    assert(
      property(
        texts,
        parts,
        integer({ min: 0, max: 7 }),
        integer({ min: 0, max: 200 }),
        (all, wanted, fromWord, learnedAt) => {
          const column = buildTextColumn();
          for (const [row, text] of all.entries()) {
            // With few letters nearly all parts of up to three are frequent; rows that come later are found all the same.
            if (row === learnedAt) learnParts(column);
            column.append(text);
          }
          // Parts that are certainly there, too, and ones that would be but for one letter, which is not rare.
          const there = all
            .slice(0, 9)
            .map((text) => [...(text ?? "")].slice(1))
            .filter((letters) => letters.length > 0);
          const almost = there.map((letters, index) => letters.with(Math.floor((letters.length * index) / 9), "a"));
          for (const part of [...wanted, ...[...there, ...almost].map((letters) => letters.join(""))]) {
            const rows = (matches: (text: string) => boolean) =>
              all.flatMap((text, row) => (row >= fromWord * 32 && text !== null && matches(text) ? [row] : []));
            const found = (whole: boolean) =>
              [...listRows(column.find(part, fromWord, whole))].filter(
                (row) => row >= fromWord * 32 && row < all.length,
              );
            expect([part, found(false)]).toEqual([part, rows((text) => text.includes(part))]);
            expect([part, found(true)]).toEqual([part, rows((text) => text === part)]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a part of a phrase that most texts have is found in those that have it alone, too", () => {
    const buildText = (row: number): string | null => {
      // After those that were learned from, so that the phrase is all that is known.
      if (row >= 1_500 && row % 250 === 31) return `no pictures of ${row}`;
      if (row >= 1_500 && row % 250 === 77) return `erutcip ${row}`;
      return row % 5 === 0 ? null : `a picture of number ${row}`;
    };
    const column = buildTextColumn(0);
    const texts = Array.from({ length: 2_000 }, (_, row) => buildText(row));
    for (const [row, text] of texts.entries()) {
      if (row === 1_500) learnParts(column);
      column.append(text);
    }
    for (const part of [
      "picture",
      "picture of",
      "pictures",
      "s of",
      "a picture of number ",
      "number 77",
      "e",
      "erut",
    ]) {
      const rows = texts.flatMap((text, row) => (text?.includes(part) ? [row] : []));
      expect([part, [...listRows(column.find(part, 0))]]).toEqual([part, rows]);
    }
  });

  test("texts that come later are found beside the earlier ones, also when the memory has grown", () => {
    const column = buildTextColumn();
    const long = "xyz".repeat(20_000);
    for (let row = 0; row < 100; row++) {
      column.append(`${row} ${long} ${row % 7}`);
      expect([...listRows(column.find(`z ${row % 7}`, 0))]).toHaveLength(Math.floor(row / 7) + 1);
    }
    // A part that is longer than any text.
    expect([...listRows(column.find("x".repeat(70_000), 0))]).toEqual([]);
  });
});

describe("TEXT_SCAN_MODULE", () => {
  test("is text-scan.wat, assembled", async () => {
    const wabt = await openWabt();
    const source = await readFile(new URL("text-scan.wat", import.meta.url), "utf8");
    const module = wabt.parseWat("text-scan.wat", source, { simd: true });
    expect(Buffer.from(module.toBinary({}).buffer).toString("base64")).toBe(TEXT_SCAN_MODULE.toString("base64"));
  });
});
