/**
 * The catalogue's suite on SQLite, and what is SQLite's own: steps, locks, damage, crashes.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildFixedClock } from "../platform/clock.ts";
import { randomIds } from "../platform/ids.ts";
import { runAssetListContract, runCatalogContract } from "./catalog.contract.ts";
import type { Catalog } from "./catalog.ts";
import type { ListLimits } from "./catalog-database.ts";
import { type ContractDatabase, expectCode } from "./contract-tests.contract.ts";
import { LIST_LIMITS } from "./list-assets.ts";
import type { Migration } from "./migrations/migration.ts";
import { SQLITE_MIGRATIONS } from "./migrations/sqlite-migrations.ts";
import { openSqliteCatalog, type SqliteCatalogOptions } from "./sqlite.ts";

const CLOCK = buildFixedClock(0);
const OLDEST_FIRST = { by: "createdAtMs", direction: "asc" } as const;
const ALL_STEPS = SQLITE_MIGRATIONS.length;

/** A file that has all steps: copying it is ten times faster than taking them for each of the suite's tests. */
let emptyCatalog: Promise<string> | null = null;

async function makeEmptyCatalog(): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "assetmeter-empty-")), "catalog.db");
  await (await openSqliteCatalog({ file, clock: CLOCK, ids: randomIds })).close();
  return file;
}

async function openCopy(lists: ListLimits): Promise<ContractDatabase> {
  emptyCatalog ??= makeEmptyCatalog();
  const folder = await mkdtemp(join(tmpdir(), "assetmeter-catalog-"));
  const file = join(folder, "catalog.db");
  await copyFile(await emptyCatalog, file);
  return {
    connect: (clock, ids) => openSqliteCatalog({ file, clock, ids, lists }),
    drop: () => rm(folder, { recursive: true }),
  };
}

runCatalogContract({ name: "SQLite", open: () => openCopy(LIST_LIMITS), skip: [] });

// As in a space of a million assets, on the thread: with columns, and as long as there are none.
for (const [name, limits] of [
  ["SQLite, lists out of columns", { directAssetsMax: 0 }],
  ["SQLite, long lists by SQL", { directAssetsMax: 0, columnsBytesMax: 0 }],
] as const) {
  runAssetListContract({ name, open: () => openCopy({ ...LIST_LIMITS, ...limits }), skip: [] });
}

afterAll(async () => {
  if (emptyCatalog !== null) await rm(dirname(await emptyCatalog), { recursive: true });
});

