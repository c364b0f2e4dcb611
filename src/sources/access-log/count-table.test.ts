/** The table that counts lines says what a Map would say, through growth and collisions. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCountTable } from "./count-table.ts";

describe("buildCountTable", () => {
  test("any sequence of increments gives the counts that a Map gives", () => {
    const key = fc.tuple(fc.nat(3), fc.nat(5));
    fc.assert(
      fc.property(fc.array(key, { maxLength: 100 }), fc.constantFrom(0, 1, 512, 513), (keys, expected) => {
        const table = buildCountTable(expected);
        const map = new Map<string, number>();
        for (const [high, low] of keys) {
          expect(table.read(high, low)).toBe(map.get(`${high} ${low}`) ?? 0);
          table.write(high, low, table.read(high, low) + 1);
          map.set(`${high} ${low}`, (map.get(`${high} ${low}`) ?? 0) + 1);
        }
        expect(table.keys()).toBe(map.size);
      }),
    );
  });

  test("ten thousand keys that all want the same few slots are found again after growing", () => {
    const table = buildCountTable();
    for (let i = 0; i < 10_000; i++) table.write(i, i % 7, i + 1);
    expect(table.keys()).toBe(10_000);
    for (let i = 0; i < 10_000; i++) expect(table.read(i, i % 7)).toBe(i + 1);
    expect(table.read(10_000, 0)).toBe(0);
  });
});
