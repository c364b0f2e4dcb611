/**
 * What a filled store takes in once its compaction is done: the same million events at every size, through append, with
 * the server's own pace of compaction beside it. The store that was filled is left as it is.
 */
import { rmSync } from "node:fs";
import { startCompaction } from "../src/open-store.ts";
import { buildLogger } from "../src/platform/log.ts";
import { SETTINGS } from "../src/settings.ts";
import { type DuckdbStoreOptions, openDuckdbStore } from "../src/store/duckdb/open.ts";
import { copyStore } from "./copy-store.ts";
import { median, timeMs } from "./report.ts";
import { buildYearRow, YEAR_END_MS } from "./usage-year.ts";

/** As many as a server commits together. */
const BATCH_ROWS = SETTINGS.commitRowsMax.initial;
const EVENTS = 1_000_000;
/** No store has events of these numbers, so none is known. */
const FIRST_NUMBER = 1_000_000_000;
/** The events follow each other as if a year had 100 million of them, whatever the store has. */
const EVENT_MS = (365 * 86_400_000) / 100_000_000;
/** Idle is a process that used less than a tenth of a core for so long: all ids are in memory then. */
const QUIET_MS = 1_000;

/** How it went, in milliseconds. Processor time is that of all threads, the steps of compaction included. */
export type SettledIntake = {
  readonly perS: number;
  readonly commitMs: number;
  readonly processorMs: number;
  readonly steps: number;
};

/** Appends to a copy of a filled store and deletes the copy. */
export async function measureSettledIntake(options: DuckdbStoreOptions): Promise<SettledIntake> {
  const file = `${options.file}.copy`;
  copyStore(options.file, file);
  let nowMs = YEAR_END_MS;
  const store = await openDuckdbStore({ ...options, file, clock: { now: () => nowMs } });
  try {
    await untilQuiet();
    // What is left over from filling is not this intake's to tidy up.
    while (await store.compactStep());
    let steps = 0;
    const counted = {
      ...store,
      compactStep: async () => {
        const worked = await store.compactStep();
        steps += Number(worked);
        return worked;
      },
    };
    const stop = startCompaction(counted, buildLogger("error"));
    const begun = process.cpuUsage();
    const times: number[] = [];
    for (let from = 0; from < EVENTS; from += BATCH_ROWS) {
      const rows = Array.from({ length: BATCH_ROWS }, (_, index) => ({
        ...buildYearRow(FIRST_NUMBER + from + index, FIRST_NUMBER),
        timeMs: YEAR_END_MS + Math.floor((from + index) * EVENT_MS),
      }));
      nowMs = rows.at(-1)?.timeMs ?? nowMs;
      times.push(await timeMs(() => store.append({ rows, rejected: [], checkpoints: [], receivedMs: nowMs })));
    }
    const { user, system } = process.cpuUsage(begun);
    stop();
    return {
      perS: (EVENTS * 1000) / times.reduce((sum, ms) => sum + ms, 0),
      commitMs: median(times),
      processorMs: (user + system) / 1000,
      steps,
    };
  } finally {
    await store.close();
    rmSync(file, { force: true });
    rmSync(`${file}.wal`, { force: true });
  }
}

/** Resolves when the ids have been read into memory: there is nothing else that the process does then. */
async function untilQuiet(): Promise<void> {
  for (;;) {
    const before = process.cpuUsage();
    await new Promise((done) => setTimeout(done, QUIET_MS));
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 < QUIET_MS / 10) return;
  }
}
