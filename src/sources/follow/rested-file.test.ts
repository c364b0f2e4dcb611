/** The last line of packed files that has no line end: when it is taken, and that it counts once whatever the file does then. */
import { appendFile, rename, utimes, writeFile } from "node:fs/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { TEST_NOW_MS } from "../open-intake.contract.ts";
import { followed, line, log, openForEachTest, openInstead } from "./open-followed.contract.ts";

/** Ms after which a packed file has rested. */
const REST_MS = 60_000;

openForEachTest("access.log.gz");

/** What became of the lines when they are imported from a plain file. */
async function importText(text: string): Promise<{ readonly accepted: number; readonly duplicates: number }> {
  const { accepted, duplicates } = await followed.importBytes(text);
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
    const file = followed.follow();
    expect(await file.pass()).toBe(2);
    followed.setAfter(REST_MS - 1);
    expect(await file.pass()).toBe(0);
    followed.setAfter(REST_MS);
    expect(await file.pass()).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, rejected: {} });
    expect(await importText(text)).toEqual({ accepted: 0, duplicates: 3 });
  });

  test("has rested from the last look at which it was another one, also over restarts", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    await followed.follow().pass();
    followed.setAfter(REST_MS - 1);
    await appendFile(log, gzipSync(`\n${line("/c.jpg")}`));
    expect(await followed.follow().pass()).toBe(1);
    followed.setAfter(2 * REST_MS - 2);
    expect(await followed.follow().pass()).toBe(0);
    followed.setAfter(2 * REST_MS - 1);
    expect(await followed.follow().pass()).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0, rejected: {} });
  });

  test("is counted to its end when the clock is set back meanwhile", async () => {
    await writeFile(log, gzipSync(`${line("/first.jpg")}\n${line("/a.jpg")}`));
    const file = followed.follow();
    await file.pass();
    followed.setAfter(-3_600_000);
    await file.pass();
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2 });
  });

  test("gives its last line once, and is not unpacked again, with or without a restart", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    const file = followed.follow();
    await file.pass();
    followed.setAfter(REST_MS);
    await file.pass();
    // A line, that its file was read to its end, and the last line together with its place.
    expect(followed.readCommits()).toBe(3);
    for (const later of [2, 3]) {
      followed.setAfter(later * REST_MS);
      expect([await file.pass(), await followed.follow().pass()]).toEqual([0, 0]);
    }
    expect(followed.readCommits()).toBe(3);
    // Written once more as it was: unpacked again, it gives nothing.
    await utimes(log, new Date(), new Date(TEST_NOW_MS));
    await followed.follow().pass();
    followed.setAfter(9 * REST_MS);
    await followed.follow().pass();
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });

  test("that ends with a line end is done at once: nothing is written when it has rested", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n`));
    await followed.follow().pass();
    expect(followed.readCommits()).toBe(2);
    followed.setAfter(REST_MS);
    expect(await followed.follow().pass()).toBe(0);
    expect(followed.readCommits()).toBe(2);
  });

  test("loses its last line to no failure of the commit, and counts it once when the process ends right behind it", async () => {
    await writeFile(log, gzipSync(`${line("/first.jpg")}\n${line("/a.jpg")}`));
    await followed.follow().pass();
    followed.setAfter(REST_MS);
    const failing = followed.follow(() => Promise.reject(new Error("overloaded")));
    await expect(failing.pass()).rejects.toThrow("overloaded");
    const cut = followed.follow(async (submission) => {
      await followed.submit(submission);
      throw new Error("killed");
    });
    await expect(cut.pass()).rejects.toThrow("killed");
    await followed.follow().pass();
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });

  test.each([false, true])(
    "and goes on behind a last line that counted keeps it at that, restart %s",
    async (restarts) => {
      const passAt = followed.buildPassing(REST_MS, restarts);
      await writeFile(log, gzipSync(`${line("/first.jpg")}\n${line("/a.jpg")}`));
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
      expect(await followed.readCounts()).toMatchObject({
        received: 5,
        accepted: 4,
        duplicates: 0,
        rejected: { malformed: 1 },
      });
    },
  );

  test.each([false, true])(
    "and goes on in a last line that was refused gets it counted, restart %s",
    async (restarts) => {
      const passAt = followed.buildPassing(REST_MS, restarts);
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
      expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 3, rejected: { unterminated: 1 } });
      expect(await importText(text)).toEqual({ accepted: 0, duplicates: 3 });
    },
  );

  test("has a last line refused once, however the file is written, named and followed by another one then", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg").slice(0, -9)}`));
    for (const minutes of [0, 1]) {
      followed.setAfter(minutes * REST_MS);
      await followed.follow().pass();
    }
    await utimes(log, new Date(), new Date(TEST_NOW_MS));
    for (const minutes of [2, 3]) {
      followed.setAfter(minutes * REST_MS);
      await followed.follow().pass();
    }
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 1, rejected: { unterminated: 1 } });
    // Nothing waits: who thought so would unpack the file at every look.
    expect(await followed.readPlace()).toMatchObject({ waitsSinceMs: null });
    await rename(log, `${log}.1`);
    await writeFile(log, gzipSync(`${line("/c.jpg")}\n`));
    await followed.follow().pass();
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 2, rejected: { unterminated: 1 } });
  });

  test("and is renamed is not let go of before its last line is taken", async () => {
    const file = followed.follow();
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    await file.pass();
    await rename(log, `${log}.1`);
    expect([await file.pass(), file.isGone()]).toEqual([0, false]);
    followed.setAfter(REST_MS);
    expect(await file.pass()).toBe(1);
    expect([await file.pass(), file.isGone()]).toEqual([0, true]);
  });

  test("says nothing of the files behind it, also of one of the same length that came and went while nobody looked", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    for (const minutes of [0, 1]) {
      followed.setAfter(minutes * REST_MS);
      await followed.follow().pass();
    }
    await rename(log, `${log}.2`);
    await writeFile(`${log}.1`, gzipSync(`${line("/c.jpg")}\n${line("/d.jpg")}`));
    await writeFile(log, gzipSync(`${line("/e.jpg")}\n${line("/f.jpg")}`));
    for (const minutes of [2, 3]) {
      followed.setAfter(minutes * REST_MS);
      await followed.follow().pass();
    }
    expect(await followed.readCounts()).toMatchObject({ received: 6, accepted: 6, duplicates: 0, rejected: {} });
  });

  test("is counted to its end also when an older program has read it, which said nothing of a last line", async () => {
    await writeFile(log, gzipSync(`${line("/a.jpg")}\n${line("/b.jpg")}`));
    await followed.follow().pass();
    const { waitsSinceMs, ...place } = await followed.readPlace();
    expect(waitsSinceMs).toBe(TEST_NOW_MS);
    await followed.writePlace(place);
    expect(await followed.follow().pass()).toBe(0);
    followed.setAfter(REST_MS);
    expect(await followed.follow().pass()).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });

  test("has its last rows taken where a quote holds several of them together", async () => {
    await openInstead("usage.csv.gz", "gcs-usage");
    const header =
      '"time_micros","c_ip","c_ip_type","c_ip_region","cs_method","cs_uri","sc_status","cs_bytes","sc_bytes","time_taken_micros","cs_host","cs_referer","cs_user_agent","s_request_id","cs_operation","cs_bucket","cs_object"\n';
    const row = (object: string) =>
      `"1795162502000000","192.0.2.1","1","","GET","/b/${object}","200","0","1","9","h","","x","r-${object}","GET_Object","b","${object}"`;
    // The agent of the second row has a line break in it, and nothing comes behind that.
    await writeFile(log, gzipSync(`${header}${row("a")}\n"1795162503000000","192.0.2.1","broken\n`));
    const file = followed.follow();
    expect(await file.pass()).toBe(1);
    followed.setAfter(REST_MS);
    expect(await file.pass()).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 1, rejected: { malformed: 1 } });
  });
});
