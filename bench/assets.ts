/**
 * A large space of assets: how long it takes to fill, and how long lists of it take, by every filter and order.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import type { Catalog } from "../src/catalog/catalog.ts";
import { openSqliteCatalog } from "../src/catalog/sqlite.ts";
import type { AssetFilter, AssetSort } from "../src/model/asset.ts";
import { systemClock } from "../src/platform/clock.ts";
import { randomIds } from "../src/platform/ids.ts";
import {
  benchFirstAssetLists,
  PAGES,
  PER_PAGE,
  SORTS,
  SPACE,
  WORDS,
  waitUntilReady,
  YEAR_MS,
  YEAR_START_MS,
} from "./first-asset-lists.ts";
import { formatCount, formatMegabytes, formatMs, median, percentile, type Section, timeMs } from "./report.ts";

/** Sizes of a run: assets of the space, and lists that are asked for per filter. */
export type AssetSizes = { readonly assets: number; readonly runs: number };

const BATCH_ROWS = 1_000;

/** Lists that are asked for after a change and after an import of so many assets; enough for all six orders twice. */
const CHANGES = 24;
const IMPORTS = 12;
const IMPORTED = 100;

/** Lists of each kind that nobody asked for before: enough that a stall or two of the machine are not the slowest hundredth. */
const FIRST_LISTS = 400;

