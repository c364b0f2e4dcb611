/** Files of sources: found by name and pattern, read as they grow, and what the source is complete up to. */
import { appendFile, chmod, mkdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { buildLogger, type Logger } from "../../platform/log.ts";
import { TEST_NOW_MS } from "../open-intake.contract.ts";
import { asNobody } from "./as-nobody.contract.ts";
import { lines } from "./open-followed.contract.ts";
import { folder, following, makeSource, opened, openForEachTest, startFollowing } from "./open-following.contract.ts";

/** Level and error code of what was logged. */
let said: [string, unknown][];

function buildSaying(): Logger {
  const say = (level: string) => (facts: { readonly err?: { readonly code?: unknown } }) => {
    said.push([level, facts.err?.code]);
  };
  return { ...buildLogger("silent"), warn: say("warn"), error: say("error") } as unknown as Logger;
}

openForEachTest(() => {
  said = [];
  startFollowing({ logger: buildSaying() });
});

const changePaths = (name: string, paths: readonly string[]) =>
  opened.catalog.updateSource(opened.organization, name, {
    settings: { paths: paths.map((path) => join(folder, path)) },
  });

describe("following sources", () => {
  test("takes up files of names and patterns, old and new, and says up to when the source is complete", async () => {
    await writeFile(join(folder, "a.log"), lines("/a.jpg"));
    await makeSource("names", ["a.log"]);
    await makeSource("patterns", ["site-*.log"]);
    await following.settle();
    await writeFile(join(folder, "site-1.log"), lines("/b.jpg") + lines("/c.jpg"));
    await appendFile(join(folder, "a.log"), lines("/d.jpg"));
    await following.settle();
    expect(await opened.readCounts("names")).toMatchObject({ received: 2, watermarkMs: TEST_NOW_MS });
    expect(await opened.readCounts("patterns")).toMatchObject({ received: 2, watermarkMs: TEST_NOW_MS });
  });

  test("follows a file once that is named by several spellings and a pattern, also when it is gone for a while", async () => {
    const log = join(folder, "a.log");
    await writeFile(log, lines("/a.jpg"));
    const paths = [relative(".", log), `./${relative(".", log)}`, `${folder}/./a.log`, join(folder, "*.log"), log];
    const { catalog, organization } = opened;
    await catalog.ensureSource({ organization, name: "www", format: "combined", settings: { paths } });
    await following.settle();
    await rm(log);
    await following.settle();
    await writeFile(log, lines("/b.jpg"));
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });

  test("asks the store at most twice for the place of each new file of a pattern", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `site-${index}.log`);
    for (const name of names) await writeFile(join(folder, name), lines(`/${name}.jpg`));
    await makeSource("patterns", ["site-*.log"]);
    let asked = 0;
    const readCheckpoint: typeof opened.store.readCheckpoint = (...place) => {
      asked += 1;
      return opened.store.readCheckpoint(...place);
    };
    await following.close();
    startFollowing({ logger: buildSaying(), store: { ...opened.store, readCheckpoint } });
    await following.settle();
    expect((await opened.readCounts("patterns"))?.received).toBe(30);
    expect(asked).toBeLessThanOrEqual(60);
  });

  test("goes on from an older checkpoint, which was kept under the file's name as it was spelled", async () => {
    const { catalog, organization, store, intake } = opened;
    const log = join(folder, "a.log");
    const stream = relative(".", log);
    await writeFile(log, lines("/a.jpg"));
    await makeSource("other", ["a.log"]);
    await following.settle();
    const position = (await store.readCheckpoint(organization, "other", log)) ?? "";
    const checkpoint = { stream, position, watermarkMs: null };
    await intake.submit({ ...opened.events([]), source: "www", format: "combined", checkpoint });
    await catalog.updateSource(organization, "www", { settings: { paths: [stream] } });
    await appendFile(log, lines("/b.jpg"));
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 1, accepted: 1 });
    expect(JSON.parse((await store.readCheckpoint(organization, "www", log)) ?? "")).toMatchObject({
      offset: lines("/a.jpg").length + lines("/b.jpg").length,
    });
  });

  test("leaves a paused source alone and takes up where it was when the pause ends", async () => {
    await writeFile(join(folder, "a.log"), lines("/a.jpg"));
    await makeSource("www", ["a.log"], true);
    await following.settle();
    expect(await opened.readCounts("www")).toBeUndefined();
    await opened.catalog.updateSource(opened.organization, "www", { settings: { paused: false } });
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 1 });
  });

  test("lets go of a file that no path names any more, and what was wrong with it holds nothing up", async () => {
    await makeSource("www", ["a.log", "b.log", "c*.log"]);
    // A folder is no log: the source is not complete while it is to be read.
    await mkdir(join(folder, "b.log"));
    for (const name of ["a", "c1"]) await writeFile(join(folder, `${name}.log`), lines(`/${name}.jpg`));
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 2, watermarkMs: null });
    await changePaths("www", ["a.log"]);
    await following.settle();
    for (const name of ["a", "c1"]) await appendFile(join(folder, `${name}.log`), lines(`/${name}-more.jpg`));
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 3, watermarkMs: TEST_NOW_MS });
    await changePaths("www", ["a.log", "c*.log"]);
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 4, accepted: 4, duplicates: 0 });
  });

  test("reads a file on that its pattern sees no more because it was renamed, and lets go of one that is gone", async () => {
    const [day, log] = [join(folder, "20"), join(folder, "20", "site.log")];
    await mkdir(day);
    // A pattern without any file would keep its source from being complete.
    await mkdir(join(folder, "21"));
    await writeFile(join(folder, "21", "site.log"), "");
    await writeFile(log, lines("/a.jpg"));
    await makeSource("www", ["*/site.log"]);
    await following.settle();
    await appendFile(log, lines("/b.jpg"));
    await rename(log, `${log}.1`);
    await following.settle();
    await appendFile(`${log}.1`, lines("/c.jpg"));
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 3, accepted: 3 });
    await rm(day, { recursive: true });
    for (let look = 0; look < 2; look++) await following.settle();
    // Whoever still followed the name would fail at a folder that has it now.
    await mkdir(log, { recursive: true });
    opened.clock.set(TEST_NOW_MS + 60_000);
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 3, watermarkMs: TEST_NOW_MS + 60_000 });
  });

  test("stops at a pause that comes between two looks for sources, says nothing of it, and loses nothing", async () => {
    const { catalog, organization, intake } = opened;
    await following.close();
    // As soon as the first file is committed, somebody pauses the source.
    const submit: typeof intake.submit = async (submission) => {
      const receipt = await intake.submit(submission);
      await catalog.updateSource(organization, "www", { settings: { paused: true } });
      return receipt;
    };
    const paused = startFollowing({ intake: { submit }, logger: buildSaying() });
    for (const name of ["a", "b"]) await writeFile(join(folder, `${name}.log`), lines(`/${name}.jpg`));
    await makeSource("www", ["a.log", "b.log"]);
    for (let look = 0; look < 2; look++) await paused.settle();
    await paused.close();
    expect(await opened.readCounts("www")).toMatchObject({ received: 1, watermarkMs: null });
    expect(said).toEqual([]);
    await catalog.updateSource(organization, "www", { settings: { paused: false } });
    startFollowing({ logger: buildSaying() });
    await following.settle();
    const whole = { received: 2, accepted: 2, duplicates: 0, watermarkMs: TEST_NOW_MS };
    expect(await opened.readCounts("www")).toMatchObject(whole);
  });

  test("stops at a file whose columns are others than its source lists, and goes on when the source lists them", async () => {
    const { catalog, organization } = opened;
    const fields = ["timestamp", "sc-status", "sc-bytes", "cs-method", "cs-uri-stem", "x-edge-request-id"];
    const settings = { paths: [join(folder, "a.log")], fields: [...fields, "c-country"] };
    await catalog.ensureSource({ organization, name: "cdn", format: "cloudfront-realtime", settings });
    const record = (id: number) => `1795162502.041\t200\t7\tGET\t/a.jpg\tid${id}\n`;
    const records = Array.from({ length: 12 }, (_, id) => record(id)).join("");
    await writeFile(join(folder, "a.log"), records);
    for (let look = 0; look < 3; look++) await following.settle();
    expect(await opened.readCounts("cdn")).toBeUndefined();
    expect(said).toEqual([["error", "sources/fields-changed"]]);
    await catalog.updateSource(organization, "cdn", { settings: { fields } });
    await following.settle();
    expect(await opened.readCounts("cdn")).toMatchObject({ received: 12, accepted: 12, rejected: {} });
    expect(said).toHaveLength(1);
  });

  test("is complete up to no time while a packed file is cut, and says once what is wrong when that has rested", async () => {
    const [log, whole] = [join(folder, "a.log.gz"), gzipSync(lines("/a.jpg") + lines("/b.jpg"))];
    await makeSource("www", ["*.gz"]);
    const settleAt = async (minutes: number) => {
      opened.clock.set(TEST_NOW_MS + minutes * 60_000);
      await following.settle();
    };
    const damaged = ["error", "sources/corrupt-archive"];
    // Without its last bytes, which hold a checksum: all lines are there, and nobody knows that.
    await writeFile(log, whole.subarray(0, -4));
    for (const minutes of [0, 0.5]) await settleAt(minutes);
    expect(said).toEqual([]);
    for (const minutes of [1, 2, 3]) await settleAt(minutes);
    expect(said).toEqual([damaged]);
    // It changes, and is said to be damaged once more.
    await writeFile(log, whole.subarray(0, -2));
    for (const minutes of [4, 5, 6]) await settleAt(minutes);
    expect(said).toEqual([damaged, damaged]);
    expect(await opened.readCounts("www")).toMatchObject({ received: 2, watermarkMs: null });
    await writeFile(log, whole);
    await settleAt(7);
    const counts = { received: 2, accepted: 2, duplicates: 0, watermarkMs: TEST_NOW_MS + 7 * 60_000 };
    expect(await opened.readCounts("www")).toMatchObject(counts);
    expect(said).toHaveLength(2);
  });

  test("says that a source is complete when both the renamed file and the new one have been read, in one look", async () => {
    const log = join(folder, "a.log");
    await writeFile(log, lines("/a.jpg"));
    await makeSource("www", ["a.log"]);
    await following.settle();
    // Written, renamed and written anew before anybody looks.
    await appendFile(log, lines("/b.jpg"));
    await rename(log, `${log}.1`);
    await writeFile(log, lines("/c.jpg") + lines("/d.jpg"));
    opened.clock.set(TEST_NOW_MS + 60_000);
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 4, watermarkMs: TEST_NOW_MS + 60_000 });
  });

  test("goes on with the other files when one cannot be read", async () => {
    await makeSource("bad", ["folder"]);
    await makeSource("good", ["a.log", "*old*"]);
    await mkdir(join(folder, "old"));
    await writeFile(join(folder, "older"), "");
    await writeFile(join(folder, "a.log"), lines("/a.jpg"));
    await mkdir(join(folder, "folder"));
    for (let look = 0; look < 3; look++) await following.settle();
    expect(await opened.readCounts("good")).toMatchObject({ received: 1, watermarkMs: TEST_NOW_MS });
    expect((await opened.readCounts("bad"))?.watermarkMs ?? null).toBeNull();
    // Looked at twice a second, it is said once.
    expect(said).toEqual([["warn", "sources/unreadable-file"]]);
    await rmdir(join(folder, "folder"));
    await writeFile(join(folder, "folder"), lines("/b.jpg"));
    await following.settle();
    expect(await opened.readCounts("bad")).toMatchObject({ received: 1 });
  });

  test("is complete up to no time while a folder of its patterns may not be read, and says once which that is", async () => {
    for (const name of ["open", "closed"]) await mkdir(join(folder, name));
    for (const name of ["open", "closed"]) await writeFile(join(folder, name, "a.log"), lines(`/${name}.jpg`));
    await makeSource("www", ["*/a.log"]);
    await chmod(folder, 0o755);
    await chmod(join(folder, "closed"), 0o000);
    for (let look = 0; look < 3; look++) await asNobody(() => following.settle());
    expect(await opened.readCounts("www")).toMatchObject({ received: 1, watermarkMs: null });
    expect(said).toEqual([["warn", "sources/unreadable-file"]]);
    await chmod(join(folder, "closed"), 0o755);
    await asNobody(() => following.settle());
    expect(await opened.readCounts("www")).toMatchObject({ received: 2, watermarkMs: TEST_NOW_MS });
  });

  test("lets go of a file of its patterns alone at whose name there is a folder by now", async () => {
    for (const name of ["a", "b"]) await writeFile(join(folder, `${name}.log`), lines(`/${name}.jpg`));
    await makeSource("www", ["*.log"]);
    await following.settle();
    await rm(join(folder, "a.log"));
    await mkdir(join(folder, "a.log"));
    opened.clock.set(TEST_NOW_MS + 60_000);
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 2, watermarkMs: TEST_NOW_MS + 60_000 });
    expect(said).toEqual([]);
  });
});
