/** The last line of packed files that has no line end: when it is taken, and that it counts once whatever the file does then. */
import { createReadStream } from "node:fs";
import { appendFile, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SourceFormat } from "../../model/source.ts";
import { importLog } from "../access-log/import-log.ts";
import { openTestIntake, TEST_NOW_MS, type TestIntake } from "../open-intake.contract.ts";
import { buildFollowedFile, type FollowedFile } from "./followed-file.ts";

/** Ms after which a packed file has rested. */
const REST_MS = 60_000;

let opened: TestIntake;
let folder: string;
let log: string;
/** Submissions so far: each is a commit. */
let commits: number;
beforeEach(async () => {
  opened = await openTestIntake();
  folder = await mkdtemp(join(tmpdir(), "assetmeter-rested-"));
  log = join(folder, "access.log.gz");
  commits = 0;
});
afterEach(async () => {
  await opened.close();
  await rm(folder, { recursive: true, force: true });
});

const intake: Pick<TestIntake["intake"], "submit"> = {
  submit: (submission) => {
    commits += 1;
    return opened.intake.submit(submission);
  },
};

/** A follower as it is after a start. */
async function follow(format: SourceFormat = "combined", submit = intake.submit): Promise<FollowedFile> {
  const { organization, catalog } = opened;
  const source = await catalog.ensureSource({ organization, name: "www", format });
  return buildFollowedFile(log, source, { ...opened, intake: { submit }, lineBytesMax: 65_536 });
}

/** A request of one byte. The line is proven whole by its last quote, also where it has no line end. */
const line = (path: string) => `192.0.2.1 - - [20/Nov/2026:08:00:00 +0000] "GET ${path} HTTP/1.1" 200 1 "-" "x"`;

const setAfter = (ms: number) => opened.clock.set(TEST_NOW_MS + ms);

const readCounts = () => opened.readCounts("www");

async function readPlace(): Promise<Record<string, unknown>> {
  return JSON.parse((await opened.store.readCheckpoint(opened.organization, "www", log)) ?? "null");
}

/** What became of the lines when they are imported from a plain file. */
async function importText(text: string): Promise<{ readonly accepted: number; readonly duplicates: number }> {
  const { organization, catalog, clock } = opened;
  const file = join(folder, "copy.txt");
  await writeFile(file, text);
  const { accepted, duplicates } = await importLog({
    ...{ organization, source: "www", format: "auto", space: null, allowedSpaces: null, lineBytesMax: 65_536 },
    ...{ chunks: createReadStream(file), bytesTotal: null, name: file, catalog, intake: opened.intake, clock },
  });
  return { accepted, duplicates };
}

/** A zstd frame with a writer's note before it, as parallel packers write it. */
const zstdWithNote = (text: string) =>
  Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]), zstdCompressSync(text)]);

