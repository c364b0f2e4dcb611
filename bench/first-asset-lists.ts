/**
 * Lists that were never asked for before, of the space that assets.ts fills: many of each kind of filter.
 */
import { setTimeout } from "node:timers/promises";
import type { Catalog } from "../src/catalog/catalog.ts";
import type { AssetFilter, AssetSort } from "../src/model/asset.ts";
import { formatCount, formatMegabytes, formatMs, median, percentile, type Section, timeMs } from "./report.ts";

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

/** Measures first lists. `readyMs` and `readyBytes` are how long it took, and how much memory, until they could be asked for. */
export async function benchFirstAssetLists(
  catalog: Catalog,
  sizes: { readonly assets: number; readonly runs: number; readonly readyMs: number; readonly readyBytes: number },
): Promise<Section> {
  const rows: string[][] = [];
  for (const [name, build] of Object.entries(buildFirstFilters(sizes.assets))) {
    rows.push([name, ...(await measureFirst(catalog, build, sizes.runs))]);
  }
  return buildFirstSection(sizes, rows);
}

function buildFirstSection(
  { assets, runs, readyMs, readyBytes }: Parameters<typeof benchFirstAssetLists>[1],
  rows: readonly (readonly string[])[],
): Section {
  return {
    title: `First lists of ${formatCount(assets)} assets of one space`,
    notes: [
      `${runs} lists for each kind of filter, no filter asked for twice: in all six orders, of ${PER_PAGE} rows with their tags and the`,
      `exact total; pages by chance from 1 to ${formatCount(PAGES)} as far as there are so many.`,
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
function buildFirstFilters(assets: number): Readonly<Record<string, (run: number) => AssetFilter>> {
  const trash = false;
  // A multiplication with a prime: values without an order, the same ones in every run.
  const spread = (run: number, values: number) => (run * 7_919) % values;
  const letters = "abcdefghijklmnoprstuvw";
  const partOf = (text: string, run: number) =>
    text.slice(run % (text.length - 2), 3 + (run % (text.length - 2)) + (Math.floor(run / text.length) % text.length));
  const number = (run: number) => String(spread(run, assets));
  return {
    "the root": (run) => ({ trash, folder: null, createdFromMs: run }),
    "private at the moment": (run) => ({ trash, privateAtMs: YEAR_START_MS + YEAR_MS + run }),
    "one letter of a name, and a year": (run) => ({
      trash,
      filenameContains: letters[run % letters.length] as string,
      createdFromMs: run,
    }),
    "two letters of a name, and a year": (run) => ({
      trash,
      filenameContains: (WORDS[run % 10] as string).slice(run % 3, 2 + (run % 3)),
      createdFromMs: run,
    }),
    "part of a name that a tenth of them have, and a year": (run) => ({
      trash,
      filenameContains: partOf(WORDS[run % 10] as string, run),
      createdFromMs: run,
    }),
    "part of a name that most have, and a year": (run) => ({ trash, filenameContains: "jpg", createdFromMs: run }),
    "digits of a name, and a year": (run) => ({
      trash,
      filenameContains: number(run).slice(0, 1 + (run % 5)),
      createdFromMs: run,
    }),
    "part of a name that few have": (run) => ({ trash, filenameContains: `-${number(run)}` }),
    "part of an alt text that half have, and a year": (run) => ({
      trash,
      altContains: partOf("a picture of number ", run),
      createdFromMs: run,
    }),
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

async function measureFirst(catalog: Catalog, build: (run: number) => AssetFilter, runs: number): Promise<string[]> {
  const times: number[] = [];
  const totals: number[] = [];
  const page = (run: number) => ({ page: 1 + ((run * 7_919) % PAGES), perPage: PER_PAGE });
  for (let run = 1; run <= runs; run++) {
    const sort = SORTS[run % SORTS.length] as AssetSort;
    times.push(
      await timeMs(async () => {
        totals.push((await catalog.listAssets(1, SPACE, build(run), sort, page(run))).total);
      }),
    );
  }
  return [formatCount(median(totals)), ...[median(times), percentile(times, 99), Math.max(...times)].map(formatMs)];
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
