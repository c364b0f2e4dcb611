/** Files of sources: found by name and pattern, read as they grow, and what the source is complete up to. */
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildLogger } from "../../platform/log.ts";
import { openTestIntake, TEST_NOW_MS, type TestIntake } from "../open-intake.contract.ts";
import { type Following, openFollowing } from "./follow-sources.ts";

let opened: TestIntake;
let folder: string;
let following: Following;
beforeEach(async () => {
  opened = await openTestIntake();
  folder = await mkdtemp(join(tmpdir(), "assetmeter-follow-"));
  const { catalog, store, intake, clock, organization } = opened;
  const listSources = () => catalog.listSources(organization);
  following = openFollowing({
    ...{ store, intake, clock, lineBytesMax: 65_536, logger: buildLogger("silent"), listSources },
  });
});
afterEach(async () => {
  await following.close();
  await opened.close();
  await rm(folder, { recursive: true, force: true });
});

const line = (path: string) => `192.0.2.1 - - [20/Nov/2026:08:00:00 +0000] "GET ${path} HTTP/1.1" 200 1 "-" "x"\n`;

async function makeSource(name: string, paths: readonly string[], paused = false): Promise<void> {
  const { catalog, organization } = opened;
  const settings = { paths: paths.map((path) => join(folder, path)), paused };
  await catalog.ensureSource({ organization, name, format: "combined", tracksWatermark: true, settings });
}

describe("following sources", () => {
  test("takes up files of names and patterns, old and new, and says up to when the source is complete", async () => {
    await writeFile(join(folder, "a.log"), line("/a.jpg"));
    await makeSource("names", ["a.log"]);
    await makeSource("patterns", ["site-*.log"]);
    await following.settle();
    await writeFile(join(folder, "site-1.log"), line("/b.jpg") + line("/c.jpg"));
    await appendFile(join(folder, "a.log"), line("/d.jpg"));
    await following.settle();
    expect(await opened.readCounts("names")).toMatchObject({ received: 2, watermarkMs: TEST_NOW_MS });
    expect(await opened.readCounts("patterns")).toMatchObject({ received: 2, watermarkMs: TEST_NOW_MS });
  });

  test("leaves a paused source alone and takes up where it was when the pause ends", async () => {
    await writeFile(join(folder, "a.log"), line("/a.jpg"));
    await makeSource("www", ["a.log"], true);
    await following.settle();
    expect(await opened.readCounts("www")).toBeUndefined();
    await opened.catalog.updateSource(opened.organization, "www", { settings: { paused: false } });
    await following.settle();
    expect(await opened.readCounts("www")).toMatchObject({ received: 1 });
  });

  test("goes on with the other files when one cannot be read", async () => {
    await makeSource("bad", ["folder"]);
    await makeSource("good", ["a.log"]);
    await writeFile(join(folder, "a.log"), line("/a.jpg"));
    await following.settle();
    expect(await opened.readCounts("good")).toMatchObject({ received: 1 });
  });
});