describe("openSqliteCatalog", () => {
  let folder: string;
  let file: string;
  const opened: Catalog[] = [];

  const open = async (options: Partial<SqliteCatalogOptions> = {}): Promise<Catalog> => {
    const catalog = await openSqliteCatalog({ file, clock: CLOCK, ids: randomIds, ...options });
    opened.push(catalog);
    return catalog;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "assetmeter-catalog-"));
    file = join(folder, "catalog.db");
  });

  afterEach(async () => {
    for (const catalog of opened.splice(0)) await catalog.close();
    await rm(folder, { recursive: true });
  });

  test("the steps are numbered from 1 without gaps", () => {
    expect(SQLITE_MIGRATIONS.map((step) => step.number)).toEqual(SQLITE_MIGRATIONS.map((_, index) => index + 1));
  });

  test("a file of an older version is brought to this one's shape and keeps what it has", async () => {
    const older = await open({ migrations: SQLITE_MIGRATIONS.slice(0, 1) });
    await older.createOrganization({ id: 1, name: "One" });
    await expect(older.listBuckets(1)).rejects.toThrow("no such table: buckets");
    await older.close();
    const newer = await open();
    expect(await newer.listOrganizations()).toHaveLength(1);
    expect(await newer.resolveAssetPaths(1, [{ space: null, path: "/a" }], true)).toEqual([1_000_001]);
  });

  test("tags, tagged assets and folders of an older version are all there in this one", async () => {
    const older = await open({ migrations: SQLITE_MIGRATIONS.slice(0, 9) });
    await older.createOrganization({ id: 1, name: "One" });
    await older.createSpace({ organization: 1, id: 11, name: "Site" });
    await older.createAsset({ organization: 1, space: 11, id: 5, path: "/a" });
    await older.close();
    const raw = new DatabaseSync(file);
    raw.exec(
      "insert into folders (organization, id, space, name, parent) values (1, 3, 11, 'P', null), (1, 4, 11, 'Q', 3)",
    );
    raw.exec("insert into tags (organization, id, space, name) values (1, 7, 11, 'red')");
    raw.exec("insert into asset_tags (organization, tag, asset) values (1, 7, 5)");
    raw.close();
    const newer = await open();
    expect((await newer.readAsset(1, 5))?.tags).toEqual([{ id: 7, name: "red" }]);
    expect(await newer.readTag(1, 7)).toMatchObject({ name: "red", objectType: "asset" });
    const folders = await newer.listFolders(1, 11, {});
    expect(folders).toMatchObject([
      { id: 3, parentUuid: null },
      { id: 4, parentUuid: folders[0]?.uuid },
    ]);
    expect(folders[0]?.uuid).not.toBe(folders[1]?.uuid);
    expect(await newer.deleteTag(1, 7)).toBe(true);
  });

  test("repos of an older version and the buckets in them are all there in this one", async () => {
    const older = await open({ migrations: SQLITE_MIGRATIONS.slice(0, 12) });
    await older.createOrganization({ id: 1, name: "One" });
    await older.close();
    const raw = new DatabaseSync(file);
    raw.exec("insert into repos (organization, id, name, created_at_ms) values (1, 'r', 'R', 5), (1, 's', 'S', 6)");
    raw.exec(`insert into buckets (organization, id, name, repo, endpoint, created_at_ms)
      values (1, 'b', 'B', 's', '', 7), (1, 'c', 'C', null, '', 8)`);
    raw.close();
    const newer = await open();
    expect(await newer.listRepos(1)).toMatchObject([
      { id: "r", name: "R", space: null, createdAtMs: 5 },
      { id: "s", name: "S", space: null, createdAtMs: 6 },
    ]);
    const repos = async () => (await newer.listBuckets(1)).map((bucket) => [bucket.id, bucket.repo]);
    expect(await repos()).toEqual([
      ["b", "s"],
      ["c", null],
    ]);
    await expect(newer.updateBucket(1, "c", { repo: "gone" })).rejects.toThrow("no repo gone");
    expect(await newer.deleteRepo(1, "s")).toBe(true);
    expect((await newer.createRepo({ organization: 1, name: "S" })).name).toBe("S");
    const checked = new DatabaseSync(file);
    expect(checked.prepare("pragma foreign_key_check").all()).toEqual([]);
    expect(
      checked
        .prepare("pragma foreign_key_list(buckets)")
        .all()
        .map((key) => key.table),
    ).toContain("repos");
    checked.close();
  });

  test("an endpoint of an older version that may hold a secret is not shown", async () => {
    const catalog = await open();
    await catalog.createOrganization({ id: 1, name: "One" });
    await catalog.createBucket({ organization: 1, id: "b", name: "B", endpoint: "https://s3.example.com" });
    const raw = new DatabaseSync(file);
    raw.exec("update buckets set endpoint = 'AccountName=acme;AccountKey=hunter2'");
    raw.close();
    expect(await catalog.listBuckets(1)).toMatchObject([{ id: "b", endpoint: "" }]);
  });

  test("an organization of an older version has no CDN host of its own, and can get one", async () => {
    const older = await open({ migrations: SQLITE_MIGRATIONS.slice(0, 16) });
    await older.createOrganization({ id: 1, name: "One", monthlyTrafficBytesMax: 5 });
    await older.close();
    const newer = await open();
    expect(await newer.readOrganization(1)).toMatchObject({ monthlyTrafficBytesMax: 5, cdnHost: null });
    await newer.updateOrganization(1, { cdnHost: "cdn.example.com" });
    expect(await newer.listOrganizations()).toMatchObject([{ name: "One", cdnHost: "cdn.example.com" }]);
  });

  test("a file of a newer version is refused with both versions, and stays as it is", async () => {
    const next: Migration = {
      number: ALL_STEPS + 1,
      name: "next",
      statements: ["create table next (id integer) strict"],
    };
    const newer = await open({ migrations: [...SQLITE_MIGRATIONS, next] });
    await newer.createOrganization({ id: 1, name: "One" });
    await expectCode(open(), "catalog/unavailable");
    await expect(open()).rejects.toThrow(`at step ${ALL_STEPS + 1}, this version knows ${ALL_STEPS}`);
    expect(await newer.listOrganizations()).toHaveLength(1);
  });

  test("a step that fails leaves nothing of itself, and the file works as before", async () => {
    await (await open()).createOrganization({ id: 1, name: "One" });
    const statements = ["create table half (id integer) strict", "create table half (id integer) strict"];
    const broken: Migration = { number: ALL_STEPS + 1, name: "broken", statements };
    await expect(open({ migrations: [...SQLITE_MIGRATIONS, broken] })).rejects.toThrow("half");
    expect(await (await open()).listOrganizations()).toHaveLength(1);
    const raw = new DatabaseSync(file);
    expect(raw.prepare("select name from sqlite_schema where name = 'half'").all()).toEqual([]);
    raw.close();
  });

  test("a new file that several open at once is made once", async () => {
    const catalogs = await Promise.all([open(), open(), open()]);
    await catalogs[0]?.createOrganization({ id: 1, name: "One" });
    for (const catalog of catalogs) expect(await catalog.listOrganizations()).toHaveLength(1);
  });

  test("a file that is no database, or whose folder is missing, is unavailable and named", async () => {
    await writeFile(file, "This is a letter to a friend, and it is long enough to have a header. ".repeat(100));
    await expectCode(open(), "catalog/unavailable");
    await expect(open()).rejects.toThrow(file);
    await expectCode(open({ file: join(folder, "missing", "catalog.db") }), "catalog/unavailable");
  });

  test("while another process writes, reads are answered and writes are unavailable after the wait", async () => {
    const catalog = await open({ busyWaitMs: 20 });
    await catalog.createOrganization({ id: 1, name: "One" });
    const other = new DatabaseSync(file);
    other.exec("begin immediate");
    const writing = catalog.createOrganization({ id: 2, name: "Two" });
    // Not after the write: a read must not queue up behind it.
    expect(await catalog.listOrganizations()).toHaveLength(1);
    await expectCode(writing, "catalog/unavailable");
    other.exec("rollback");
    other.close();
    expect((await catalog.createOrganization({ id: 2, name: "Two" })).id).toBe(2);
  });

  test("a write waits for a short transaction of another process", async () => {
    const catalog = await open();
    const other = new DatabaseSync(file);
    other.exec("begin immediate");
    const writing = catalog.createOrganization({ id: 1, name: "One" });
    // Two reads later the write has met the lock at least once.
    await catalog.listOrganizations();
    await catalog.listOrganizations();
    other.exec("commit");
    other.close();
    expect((await writing).id).toBe(1);
  });

  test("a text that most of 1,500 assets have is found in all of them, by page and in total", async () => {
    const catalog = await open();
    await catalog.createOrganization({ id: 1, name: "One" });
    await catalog.createSpace({ organization: 1, id: 11, name: "Site" });
    const paths = Array.from({ length: 1_500 }, (_, index) => ({ space: 11, path: `/ÄRA_${index}.jpg` }));
    await catalog.resolveAssetPaths(1, paths, true);
    for (const [filenameContains, expected] of [
      ["JPG", 1_500],
      ["ära_", 1_500],
      ["ära_1", 611], // 1; 10 to 19; 100 to 199; 1,000 to 1,499
      ["araX", 0],
    ] as const) {
      const page = { page: 1, perPage: 1_000 };
      const listed = await catalog.listAssets(1, 11, { trash: false, filenameContains }, OLDEST_FIRST, page);
      expect([filenameContains, listed.total]).toEqual([filenameContains, expected]);
      expect(listed.assets).toHaveLength(Math.min(expected, 1_000));
    }
  });

  test("a writer that is killed leaves a sound file with everything it had been told is written", async () => {
    await (await open()).createOrganization({ id: 1, name: "One" });
    await opened[0]?.createSpace({ organization: 1, id: 11, name: "Site" });
    const writtenBatches = await writeUntilKilled(file, 5);
    const catalog = await open();
    const paths = Array.from({ length: writtenBatches * 100 }, (_, index) => ({ space: 11, path: `/p/${index}.jpg` }));
    expect(writtenBatches).toBeGreaterThanOrEqual(5);
    expect(await catalog.resolveAssetPaths(1, paths, false)).not.toContain(null);
    const { total } = await catalog.listAssets(1, 11, { trash: false }, OLDEST_FIRST, { page: 1, perPage: 1 });
    // Whole batches only; the last one may be written without having been answered.
    expect(total % 100).toBe(0);
    const raw = new DatabaseSync(file);
    expect(raw.prepare("select count(*) as n from assets").get()).toMatchObject({ n: total });
    expect(raw.prepare("pragma integrity_check").get()).toMatchObject({ integrity_check: "ok" });
    raw.exec("insert into asset_search (asset_search, rank) values ('integrity-check', 1)");
    raw.close();
  });
});

/** Starts a process that registers batches of 100 paths and kills it when `batches` are answered; how many were. */
async function writeUntilKilled(file: string, batches: number): Promise<number> {
  const module = new URL("./sqlite.ts", import.meta.url).href;
  const script = `
    import { openSqliteCatalog } from ${JSON.stringify(module)};
    const ids = { uuid: () => "", secret: () => "" };
    const catalog = await openSqliteCatalog({ file: ${JSON.stringify(file)}, clock: { now: () => 0 }, ids });
    for (let batch = 0; ; batch++) {
      const paths = Array.from({ length: 100 }, (_, i) => ({ space: 11, path: "/p/" + (batch * 100 + i) + ".jpg" }));
      await catalog.resolveAssetPaths(1, paths, true);
      process.stdout.write("written\\n");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let written = 0;
  for await (const _line of createInterface({ input: child.stdout })) {
    written++;
    if (written === batches) child.kill("SIGKILL");
  }
  await exited;
  return written;
}
