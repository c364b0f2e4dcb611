/**
 * Lists that were never asked for before, of the space that assets.ts fills: many of each kind of filter.
 */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { Catalog } from "../src/catalog/catalog.ts";
import { MATCHES_MAX } from "../src/catalog/columns/remembered-matches.ts";
import type { AssetFilter, AssetSort } from "../src/model/asset.ts";
import {
  formatCount,
  formatMegabytes,
  formatMs,
  median,
  percentile,
  type Section,
  timeMs,
  workInRegisters,
} from "./report.ts";

/** The space, and the year in which its assets were made. */
export const SPACE = 606;
export const YEAR_START_MS = Date.UTC(2025, 10, 20);
export const YEAR_MS = 365 * 86_400_000;

/** The pages that the figures are about, and how many rows each has. */
export const PAGES = 1_000;
export const PER_PAGE = 25;

/** Words of file names; a tenth of the assets has each. */
export const WORDS = [
  "beach",
  "harbour",
  "invoice",
  "logo",
  "mountain",
  "portrait",
  "report",
  "sunset",
  "team",
  "winter",
];

/** All orders of lists. */
export const SORTS: readonly AssetSort[] = (["createdAtMs", "updatedAtMs", "shortFilename"] as const).flatMap((by) =>
  (["asc", "desc"] as const).map((direction) => ({ by, direction })),
);

/** Kinds of filters by name; each builds its n-th filter. */
type Kinds = Readonly<Record<string, (run: number) => AssetFilter>>;

/** Measures first lists. `readyMs` and `readyBytes` are how long it took, and how much memory, until they could be asked for. */
export async function benchFirstAssetLists(
  catalog: Catalog,
  sizes: { readonly assets: number; readonly runs: number; readonly readyMs: number; readonly readyBytes: number },
): Promise<Section> {
  const rows: string[][] = [];
  for (const [name, build] of Object.entries(buildFirstFilters(sizes.assets))) {
    rows.push(...(await measureFirst(catalog, { [name]: build }, { runs: sizes.runs, withLoop: false })));
  }
  rows.push(...(await measureFirst(catalog, buildFrequentParts(), { runs: sizes.runs, withLoop: true })));
  return buildFirstSection(sizes, rows);
}

function buildFirstSection(
  { assets, runs, readyMs, readyBytes }: Parameters<typeof benchFirstAssetLists>[1],
  rows: readonly (readonly string[])[],
): Section {
  return {
    title: `First lists of ${formatCount(assets)} assets of one space`,
    notes: [
      `${runs} lists for each kind of filter, in all six orders, of ${PER_PAGE} rows with their tags and the exact total; pages by chance from`,
      `1 to ${formatCount(PAGES)} as far as there are so many. No filter is asked for twice, but those of parts that many have: there are not`,
      `so many of them. Their kinds take turns, so that more than ${formatCount(MATCHES_MAX)} other filters, which is what a space remembers, lie between.`,
      `Ready ${formatMs(readyMs)} after the start, with ${formatMegabytes(readyBytes)} more memory of the process.`,
    ],
    columns: ["filter", "assets found, 50 %", "50 %", "99 %", "longest"],
    rows,
  };
}

/**
 * Kinds of filters; each builds its n-th one, and no two of them are alike. Where a condition has no other values, another
 * one is added that all assets meet.
 */
function buildFirstFilters(assets: number): Kinds {
  const trash = false;
  // A multiplication with a prime: values without an order, the same ones in every run.
  const spread = (run: number, values: number) => (run * 7_919) % values;
  const number = (run: number) => String(spread(run, assets));
  return {
    "the root": (run) => ({ trash, folder: null, createdFromMs: run }),
    "private at the moment": (run) => ({ trash, privateAtMs: YEAR_START_MS + YEAR_MS + run }),
    "part of a name that few have": (run) => ({ trash, filenameContains: `-${number(run)}` }),
    "part of an alt text that few have": (run) => ({ trash, altContains: `number ${number(run)}` }),
    "part of a title": (run) => ({ trash, titleContains: `title ${number(run)}` }),
    "part of a copyright": (run) => ({ trash, copyrightContains: `agency ${spread(run, 1_000)}` }),
    "a tag that a third have, and a year": (run) => ({ trash, tagNames: ["tag 1"], createdFromMs: run }),
    "one of several tags": (run) => ({
      trash,
      tagNames: ["tag 9", `tag ${2 + (run % 48)}`, `tag ${2 + spread(run, 47)}`],
    }),
    "created in some days": (run) => {
      const fromMs = YEAR_START_MS + spread(run, 365) * 86_400_000;
      return { trash, createdFromMs: fromMs, createdToMs: fromMs + run * 3_600_000 };
    },
    "created since a moment": (run) => ({ trash, createdFromMs: YEAR_START_MS + spread(run, 365) * 86_400_000 + run }),
    "updated since a moment": (run) => ({ trash, updatedFromMs: YEAR_START_MS + spread(run, 365) * 86_400_000 + run }),
    "expires since a moment": (run) => ({ trash, expireFromMs: YEAR_START_MS + spread(run, assets) + run / 1_000 }),
  };
}

