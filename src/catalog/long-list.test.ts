/**
 * Long lists on SQLite: few of many, and changes that another program makes in the file itself.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AssetFilter, AssetSort } from "../model/asset.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { randomIds } from "../platform/ids.ts";
import type { Catalog } from "./catalog.ts";
import { expectCode } from "./contract-tests.contract.ts";
import { LIST_LIMITS } from "./list-assets.ts";
import { SQLITE_MIGRATIONS } from "./migrations/sqlite-migrations.ts";
import { openSqliteCatalog } from "./sqlite.ts";

const NEWEST_FIRST: AssetSort = { by: "createdAtMs", direction: "desc" };

describe("a long list", () => {
  let folder: string;
  let file: string;
  let catalog: Catalog;

  const ids = async (filter: AssetFilter, sort = NEWEST_FIRST): Promise<readonly number[]> => {
    const { assets, total } = await catalog.listAssets(1, 11, filter, sort, { page: 1, perPage: 100 });
    expect(assets).toHaveLength(Math.min(total, 100));
    return assets.map((asset) => asset.id);
  };

  /** Assets 1 to `count` of space 11; the first ones are the newest, and their names are in no order. */
  const addAssets = async (count: number): Promise<void> => {
    for (let id = 1; id <= count; id++) {
      const name = `${(id * 7) % 10}-${id % 50 === 0 ? "rare" : "usual"}`;
      const asset = { path: `/${id}`, shortFilename: name, createdAtMs: 1_000 - id, updatedAtMs: id % 10 };
      await catalog.createAsset({ organization: 1, space: 11, id, ...asset });
    }
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "assetmeter-lists-"));
    file = join(folder, "catalog.db");
    const lists = { ...LIST_LIMITS, directAssetsMax: 0 };
    catalog = await openSqliteCatalog({ file, clock: buildFixedClock(0), ids: randomIds, lists });
    await catalog.createOrganization({ id: 1, name: "One" });
    await catalog.createSpace({ organization: 1, id: 11, name: "Site" });
    await catalog.createTag({ organization: 1, space: 11, id: 1, name: "red" });
  });

  afterEach(async () => {
    await catalog.close();
    await rm(folder, { recursive: true });
  });

  test("few of many are found in every order, before and after the order of all was asked for", async () => {
    await addAssets(200);
    // Names 0-rare of all four; times of change 0 of all four: ties by id.
    const rare = { trash: false, filenameContains: "rare" };
    const orders: readonly (readonly [AssetSort["by"], readonly number[]])[] = [
      ["createdAtMs", [200, 150, 100, 50]],
      ["updatedAtMs", [50, 100, 150, 200]],
      ["shortFilename", [50, 100, 150, 200]],
    ];
    for (const [by, expected] of orders) expect(await ids(rare, { by, direction: "asc" })).toEqual(expected);
    for (const [by, expected] of orders) {
      await ids({ trash: false, filenameContains: "usual" }, { by, direction: "asc" });
      expect(await ids({ ...rare, createdFromMs: 0 }, { by, direction: "desc" })).toEqual([...expected].reverse());
    }
  });

  test("tags, deletions and names that another program writes into the file are seen", async () => {
    await addAssets(3);
    const red = () => ids({ trash: false, tagNames: ["red"] });
    const usual = () => ids({ trash: false, filenameContains: "usual" });
    expect([await red(), await usual()]).toEqual([[], [1, 2, 3]]);
    const other = new DatabaseSync(file);
    other.exec("insert into asset_tags (organization, tag, asset) values (1, 1, 2)");
    expect([await red(), await usual()]).toEqual([[2], [1, 2, 3]]);
    other.exec("update assets set short_filename = 'other' where id = 1");
    expect([await red(), await usual()]).toEqual([[2], [2, 3]]);
    other.exec("delete from assets where id = 3");
    expect([await red(), await usual()]).toEqual([[2], [2]]);
    other.close();
  });

  test("the lists of a space that was there before versions were counted change like any other's", async () => {
    const old = join(folder, "old.db");
    const options = { file: old, clock: buildFixedClock(0), ids: randomIds };
    const before = await openSqliteCatalog({ ...options, migrations: SQLITE_MIGRATIONS.slice(0, 13) });
    await before.createOrganization({ id: 1, name: "One" });
    await before.createSpace({ organization: 1, id: 11, name: "Site" });
    await before.close();
    await catalog.close();
    catalog = await openSqliteCatalog({ ...options, lists: { ...LIST_LIMITS, directAssetsMax: 0 } });
    for (const count of [1, 2]) {
      await catalog.createAsset({ organization: 1, space: 11, path: `/usual-${count}` });
      expect(await ids({ trash: false, filenameContains: "usual" })).toHaveLength(count);
    }
  });

  test("after close it is unavailable, also to a list that is being read meanwhile", async () => {
    await addAssets(5);
    const usual = () => ids({ trash: false, filenameContains: "usual" });
    await usual();
    const other = usual();
    other.catch(() => {});
    await catalog.close();
    // Two calls of the database, of which the second one comes too late.
    await expectCode(other, "catalog/unavailable");
    await expectCode(usual(), "catalog/unavailable");
  });
});
