/**
 * Which spaces are kept in columns: small ones at once, large ones in the background, never more than fits.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { randomIds } from "../../platform/ids.ts";
import type { Catalog } from "../catalog.ts";
import type { CatalogTables } from "../catalog-tables.ts";
import { openSqliteCatalog } from "../sqlite.ts";
import { openConnection } from "../sqlite-connection.ts";
import { NodeSqliteDialect } from "../sqlite-dialect.ts";
import { buildColumnEngine } from "../sqlite-long-list.ts";
import { buildColumnsOfSpaces, type ColumnReader } from "./columns-of-spaces.ts";

const SMALL = { organization: 1, space: 1 };
const LARGE = { organization: 1, space: 2 };
const LARGE_ASSETS = 10_500;
const ANY_BYTES = 2 ** 30;
const OLDEST_FIRST = { by: "createdAtMs", direction: "asc" } as const;

describe("buildColumnsOfSpaces", () => {
  let folder: string;
  let catalog: Catalog;
  let reader: Awaited<ReturnType<typeof openReader>>;
  let readersOpened: number;
  /** What happens between two steps of reading in the background. */
  let meanwhile: (step: number) => Promise<unknown>;

  const openReader = async (file: string) => {
    const connection = await openConnection(file, 0);
    const queries = new Kysely<CatalogTables>({ dialect: new NodeSqliteDialect(connection, 0) });
    return { connection, queries, engine: buildColumnEngine(connection) };
  };

  const build = (bytesMax: number) =>
    buildColumnsOfSpaces({
      engine: reader.engine,
      bytesMax,
      openReader: async (): Promise<ColumnReader> => {
        readersOpened += 1;
        const { connection, queries, engine } = await openReader(join(folder, "catalog.db"));
        let steps = 0;
        return {
          read: async (work) => {
            await meanwhile(steps++);
            return queries.transaction().execute((transaction) => work({ queries: transaction, engine }));
          },
          close: async () => connection.close(),
        };
      },
    });

  const add = (space: number, from: number, count: number) =>
    catalog.resolveAssetPaths(
      1,
      Array.from({ length: count }, (_, index) => ({ space, path: `/${from + index}.jpg` })),
      true,
    );

  /** How many assets the space's columns list; null for no columns. */
  const count = (spaces: ReturnType<typeof build>, space: typeof SMALL, assets: number): Promise<number | null> =>
    reader.queries.transaction().execute(async (queries) => {
      const columns = await spaces.find(queries, space, assets);
      return columns?.find({ trash: false }, OLDEST_FIRST, { page: 1, perPage: 1 }).total ?? null;
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "assetmeter-spaces-"));
    const file = join(folder, "catalog.db");
    catalog = await openSqliteCatalog({ file, clock: buildFixedClock(0), ids: randomIds });
    await catalog.createOrganization({ id: 1, name: "One" });
    for (const space of [SMALL, LARGE])
      await catalog.createSpace({ organization: 1, id: space.space, name: `S${space.space}` });
    await add(SMALL.space, 0, 10);
    await add(LARGE.space, 0, LARGE_ASSETS);
    reader = await openReader(file);
    readersOpened = 0;
    meanwhile = async () => {};
  });

  afterEach(async () => {
    reader.connection.close();
    await catalog.close();
    await rm(folder, { recursive: true });
  });

  test("a small space's columns are there at once, a large one's when they have been read", async () => {
    const spaces = build(ANY_BYTES);
    expect([await count(spaces, SMALL, 10), await count(spaces, LARGE, LARGE_ASSETS)]).toEqual([10, null]);
    // Behind what the list above has begun.
    await spaces.load(LARGE);
    expect(await count(spaces, LARGE, LARGE_ASSETS)).toBe(LARGE_ASSETS);
  });

  test("what changes while a space is read is taken in", async () => {
    const spaces = build(ANY_BYTES);
    const { assets } = await catalog.listAssets(1, LARGE.space, { trash: false }, OLDEST_FIRST, {
      page: 1,
      perPage: 5,
    });
    const ids = assets.map(({ id }) => id);
    const last = LARGE_ASSETS - 1;
    const [lastId = 0] = await catalog.resolveAssetPaths(1, [{ space: LARGE.space, path: `/${last}.jpg` }], false);
    // Assets that were read, one that was not read yet, and new ones.
    meanwhile = async (step) => {
      if (step === 2) await catalog.deleteAssets(1, LARGE.space, ids);
      if (step === 3) await catalog.deleteAssets(1, LARGE.space, [lastId ?? 0]);
      if (step === 4) await add(LARGE.space, LARGE_ASSETS, 100);
      if (step === 5) await catalog.restoreAssets(1, LARGE.space, ids.slice(0, 2));
    };
    await spaces.load(LARGE);
    expect(await count(spaces, LARGE, LARGE_ASSETS)).toBe(LARGE_ASSETS - 5 - 1 + 100 + 2);
  });

  test("a space that changed more than can be told is read anew when it rests", async () => {
    const spaces = build(ANY_BYTES);
    const follow = () => spaces.follow((work) => reader.queries.transaction().execute(work));
    await spaces.load(LARGE);
    await add(LARGE.space, LARGE_ASSETS, 2_049);
    expect(await count(spaces, LARGE, LARGE_ASSETS)).toBeNull();
    await follow();
    await add(LARGE.space, 20_000, 1);
    await follow();
    // It has changed each time.
    expect([await count(spaces, LARGE, LARGE_ASSETS), readersOpened]).toEqual([null, 1]);
    await follow();
    // Behind what was begun just now.
    await spaces.load(LARGE);
    expect([await count(spaces, LARGE, LARGE_ASSETS), readersOpened]).toEqual([LARGE_ASSETS + 2_050, 2]);
  });

  test("many changes in small steps are followed, without any list", async () => {
    const spaces = build(ANY_BYTES);
    await spaces.load(LARGE);
    for (const from of [1, 2, 3]) {
      await add(LARGE.space, from * 100_000, 2_000);
      await spaces.follow((work) => reader.queries.transaction().execute(work));
    }
    expect([await count(spaces, LARGE, LARGE_ASSETS), readersOpened]).toEqual([LARGE_ASSETS + 6_000, 1]);
  });

  test("reading that the changes outrun fails, and the next one succeeds", async () => {
    const spaces = build(ANY_BYTES);
    meanwhile = async (step) => {
      if (step === 2) await add(LARGE.space, LARGE_ASSETS, 2_049);
    };
    await expect(spaces.load(LARGE)).rejects.toThrow("faster than they can be read");
    meanwhile = async () => {};
    await spaces.load(LARGE);
    expect(await count(spaces, LARGE, LARGE_ASSETS)).toBe(LARGE_ASSETS + 2_049);
  });

  test("a space that does not fit is tried once", async () => {
    // Five columns of texts alone count more.
    const spaces = build(1_000_000);
    await spaces.load(LARGE);
    expect(await count(spaces, LARGE, LARGE_ASSETS)).toBeNull();
    expect(await count(spaces, LARGE, LARGE_ASSETS)).toBeNull();
    await spaces.readAhead();
    expect(readersOpened).toBe(2);
  });

  test("of more spaces than fit, the one not used for the longest time leaves", async () => {
    // The large space takes some 3 MB, the small one more than 1.
    const spaces = build(3_500_000);
    await spaces.load(LARGE);
    expect(await count(spaces, LARGE, LARGE_ASSETS)).toBe(LARGE_ASSETS);
    expect(await count(spaces, SMALL, 10)).toBe(10);
    expect(await count(spaces, LARGE, LARGE_ASSETS)).toBeNull();
  });

  test("a list that began before the columns were read is not served by them, and they are kept", async () => {
    const spaces = build(ANY_BYTES);
    const list = reader.queries.transaction().setAccessMode("read only");
    await list.execute(async (queries) => {
      // The first read is what the snapshot begins with.
      await queries.selectFrom("asset_versions").selectAll().execute();
      await add(LARGE.space, LARGE_ASSETS, 1);
      await spaces.load(LARGE);
      expect(await spaces.find(queries, LARGE, LARGE_ASSETS)).toBeNull();
    });
    expect([await count(spaces, LARGE, LARGE_ASSETS), readersOpened]).toEqual([LARGE_ASSETS + 1, 1]);
  });

  test("columns that are read anew while the old ones are followed are kept", async () => {
    const spaces = build(ANY_BYTES);
    await spaces.load(LARGE);
    await add(LARGE.space, LARGE_ASSETS, 2_049);
    await spaces.follow(async (work) => {
      if (readersOpened === 1) await spaces.load(LARGE);
      return reader.queries.transaction().execute(work);
    });
    expect([await count(spaces, LARGE, LARGE_ASSETS), readersOpened]).toEqual([LARGE_ASSETS + 2_049, 2]);
  });

  test("columns that outgrow all bytes are forgotten", async () => {
    // The large space takes some 3 MB.
    const spaces = build(3_500_000);
    await spaces.load(LARGE);
    for (const from of [1, 2, 3, 4, 5]) {
      await add(LARGE.space, from * 100_000, 2_000);
      expect([from, await count(spaces, LARGE, LARGE_ASSETS)]).toEqual([from, LARGE_ASSETS + from * 2_000]);
    }
    await spaces.follow((work) => reader.queries.transaction().execute(work));
    expect(await count(spaces, LARGE, LARGE_ASSETS)).toBeNull();
  });

  test("frequent parts of a large space are learned as far as there is memory, and leave before its columns do", async () => {
    // From 100,000 assets on.
    for (let from = 1; from < 10; from++) await add(LARGE.space, from * 10_000_000, 10_000);
    const assets = LARGE_ASSETS + 90_000;
    const follow = (spaces: ReturnType<typeof build>) =>
      spaces.follow((work) => reader.queries.transaction().execute(work));
    /** Bytes of the columns without parts, and of the parts; null for no columns. */
    const bytes = (spaces: ReturnType<typeof build>) =>
      reader.queries.transaction().execute(async (queries) => {
        const columns = await spaces.find(queries, LARGE, assets);
        return columns === null ? null : { own: columns.bytes - columns.partsBytes, parts: columns.partsBytes };
      });
    const ample = build(ANY_BYTES);
    await ample.load(LARGE);
    const all = await bytes(ample);
    // A set has a bit for each asset, and an empty memory has room for some. The names are numbers and `.jpg`: ten digits alone are frequent.
    const empty = 32_768;
    expect(all?.parts).toBeGreaterThan(empty + 10 * (assets / 8));
    const own = all?.own ?? 0;
    const tight = build(own + 120_000);
    await tight.load(LARGE);
    const some = await bytes(tight);
    expect([
      some?.own,
      some !== null && some.parts <= 120_000,
      some !== null && some.parts > empty + assets / 8,
    ]).toEqual([own, true, true]);
    // Conditions that are remembered take the rest: 17 kB each.
    for (const contains of ["1", "2", "3", "4"]) {
      await reader.queries.transaction().execute(async (queries) => {
        const columns = await tight.find(queries, LARGE, assets);
        columns?.find({ trash: false, altContains: contains }, OLDEST_FIRST, { page: 1, perPage: 1 });
      });
    }
    await follow(tight);
    expect((await bytes(tight))?.parts).toBe(empty);
    expect(await count(tight, LARGE, assets)).toBe(assets);
  });

  test("of the spaces read ahead, one that cannot be read does not keep the next ones from it", async () => {
    const spaces = build(ANY_BYTES);
    // As if they were large: the counts alone say so.
    reader.connection.exec("update asset_counts set assets = 60000 - space");
    meanwhile = async () => {
      // The first reader looks which spaces are large, the second one reads the largest: the small one.
      if (readersOpened === 2) throw new Error("busy");
    };
    await spaces.readAhead();
    expect([await count(spaces, LARGE, LARGE_ASSETS), readersOpened]).toEqual([LARGE_ASSETS, 3]);
  });

  test("without memory nothing is read", async () => {
    const spaces = build(0);
    await spaces.readAhead();
    expect([await count(spaces, SMALL, 10), await count(spaces, LARGE, LARGE_ASSETS)]).toEqual([null, null]);
  });
});