/** Kinds of filters of one part of a text that so many assets have that a search cannot pass over most of them. */
function buildFrequentParts(): Kinds {
  const trash = false;
  const letters = [..."abcdefghijklmnoprstuvw"];
  const words = WORDS.flatMap((word) => listParts(word, 3, word.length));
  const kinds: Readonly<Record<string, readonly AssetFilter[]>> = {
    "one letter of a name": letters.map((filenameContains) => ({ trash, filenameContains })),
    "two letters of a name": WORDS.flatMap((word) => listParts(word, 2, 2)).map((filenameContains) => ({
      trash,
      filenameContains,
    })),
    "part of a name that a tenth of them have": words.map((filenameContains) => ({ trash, filenameContains })),
    // Letters of both cases find the same, and are asked for as filters of their own.
    "part of a name that most have": ["jpg", "Jpg", "jPg", "jpG", ".jpg", ".Jpg", ".jP", ".jp", "JP", "jp", "pg"].map(
      (filenameContains) => ({ trash, filenameContains }),
    ),
    "a digit of a name": [..."0123456789-."].map((filenameContains) => ({ trash, filenameContains })),
    "part of an alt text that half have": listParts("a picture of number ", 1, 20).map((altContains) => ({
      trash,
      altContains,
    })),
  };
  return Object.fromEntries(
    Object.entries(kinds).map(([name, filters]) => {
      if (filters.length * Object.keys(kinds).length <= MATCHES_MAX) throw new Error(`${name}: too few filters`);
      return [name, (run) => filters[run % filters.length] as AssetFilter];
    }),
  );
}

/** Every part of a text that has from `min` to `max` letters, once. */
function listParts(text: string, min: number, max: number): readonly string[] {
  const starts = Array.from(text, (_, start) => start);
  const lengths = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  const parts = starts.flatMap((start) => lengths.map((length) => text.slice(start, start + length)));
  return [...new Set(parts.filter((part) => part.length >= min))];
}

const WARM_LOOPS = 5;

/** Asks for a list of each kind in turn; a row for each of them, and `withLoop` one more for a loop in turn with them. */
async function measureFirst(
  catalog: Catalog,
  kinds: Kinds,
  { runs, withLoop }: { readonly runs: number; readonly withLoop: boolean },
): Promise<string[][]> {
  const measured = Object.entries(kinds).map(([name, build]) => ({
    name,
    build,
    times: [] as number[],
    totals: [] as number[],
  }));
  const machine: number[] = [];
  // The first ones are slow: the loop is not compiled yet.
  for (let warm = 0; warm < WARM_LOOPS; warm++) workInRegisters();
  for (let run = 1; run <= runs; run++) {
    if (withLoop) machine.push(await timeMs(async () => void assert.notEqual(workInRegisters(), 0)));
    const sort = SORTS[run % SORTS.length] as AssetSort;
    const page = { page: 1 + ((run * 7_919) % PAGES), perPage: PER_PAGE };
    for (const { build, times, totals } of measured) {
      const filter = build(run);
      times.push(
        await timeMs(async () => {
          totals.push((await catalog.listAssets(1, SPACE, filter, sort, page)).total);
        }),
      );
    }
  }
  const rows = measured.map(({ name, times, totals }) => [name, formatCount(median(totals)), ...formatTimes(times)]);
  if (!withLoop) return rows;
  return [...rows, ["in turn with these, a loop in registers alone", "", ...formatTimes(machine)]];
}

function formatTimes(times: readonly number[]): string[] {
  return [median(times), percentile(times, 99), Math.max(...times)].map(formatMs);
}

/** A list that looks at every asset comes within this time, in milliseconds, once the space is in memory; else in 400. */
const READY_MS = 60;

/** Waits until the lists of the space come out of memory. */
export async function waitUntilReady(catalog: Catalog): Promise<void> {
  const list = () => catalog.listAssets(1, SPACE, { trash: false, folder: null }, SORTS[0] as AssetSort, FIRST_PAGE);
  while ((await timeMs(list)) > READY_MS) await setTimeout(PAUSE_MS);
}

const PAUSE_MS = 500;
const FIRST_PAGE = { page: 1, perPage: PER_PAGE };
