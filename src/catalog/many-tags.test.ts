/**
 * Assets of a SQLite catalogue with more tags than one statement has parameters for.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildFixedClock } from "../platform/clock.ts";
import { randomIds } from "../platform/ids.ts";
import type { Catalog } from "./catalog.ts";
import { expectCode } from "./contract-tests.contract.ts";
import { openSqliteCatalog } from "./sqlite.ts";

const PLACE = { organization: 1, space: 11 };

/** SQLite takes 32,766 parameters of one statement. */
const TAGS = 32_767;
const ALL_TAGS = Array.from({ length: TAGS }, (_, index) => index + 1);
/** A row that says which asset has which tag has three parameters. */
const MANY_TAGS = ALL_TAGS.slice(0, 10_923);

describe("an asset", () => {
  let folder: string;
  let catalog: Catalog;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "assetmeter-catalog-"));
    const file = join(folder, "catalog.db");
    catalog = await openSqliteCatalog({ file, clock: buildFixedClock(0), ids: randomIds });
    await catalog.createOrganization({ id: 1, name: "One" });
    await catalog.createSpace({ organization: 1, id: 11, name: "Site" });
    const raw = new DatabaseSync(file);
    raw.exec(`
      with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${TAGS})
      insert into tags (organization, id, space, name) select 1, n, 11, 'tag ' || n from numbers`);
    raw.close();
  });

  afterAll(async () => {
    await catalog.close();
    await rm(folder, { recursive: true });
  });

  const countTags = async (id: number) => (await catalog.readAsset(1, id))?.tags.length;

  test("is made with any number of tags", async () => {
    await catalog.createAsset({ ...PLACE, id: 5, path: "/5", tagIds: MANY_TAGS });
    expect(await countTags(5)).toBe(10_923);
  });

  test("is given any number of tags, alone and with others", async () => {
    await catalog.createAsset({ ...PLACE, id: 6, path: "/6" });
    await catalog.updateAsset(1, 6, { tagIds: MANY_TAGS });
    expect(await countTags(6)).toBe(10_923);
    await catalog.setAssetTags(1, 11, new Map([[6, [...MANY_TAGS, 10_924]]]));
    expect(await countTags(6)).toBe(10_924);
  });

  test("gets those of any number of tags that are still there when its file comes", async () => {
    const path = "/f/11/x/a";
    const upload = await catalog.createUpload({ ...PLACE, path, replaces: null, fields: { tagIds: ALL_TAGS } });
    await catalog.deleteTag(1, 32_767);
    const { asset } = await catalog.completeUpload(upload.id, { key: "k", bytes: 1, sha256: "s" });
    expect(asset.tags).toHaveLength(32_766);
  });

  test("is not made where one of many tags is not there, and that tag is named", async () => {
    const refused = catalog.createAsset({ ...PLACE, path: "/a", tagIds: [...MANY_TAGS, 99_999, 1] });
    await expect(refused).rejects.toThrow("There is no tag 99999.");
    await expectCode(refused, "catalog/not-found");
  });
});
