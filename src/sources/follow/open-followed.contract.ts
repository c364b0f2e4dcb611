/**
 * For tests only: one followed name in a folder that is gone afterwards, over the real intake, with what tests of it do.
 */
import { createReadStream } from "node:fs";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { SourceFormat } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";
import { importLog } from "../access-log/import-log.ts";
import { openTestIntake, TEST_NOW_MS, type TestIntake } from "../open-intake.contract.ts";
import { buildFollowedFile, type FollowedFile } from "./followed-file.ts";

/** A request of one byte in one line, which is proven whole by its last quote, also where it has no line end. */
export const line = (path: string) => `192.0.2.1 - - [20/Nov/2026:08:00:00 +0000] "GET ${path} HTTP/1.1" 200 1 "-" "x"`;

/** Lines of these paths, each with its end. */
export const lines = (...paths: string[]): string => paths.map((path) => `${line(path)}\n`).join("");

/** Writes a file as if that had been done so many ms after the clock of a test begins. */
export async function writeAt(ms: number, path: string, content: string | Buffer): Promise<void> {
  await writeFile(path, content);
  await utimes(path, (TEST_NOW_MS + ms) / 1_000, (TEST_NOW_MS + ms) / 1_000);
}

/** Opens it: the name, of the source `www`, in a folder of its own. */
async function openFollowed(name: string, format: SourceFormat) {
  const opened: TestIntake = await openTestIntake();
  const folder = await mkdtemp(join(tmpdir(), "assetmeter-followed-"));
  const log = join(folder, name);
  const { organization, catalog, clock, store } = opened;
  const source = await catalog.ensureSource({ organization, name: "www", format });
  let commits = 0;
  let beforeCommit = () => {};
  let beforeSourceRead = () => {};
  const submit: TestIntake["intake"]["submit"] = (submission) => {
    commits += 1;
    beforeCommit();
    beforeCommit = () => {};
    return opened.intake.submit(submission);
  };
  const readSource: typeof catalog.readSource = (...which) => {
    beforeSourceRead();
    beforeSourceRead = () => {};
    return catalog.readSource(...which);
  };
  const deps = { store, catalog: { readSource }, clock, lineBytesMax: 65_536 };
  /** A follower as it is after a start, whose commits may be done in another way, or fail. */
  const follow = (submits = submit): FollowedFile =>
    buildFollowedFile(log, source, { ...deps, intake: { submit: submits } });
  return {
    folder,
    log,
    follow,
    /** What does the passes, each so many units after the start, with a follower of its own where it restarts. */
    buildPassing(unitMs: number, restarts: boolean): (units: number) => Promise<number> {
      let file = follow();
      return (units) => {
        clock.set(TEST_NOW_MS + units * unitMs);
        if (restarts) file = follow();
        return file.pass();
      };
    },
    /** Commits without being counted, and without what was to be done before the next one. */
    submit: opened.intake.submit,
    /** Changes the settings of the source. */
    change: (settings: Partial<SourceSettings>) => catalog.updateSource(organization, "www", { settings }),
    readSums: opened.readSums,
    /** Has something done before the next commit. */
    beforeCommit: (does: () => void) => {
      beforeCommit = does;
    },
    /** Has something done before the settings are next read, which is when a piece of a file has been read. */
    beforeSourceRead: (does: () => void) => {
      beforeSourceRead = does;
    },
    setAfter: (ms: number) => clock.set(TEST_NOW_MS + ms),
    /** Commits since it was opened. */
    readCommits: () => commits,
    readCounts: () => opened.readCounts("www"),
    /** The place in the last checkpoint. */
    readPlace: async () => JSON.parse((await store.readCheckpoint(organization, "www", log)) ?? "null"),
    /** Leaves a place as if an older program had. */
    async writePlace(place: unknown): Promise<void> {
      const checkpoint = { stream: log, position: JSON.stringify(place), watermarkMs: null };
      await opened.intake.submit({ ...opened.events([]), source: "www", format: "combined", checkpoint });
    },
    /** What became of the lines of a file with these bytes that is imported. */
    async importBytes(bytes: string | Buffer) {
      const file = join(folder, "copy.txt");
      await writeFile(file, bytes);
      const { accepted, duplicates, rejected } = await importLog({
        ...{ organization, source: "www", format: "auto", space: null, defaultSpace: null, allowedSpaces: null },
        ...{ chunks: createReadStream(file), bytesTotal: null, name: file, lineBytesMax: 65_536 },
        ...{ catalog, intake: opened.intake, clock },
      });
      await rm(file);
      return { accepted, duplicates, rejected };
    },
    async close(): Promise<void> {
      await opened.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is open in the test that runs. Importers see each test's own, for a binding of a module is live. */
export let followed: Awaited<ReturnType<typeof openFollowed>>;
/** The followed name in the test that runs. */
export let log: string;

/** Opens the name for the test that runs. */
async function openName(name: string, format: SourceFormat): Promise<void> {
  followed = await openFollowed(name, format);
  log = followed.log;
}

/** Opens the name before each test of the file that calls this, and closes it afterwards. */
export function openForEachTest(name: string): void {
  beforeEach(() => openName(name, "combined"));
  afterEach(() => followed.close());
}

/** Closes what is open in the test that runs, which needs another name or format, and opens that. */
export async function openInstead(name: string, format: SourceFormat = "combined"): Promise<void> {
  await followed.close();
  await openName(name, format);
}