describe("a followed packed file that rests", () => {
  test.each([
    ["gzip", (text: string) => gzipSync(text)],
    ["zstd", (text: string) => zstdCompressSync(text)],
    ["zstd with a note in front", zstdWithNote],
  ])("is counted to its end, %s, with the identity that an import gives its last line", async (_, pack) => {
    // The last line is the second of two equal ones.
    const text = `${line("/a.jpg")}\n${line("/b.jpg")}\n${line("/b.jpg")}`;
    await writeFile(log, pack(text));
    const file = await follow();
    expect(await file.pass()).toBe(2);
    setAfter(REST_MS - 1);
    expect(await file.pass()).toBe(0);
    setAfter(REST_MS);
    expect(await file.pass()).toBe(1);
    expect(await readCounts()).toMatchObject({ received: 3, accepted: 3, rejected: {} });
    expect(await importText(text)).toEqual({ accepted: 0, duplicates: 3 });
  });

  test("has rested from the last look at which it was another one, also over restarts", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    await (await follow()).pass();
    setAfter(REST_MS - 1);
    await appendFile(log, gzipSync(`\n${line("/c.jpg")}`));
    expect(await (await follow()).pass()).toBe(1);
    setAfter(2 * REST_MS - 2);
    expect(await (await follow()).pass()).toBe(0);
    setAfter(2 * REST_MS - 1);
    expect(await (await follow()).pass()).toBe(1);
    expect(await readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0, rejected: {} });
  });

  test("is counted to its end when the clock is set back meanwhile", async () => {
    await writeFile(log, gzipSync(line("/a.jpg")));
    const file = await follow();
    await file.pass();
    setAfter(-3_600_000);
    await file.pass();
    expect(await readCounts()).toMatchObject({ received: 1, accepted: 1 });
  });

  test("gives its last line once, and is not unpacked again, with or without a restart", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    const file = await follow();
    await file.pass();
    setAfter(REST_MS);
    await file.pass();
    // A line, that its file was read to its end, and the last line together with its place.
    expect(commits).toBe(3);
    for (const later of [2, 3]) {
      setAfter(later * REST_MS);
      expect([await file.pass(), await (await follow()).pass()]).toEqual([0, 0]);
    }
    expect(commits).toBe(3);
    // Written once more as it was: unpacked again, it gives nothing.
    await utimes(log, new Date(), new Date(TEST_NOW_MS));
    await (await follow()).pass();
    setAfter(9 * REST_MS);
    await (await follow()).pass();
    expect(await readCounts()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });

  test("that ends with a line end is done at once: nothing is written when it has rested", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n`));
    await (await follow()).pass();
    expect(commits).toBe(2);
    setAfter(REST_MS);
    expect(await (await follow()).pass()).toBe(0);
    expect(commits).toBe(2);
  });

  test("loses its last line to no failure of the commit, and counts it once when the process ends right behind it", async () => {
    await writeFile(log, gzipSync(line("/a.jpg")));
    await (await follow()).pass();
    setAfter(REST_MS);
    const failing = await follow("combined", () => Promise.reject(new Error("overloaded")));
    await expect(failing.pass()).rejects.toThrow("overloaded");
    const cut = await follow("combined", async (submission) => {
      await opened.intake.submit(submission);
      throw new Error("killed");
    });
    await expect(cut.pass()).rejects.toThrow("killed");
    await (await follow()).pass();
    expect(await readCounts()).toMatchObject({ received: 1, accepted: 1, duplicates: 0 });
  });

  test.each([false, true])(
    "and goes on behind a last line that counted keeps it at that, restart %s",
    async (restarts) => {
      let file = await follow();
      const passAt = async (minutes: number) => {
        setAfter(minutes * REST_MS);
        if (restarts) file = await follow();
        return file.pass();
      };
      await writeFile(log, gzipSync(line("/a.jpg")));
      await passAt(0);
      await passAt(1);
      // No more than its end came: nothing of it is a line.
      await appendFile(log, gzipSync(`\n${line("/b.jpg")}`));
      expect(await passAt(2)).toBe(0);
      expect(await passAt(3)).toBe(1);
      // A column more: with it the line would be another one, and count again. What came is a line of its own, and refused.
      await appendFile(log, gzipSync(' "more'));
      expect(await passAt(3)).toBe(0);
      await appendFile(log, gzipSync(`"\n${line("/c.jpg")}\n`));
      expect(await passAt(3)).toBe(2);
      expect(await readCounts()).toMatchObject({ received: 4, accepted: 3, duplicates: 0, rejected: { malformed: 1 } });
    },
  );

  test.each([false, true])(
    "and goes on in a last line that was refused gets it counted, restart %s",
    async (restarts) => {
      let file = await follow();
      const passAt = async (minutes: number) => {
        setAfter(minutes * REST_MS);
        if (restarts) file = await follow();
        return file.pass();
      };
      const text = `${line("/a.jpg")}\n${line("/b.jpg")}\n${line("/c.jpg")}\n`;
      // In the middle of the second line, and of the third.
      const [one, two] = [120, 200];
      await writeFile(log, gzipSync(text.slice(0, one)));
      expect(await passAt(0)).toBe(1);
      expect(await passAt(1)).toBe(1);
      expect(await passAt(9)).toBe(0);
      await appendFile(log, gzipSync(text.slice(one, two)));
      expect(await passAt(9)).toBe(1);
      await appendFile(log, gzipSync(text.slice(two)));
      expect(await passAt(9)).toBe(1);
      expect(await readCounts()).toMatchObject({ received: 4, accepted: 3, rejected: { unterminated: 1 } });
      expect(await importText(text)).toEqual({ accepted: 0, duplicates: 3 });
    },
  );

  test("has a last line refused once, however the file is written, named and followed by another one then", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg").slice(0, -9)}`));
    for (const minutes of [0, 1]) {
      setAfter(minutes * REST_MS);
      await (await follow()).pass();
    }
    await utimes(log, new Date(), new Date(TEST_NOW_MS));
    for (const minutes of [2, 3]) {
      setAfter(minutes * REST_MS);
      await (await follow()).pass();
    }
    expect(await readCounts()).toMatchObject({ received: 2, accepted: 1, rejected: { unterminated: 1 } });
    // Nothing waits: who thought so would unpack the file at every look.
    expect(await readPlace()).toMatchObject({ waitsSinceMs: null });
    await rename(log, `${log}.1`);
    await writeFile(log, gzipSync(`${line("/c.jpg")}\n`));
    await (await follow()).pass();
    expect(await readCounts()).toMatchObject({ received: 3, accepted: 2, rejected: { unterminated: 1 } });
  });

  test("and is renamed is not let go of before its last line is taken", async () => {
    const file = await follow();
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    await file.pass();
    await rename(log, `${log}.1`);
    expect([await file.pass(), file.isGone()]).toEqual([0, false]);
    setAfter(REST_MS);
    expect(await file.pass()).toBe(1);
    expect([await file.pass(), file.isGone()]).toEqual([0, true]);
  });

  test("says nothing of the files behind it, also of one of the same length that came and went while nobody looked", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    for (const minutes of [0, 1]) {
      setAfter(minutes * REST_MS);
      await (await follow()).pass();
    }
    await rename(log, `${log}.2`);
    await writeFile(`${log}.1`, gzipSync(`${line("/c.jpg")}\n${line("/d.jpg")}`));
    await writeFile(log, gzipSync(`${line("/e.jpg")}\n${line("/f.jpg")}`));
    for (const minutes of [2, 3]) {
      setAfter(minutes * REST_MS);
      await (await follow()).pass();
    }
    expect(await readCounts()).toMatchObject({ received: 6, accepted: 6, duplicates: 0, rejected: {} });
  });

  test("is counted to its end also when an older program has read it, which said nothing of a last line", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    await (await follow()).pass();
    const { waitsSinceMs, ...place } = await readPlace();
    expect(waitsSinceMs).toBe(TEST_NOW_MS);
    const checkpoint = { stream: log, position: JSON.stringify(place), watermarkMs: null };
    await opened.intake.submit({ ...opened.events([]), source: "www", format: "combined", checkpoint });
    expect(await (await follow()).pass()).toBe(0);
    setAfter(REST_MS);
    expect(await (await follow()).pass()).toBe(1);
    expect(await readCounts()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });

  test("has its last rows taken where a quote holds several of them together", async () => {
    log = join(folder, "usage.csv.gz");
    const header =
      '"time_micros","c_ip","c_ip_type","c_ip_region","cs_method","cs_uri","sc_status","cs_bytes","sc_bytes","time_taken_micros","cs_host","cs_referer","cs_user_agent","s_request_id","cs_operation","cs_bucket","cs_object"\n';
    const row = (object: string) =>
      `"1795162502000000","192.0.2.1","1","","GET","/b/${object}","200","0","1","9","h","","x","r-${object}","GET_Object","b","${object}"`;
    // The agent of the second row has a line break in it, and nothing comes behind that.
    await writeFile(log, gzipSync(`${header}${row("a")}\n"1795162503000000","192.0.2.1","broken\n`));
    const file = await follow("gcs-usage");
    expect(await file.pass()).toBe(1);
    setAfter(REST_MS);
    expect(await file.pass()).toBe(1);
    expect(await readCounts()).toMatchObject({ received: 2, accepted: 1, rejected: { malformed: 1 } });
  });
});
