/**
 * Tags of rows against a plain look at each row's.
 */
import { assert, integer, array as listOf, property, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { listRows } from "./row-bits.ts";
import { buildTagColumn } from "./tag-column.ts";

const TAG = integer({ min: 1, max: 5 });

test("find finds exactly the rows that have one of the tags, from any word on, whatever was asked for before", () => {
  const tagsOfRows = listOf(uniqueArray(TAG, { maxLength: 3 }), { maxLength: 200 });
  const questions = listOf(uniqueArray(TAG, { maxLength: 3 }), { minLength: 1, maxLength: 4 });
  assert(
    property(tagsOfRows, questions, integer({ min: 0, max: 7 }), (all, wanted, fromWord) => {
      const column = buildTagColumn();
      all.forEach((tagIds, row) => {
        column.append(row, tagIds);
      });
      for (const tagIds of wanted) {
        const found = listRows(column.find(tagIds, Math.ceil(all.length / 32), fromWord));
        expect([...found].filter((row) => row >= fromWord * 32)).toEqual(
          all.flatMap((has, row) => (row >= fromWord * 32 && has.some((tagId) => tagIds.includes(tagId)) ? [row] : [])),
        );
      }
    }),
    { numRuns: 300 },
  );
});
