/**
 * Columns of more assets than a file of them is worth: pages against a plain sort, and memory of lists.
 */
import { expect, test } from "vitest";
import type { AssetSort } from "../../model/asset.ts";
import { buildAssetColumns, type ColumnFilter } from "./asset-columns.ts";
import type { AssetValues } from "./asset-rows.ts";

const TRASH = { trash: false } as const;
const ORDERS = ["createdAtMs", "updatedAtMs", "shortFilename"] as const;

/** Assets with times without an order, of which a third has the folder 1 and a seventh the tag 1. */
function buildAssets(count: number): readonly AssetValues[] {
  return Array.from({ length: count }, (_, index) => {
    const seq = index + 1;
    const [created, updated, name] = [(seq * 7_919) % 997, (seq * 104_729) % 1_009, `${(seq * 31) % 499}.jpg`];
    const [folder, tagIds] = [seq % 3 === 0 ? 1 : null, seq % 7 === 0 ? "1,2" : "2"];
    return [seq, seq, folder, seq % 2, null, null, created, updated, null, null, name, null, null, null, null, tagIds];
  });
}

function buildColumnsOf(assets: readonly AssetValues[]) {
  const columns = buildAssetColumns(assets.length);
  columns.add(assets);
  for (const by of ORDERS) columns.sort(by);
  return columns;
}

test("the pages of a list are the list, in every order", () => {
  const assets = buildAssets(5_000);
  const columns = buildColumnsOf(assets);
  const values = { createdAtMs: 6, updatedAtMs: 7, shortFilename: 10 } as const;
  const compare = (a: number | string, b: number | string): number => Number(a > b) - Number(a < b);
  const filters: readonly (readonly [ColumnFilter, (asset: AssetValues) => boolean])[] = [
    [{ ...TRASH, createdFromMs: 0 }, () => true],
    [{ ...TRASH, folder: 1 }, (asset) => asset[2] === 1],
    [{ ...TRASH, createdFromMs: 900, tagIds: [1] }, (asset) => asset[6] >= 900 && asset[15] === "1,2"],
  ];
  for (const [filter, matches] of filters) {
    for (const by of ORDERS) {
      const expected = assets
        .filter(matches)
        .toSorted((a, b) => compare(a[values[by]], b[values[by]]) || a[1] - b[1])
        .map(([seq]) => seq);
      for (const direction of ["asc", "desc"] as const) {
        const sort: AssetSort = { by, direction };
        const pages = Array.from({ length: Math.ceil(expected.length / 7) }, (_, index) =>
          columns.find(filter, sort, { page: index + 1, perPage: 7 }),
        );
        expect(pages.flatMap(({ seqs }) => seqs)).toEqual(direction === "asc" ? expected : expected.toReversed());
        expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([expected.length]));
      }
    }
  }
});

test("a list that was never asked for takes no memory, once as many as are remembered were asked for", () => {
  const columns = buildColumnsOf(buildAssets(100_000));
  const kinds: readonly ((run: number) => ColumnFilter)[] = [
    (run) => ({ ...TRASH, privateAtMs: run }),
    (run) => ({ ...TRASH, createdFromMs: run }),
    (run) => ({ ...TRASH, expireToMs: run, folder: 1 }),
    (run) => ({ ...TRASH, updatedToMs: run, tagIds: [1] }),
    (run) => ({ ...TRASH, filenameContains: `${run}` }),
    (run) => ({ ...TRASH, filenameContains: `a text that is longer than any name is ${run}` }),
  ];
  // Of arrays outside of the heap, which stop the thread when they are collected.
  const takes = (build: (run: number) => ColumnFilter, runs: number): number => {
    const before = process.memoryUsage().arrayBuffers;
    for (let run = 0; run < runs; run++) columns.find(build(run), { by: "createdAtMs", direction: "asc" }, FIRST_PAGE);
    return (process.memoryUsage().arrayBuffers - before) / runs;
  };
  takes((run) => ({ ...TRASH, createdToMs: run }), 64);
  // A set of all rows takes 12.5 kB.
  for (const build of kinds) expect([`${build}`, takes(build, 20) < 5_000]).toEqual([`${build}`, true]);
});

const FIRST_PAGE = { page: 1, perPage: 25 };