/** Runs the benchmark. */
export async function benchAssets({ assets, runs }: AssetSizes): Promise<Section[]> {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-assets-"));
  const file = join(folder, "catalog.sqlite");
  const open = () => openSqliteCatalog({ file, clock: systemClock, ids: randomIds, readsAhead: true });
  try {
    let catalog = await open();
    await catalog.createOrganization({ id: 1, name: "Bench" });
    await catalog.createSpace({ organization: 1, id: SPACE, name: "Bench" });
    const importMs = await timeMs(() => importAssets(catalog, assets));
    await catalog.close();
    describeAssets(file, assets);
    const memoryBytes = process.memoryUsage().rss;
    catalog = await open();
    const readyMs = await timeMs(() => waitUntilReady(catalog));
    const readyBytes = process.memoryUsage().rss - memoryBytes;
    const first = await benchFirstAssetLists(catalog, { assets, runs: FIRST_LISTS, readyMs, readyBytes });
    const rows: string[][] = [];
    for (const [name, filter] of Object.entries(buildFilters(assets, readExtId(file)))) {
      rows.push([name, ...(await measureFilter(catalog, filter, runs))]);
    }
    await catalog.close();
    return [buildImportSection(assets, importMs, readBytes(file)), first, buildListSection(assets, runs, rows)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function buildImportSection(assets: number, importMs: number, bytes: number): Section {
  return {
    title: `${formatCount(assets)} assets taken into the catalogue`,
    notes: [`By path, ${formatCount(BATCH_ROWS)} in each transaction, as usage of unknown assets brings them.`],
    columns: ["what", "figure"],
    rows: [
      ["all of them", formatMs(importMs)],
      ["assets per second", formatCount((assets / importMs) * 1000)],
      ["bytes on disk, with texts, folders and tags", formatMegabytes(bytes)],
    ],
  };
}

function buildListSection(assets: number, runs: number, rows: readonly (readonly string[])[]): Section {
  return {
    title: `Lists of ${formatCount(assets)} assets of one space`,
    notes: [
      `Of ${PER_PAGE} rows with their tags and the exact total; pages by chance from 1 to ${formatCount(PAGES)} as far as there are so`,
      "many. The clock includes everything but JSON and HTTP.",
      "First: the first lists of this filter, one for each of the three columns that lists are ordered by; the longest of them.",
      "Others waited: how long the server kept everybody else waiting meanwhile, at most.",
      `Changed: ${CHANGES} lists in all six orders, each of them the first one after an asset of the space was changed.`,
      `Imported: ${IMPORTS} lists in all six orders, each the first one after ${IMPORTED} assets came into the space.`,
      `Unchanged: ${runs} lists in all six orders.`,
    ],
    columns: [
      "filter",
      "assets found",
      "first",
      "others waited",
      "changed, 50 %",
      "changed, longest",
      "imported, longest",
      "unchanged, 50 %",
      "unchanged, 99 %",
    ],
    rows,
  };
}

async function importAssets(catalog: Catalog, assets: number): Promise<void> {
  for (let from = 0; from < assets; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, assets - from);
    const paths = Array.from({ length: count }, (_, index) => ({ space: SPACE, path: pathOf(from + index) }));
    await catalog.resolveAssetPaths(1, paths, true);
  }
}

/** Names as people give them: a word that a tenth of the assets has, and a number that only one has. */
function pathOf(index: number): string {
  const extension = index % 3 === 0 ? "png" : "jpg";
  return `/f/${SPACE}/x/${index.toString(16).padStart(10, "0")}/${WORDS[index % 10]}-${index}.${extension}`;
}

/**
 * Gives the assets what lists are narrowed by, straight in the file: one call of the catalogue for each would take
 * hours. Numbers are spread by a multiplication with a prime, so that no order in the file helps.
 */
function describeAssets(file: string, assets: number): void {
  const database = new DatabaseSync(file);
  // Written once and never read after a crash: neither a log nor waiting for the disk is of use.
  database.exec("pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -500000");
  const restore = dropIndexes(database);
  const spread = (share: number) => `(seq * 7919 + ${share} * 104729) % 1000`;
  database.exec("begin");
  for (let id = 1; id <= 50; id++) {
    database.exec(
      `insert into folders (organization, id, uuid, space, name) values (1, ${id}, 'u${id}', ${SPACE}, 'F${id}')`,
    );
    database.exec(`insert into tags (organization, id, space, name) values (1, ${id}, ${SPACE}, 'tag ${id}')`);
  }
  database.exec(`update assets set
    created_at_ms = ${YEAR_START_MS} + (seq * 7919 % ${assets}) * ${Math.floor(YEAR_MS / assets)},
    updated_at_ms = ${YEAR_START_MS} + (seq * 104729 % ${assets}) * ${Math.floor(YEAR_MS / assets)},
    folder = case when ${spread(1)} < 500 then 1 + seq % 50 end,
    is_private = ${spread(2)} < 100,
    publish_at_ms = case when ${spread(2)} < 20 then ${YEAR_START_MS} end,
    alt = case when ${spread(3)} < 500 then 'A picture of number ' || seq end,
    title = case when ${spread(4)} < 300 then 'Title ' || seq end,
    copyright = case when ${spread(5)} < 300 then 'Agency ' || (seq % 1000) end,
    ext_id = case when ${spread(6)} < 100 then 'ext-' || seq end,
    expire_at_ms = case when ${spread(7)} < 50 then ${YEAR_START_MS} + seq end,
    deleted_at_ms = case when ${spread(8)} < 10 then ${YEAR_START_MS} end`);
  // Tag 1 is on a third of the assets, each of the others on some 2 %.
  database.exec("insert into asset_tags select 1, 1, id from assets where seq % 3 = 0 order by id");
  database.exec("insert into asset_tags select 1, 2 + seq % 49, id from assets order by 2, id");
  database.exec("delete from asset_counts");
  database.exec(`insert into asset_counts (organization, space, trash, folder, assets)
    select 1, ${SPACE}, deleted_at_ms is not null, coalesce(folder, 0), count(*) from assets group by 3, 4`);
  database.exec("commit");
  restore();
  database.exec("pragma journal_mode = wal");
  database.close();
}

/**
 * Takes away the indexes and triggers of assets, and answers how to bring them back: a million rows are changed in a
 * quarter of the time without them, and the indexes are as if each row had been entered so.
 */
function dropIndexes(database: DatabaseSync): () => void {
  const dropped = database
    .prepare(
      "select type, name, sql from sqlite_schema where tbl_name in ('assets', 'asset_tags') and type in ('index', 'trigger') and sql is not null",
    )
    .all();
  const statistics = database.prepare("select tbl, idx, stat from sqlite_stat1").all();
  for (const { type, name } of dropped) database.exec(`drop ${type} ${name}`);
  return () => {
    for (const { sql } of dropped) database.exec(String(sql));
    database.exec("insert into asset_search (asset_search) values ('rebuild')");
    database.exec("delete from sqlite_stat1");
    const enter = database.prepare("insert into sqlite_stat1 (tbl, idx, stat) values (?, ?, ?)");
    for (const { tbl, idx, stat } of statistics) enter.run(tbl as string, idx as string, stat as string);
    database.exec("analyze sqlite_schema");
  };
}

function buildFilters(assets: number, extId: string): Readonly<Record<string, AssetFilter>> {
  const middleMs = YEAR_START_MS + YEAR_MS / 2;
  const trash = false;
  return {
    none: { trash },
    "the trash": { trash: true },
    "a folder": { trash, folder: 7 },
    "the root": { trash, folder: null },
    "private at the moment": { trash, privateAtMs: YEAR_START_MS + YEAR_MS },
    "part of a name that one asset has": { trash, filenameContains: `-${assets - 1}.` },
    "part of a name that a tenth of them have": { trash, filenameContains: "sunset" },
    "part of a name that most have (jpg)": { trash, filenameContains: "jpg" },
    "two letters of a name": { trash, filenameContains: "rt" },
    "part of an alt text that a few have": { trash, altContains: "number 1234" },
    "part of an alt text that half have": { trash, altContains: "picture" },
    "part of a title": { trash, titleContains: "title 999" },
    "part of a copyright": { trash, copyrightContains: "agency 17" },
    "an external id": { trash, extId },
    "a tag that 2 % have": { trash, tagNames: ["tag 9"] },
    "a tag that a third have": { trash, tagNames: ["tag 1"] },
    "one of two tags": { trash, tagNames: ["tag 9", "tag 10"] },
    "created in a day": { trash, createdFromMs: middleMs, createdToMs: middleMs + 86_400_000 },
    "created in the second half": { trash, createdFromMs: middleMs },
    "updated in the second half": { trash, updatedFromMs: middleMs },
    "expires at all": { trash, expireFromMs: 0 },
  };
}

async function measureFilter(catalog: Catalog, filter: AssetFilter, runs: number): Promise<string[]> {
  const list = (sort: AssetSort, page: number) =>
    catalog.listAssets(1, SPACE, filter, sort, { page, perPage: PER_PAGE });
  const first: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (const sort of SORTS.filter(({ direction }) => direction === "asc")) {
    first.push(await timeMs(() => list(sort, 1)));
  }
  delay.disable();
  const { total } = await list(SORTS[0] as AssetSort, 1);
  const pages = Math.max(1, Math.min(PAGES, Math.ceil(total / PER_PAGE)));
  const measure = async (count: number, before: (run: number) => Promise<unknown>): Promise<readonly number[]> => {
    const times: number[] = [];
    for (let run = 0; run < count; run++) {
      const sort = SORTS[run % SORTS.length] as AssetSort;
      await before(run);
      // A multiplication with a prime: pages without an order, the same ones in every run.
      times.push(await timeMs(() => list(sort, 1 + ((run * 7_919) % pages))));
    }
    return times;
  };
  const unchanged = await measure(runs, async () => {});
  const changedId = await firstAsset(catalog, filter);
  const changed = await measure(CHANGES, () => catalog.updateAsset(1, changedId, {}));
  const imported = await measure(IMPORTS, () => importMore(catalog));
  const figures = [Math.max(...first), delay.max / 1e6, median(changed), Math.max(...changed), Math.max(...imported)];
  return [formatCount(total), ...[...figures, median(unchanged), percentile(unchanged, 99)].map(formatMs)];
}

/** Takes in assets that usage names, under names by chance. */
async function importMore(catalog: Catalog): Promise<void> {
  const paths = Array.from({ length: IMPORTED }, () => ({ space: SPACE, path: `/new/${randomIds.uuid()}.jpg` }));
  await catalog.resolveAssetPaths(1, paths, true);
}

/** An external id that one asset has. */
function readExtId(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare("select ext_id from assets where ext_id is not null and deleted_at_ms is null").get();
  database.close();
  return String(row?.ext_id);
}

/** An asset that the list has, so that a change of it changes the list. */
async function firstAsset(catalog: Catalog, filter: AssetFilter): Promise<number> {
  const sort = { by: "createdAtMs", direction: "asc" } as const;
  const { assets } = await catalog.listAssets(1, SPACE, filter, sort, { page: 1, perPage: 1 });
  return assets[0]?.id ?? 0;
}

function readBytes(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare("select page_count * page_size as bytes from pragma_page_count, pragma_page_size").get();
  database.close();
  return Number(row?.bytes ?? 0);
}
