/** When followed files are looked at: how often while a look takes long, and what a look that lists no files claims. */
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TEST_NOW_MS, type TestIntake } from "../open-intake.contract.ts";
import { line } from "./open-followed.contract.ts";
import { folder, following, makeSource, opened, openForEachTest, startFollowing } from "./open-following.contract.ts";

/** How often sources and files were listed. */
let listings: number;
/** Called before records are committed. */
let beforeCommit: () => Promise<void>;

openForEachTest(async () => {
  listings = 0;
  beforeCommit = async () => {};
  const submit: TestIntake["intake"]["submit"] = async (submission) => {
    if (Array.isArray(submission.records) && submission.records.length > 0) await beforeCommit();
    return opened.intake.submit(submission);
  };
  const listSources = () => {
    listings += 1;
    return opened.catalog.listSources(opened.organization);
  };
  await makeSource("www", ["*.log"]);
  startFollowing({ intake: { submit }, listSources });
});

/** Holds the next commit of records up: `reached` resolves when it has come, and it goes on when it is let. */
function holdCommit(): { readonly reached: Promise<void>; readonly letGo: () => void } {
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  beforeCommit = () => {
    reach();
    return held;
  };
  return { reached, letGo };
}

describe("following sources", () => {
  test("claims nothing of the time after the files of a pattern were last listed: there may be a new one", async () => {
    await writeFile(join(folder, "a.log"), `${line("/a.jpg")}\n`);
    await following.settle();
    const before = listings;
    const { reached, letGo } = holdCommit();
    // Sooner than files are listed again, so that the new one is not known.
    opened.clock.set(TEST_NOW_MS + 2_000);
    await writeFile(join(folder, "b.log"), `${line("/b.jpg")}\n`);
    await appendFile(join(folder, "a.log"), `${line("/c.jpg")}\n`);
    await reached;
    letGo();
    await following.close();
    expect(listings).toBe(before);
    expect(await opened.readCounts("www")).toMatchObject({ received: 2, watermarkMs: TEST_NOW_MS });
  });

  test("looks once more after a look that takes long, whoever asked for one meanwhile, and how often", async () => {
    await writeFile(join(folder, "a.log"), `${line("/a.jpg")}\n`);
    const { reached, letGo } = holdCommit();
    const first = following.settle();
    await reached;
    await writeFile(join(folder, "b.log"), `${line("/b.jpg")}\n`);
    const asked = Array.from({ length: 20 }, () => following.settle());
    const before = listings;
    letGo();
    expect(await first).toBe(1);
    // Each of them has an answer of the look that saw the file.
    expect(await Promise.all(asked)).toEqual(asked.map(() => 1));
    expect(listings).toBe(before + 1);
  });

  test("makes no look any more that was asked for before the end", async () => {
    await writeFile(join(folder, "a.log"), `${line("/a.jpg")}\n`);
    const { reached, letGo } = holdCommit();
    following.settle();
    await reached;
    await writeFile(join(folder, "b.log"), `${line("/b.jpg")}\n`);
    const asked = Array.from({ length: 20 }, () => following.settle());
    const before = listings;
    letGo();
    await following.close();
    expect(await Promise.all(asked)).toEqual(asked.map(() => 0));
    expect([listings, (await opened.readCounts("www"))?.received]).toEqual([before, 1]);
  });
});
