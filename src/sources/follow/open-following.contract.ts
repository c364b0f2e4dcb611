/**
 * For tests only: a folder of followed files, and what follows those of all sources, over the real intake. Gone afterwards.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { buildLogger } from "../../platform/log.ts";
import { openTestIntake, type TestIntake } from "../open-intake.contract.ts";
import { type Following, openFollowing } from "./follow-sources.ts";

// What is open in the test that runs. Importers see each test's own, for a binding of a module is live.
export let opened: TestIntake;
export let folder: string;
export let following: Following;

/** Starts following, with these in place of what the tests' intake and catalogue give. */
export function startFollowing(instead: Partial<Parameters<typeof openFollowing>[0]> = {}): Following {
  const { catalog, organization } = opened;
  const listSources = () => catalog.listSources(organization);
  const logger = buildLogger("silent");
  following = openFollowing({ ...opened, lineBytesMax: 65_536, logger, listSources, ...instead });
  return following;
}

/** Makes a source of files of the folder, names or patterns, that says what it is complete up to. */
export async function makeSource(name: string, paths: readonly string[], paused = false): Promise<void> {
  const { catalog, organization } = opened;
  const settings = { paths: paths.map((path) => join(folder, path)), paused };
  await catalog.ensureSource({ organization, name, format: "combined", tracksWatermark: true, settings });
}

/** Opens the folder before each test of the file that calls this, starts as that says, and closes all of it afterwards. */
export function openForEachTest(start: () => void | Promise<void>): void {
  beforeEach(async () => {
    opened = await openTestIntake();
    folder = await mkdtemp(join(tmpdir(), "assetmeter-following-"));
    await start();
  });
  afterEach(async () => {
    await following.close();
    await opened.close();
    await rm(folder, { recursive: true, force: true });
  });
}
