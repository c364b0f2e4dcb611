/** Files that `assetmeter follow` is told to follow, under sources that are there. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { followFiles } from "./follow-access.ts";
import { buildLogger } from "./platform/log.ts";
import { changeSource } from "./source-access.ts";
import { openTestIntake, TEST_NOW_MS, type TestIntake } from "./sources/open-intake.contract.ts";

let opened: TestIntake;
let folder: string;
beforeEach(async () => {
  opened = await openTestIntake();
  folder = await mkdtemp(join(tmpdir(), "assetmeter-follow-"));
  await writeFile(join(folder, "a.log"), "");
});
afterEach(async () => {
  await opened.close();
  await rm(folder, { recursive: true, force: true });
});

/** Follows the file under a source. */
function followAs(name: string) {
  const parts = { ...opened, logger: buildLogger("silent"), lineBytesMax: 65_536 };
  const paths = [join(folder, "a.log")];
  return followFiles(parts, { organization: opened.organization, source: name, format: "auto", paths });
}

/** Follows the file under a source, and ends that; what the source is then said to be complete up to. */
async function follow(name: string) {
  const { organization, catalog } = opened;
  await (await followAs(name)).close();
  const source = await catalog.readSource(organization, name);
  return [source?.tracksWatermark, source?.latenessBoundMs];
}

describe("followFiles", () => {
  test("a source that an import has made is complete only up to what was read once its files are followed", async () => {
    const { organization, catalog } = opened;
    const made = await catalog.ensureSource({ organization, name: "www", format: "combined" });
    expect([made.tracksWatermark, made.latenessBoundMs]).toEqual([false, 0]);
    expect(await follow("www")).toEqual([true, 120_000]);
  });

  test("a source of which that was said otherwise stays as it is", async () => {
    const { organization, catalog } = opened;
    await catalog.ensureSource({ organization, name: "www", format: "combined" });
    const settings = { tracks_watermark: false, lateness_bound_ms: 7_000 };
    await changeSource(catalog, { organization, name: "www", settings });
    expect(await follow("www")).toEqual([false, 7_000]);
  });

  test("a source whose files are followed no more is complete as before, unless it was said otherwise of it", async () => {
    const { organization, catalog } = opened;
    const settings = { paths: [join(folder, "a.log")] };
    const change = async (changed: Readonly<Record<string, unknown>>) =>
      (await changeSource(catalog, { organization, name: "www", settings: changed })).tracksWatermark;
    await catalog.ensureSource({ organization, name: "www", format: "combined" });
    expect(await change(settings)).toBe(true);
    expect(await change({ sample_rate: 0.5 })).toBe(true);
    expect(await change({ paths: [] })).toBe(false);
    expect(await change({ ...settings, tracks_watermark: true })).toBe(true);
    expect(await change({ paths: [] })).toBe(true);
  });

  test.each([
    ["some of its files", ["a.log", "b.log"], null],
    ["all of its files", ["a.log"], TEST_NOW_MS],
  ])("a source of which %s are followed, of %j, is complete up to %s", async (_, names, watermarkMs) => {
    const { organization, catalog } = opened;
    const settings = { paths: names.map((name) => join(folder, name)) };
    await catalog.ensureSource({ organization, name: "www", format: "combined", settings });
    const following = await followAs("www");
    await following.settle();
    await following.close();
    expect((await opened.readCounts("www"))?.watermarkMs ?? null).toBe(watermarkMs);
  });

  test("a source that is paused is not followed, as nothing is imported into it", async () => {
    const { organization, catalog } = opened;
    await catalog.ensureSource({ organization, name: "www", format: "combined", settings: { paused: true } });
    await expect(followAs("www")).rejects.toMatchObject({ code: "sources/paused" });
  });
});
