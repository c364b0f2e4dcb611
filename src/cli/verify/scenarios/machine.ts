/**
 * The machine goes wrong: a full disk, a log that is torn or damaged, a clock that jumps; and backups while all runs.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Scenario } from "../scenario.ts";
import type { Trial } from "../trial.ts";

const HOUR_MS = 3_600_000;
const BALLAST = "ballast";

/** The log that the engine reads when it opens the store. */
const logOf = (trial: Trial) => join(trial.dataDir, "usage.duckdb.wal");

/** A disk that is full: a small file system of its own. */
export const FULL_DISK: Scenario = {
  name: "full disk (small file system)",
  what: "a tmpfs of 64 MB is filled up under load, then emptied; what was refused is sent again",
  rounds: { quick: 1, full: 5 },
  whyNot: () => (canMount() ? null : "mounting a file system needs root"),
  prepare(dataDir) {
    mkdirSync(dataDir, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", dataDir]);
    return () => execFileSync("umount", ["-l", dataDir]);
  },
  async round(trial) {
    const ballast = join(trial.dataDir, BALLAST);
    await trial.send(trial.make(100));
    fillUp(ballast);
    const statuses = new Set<number>();
    for (let batch = 0; batch < 60; batch++) statuses.add(await trial.send(trial.make(200)));
    rmSync(ballast);
    const wasRefused = statuses.has(503) || statuses.has(0);
    await trial.sendOpen();
    let note = wasRefused ? "refused while full, taken again after" : "never refused";
    if (trial.openBatches() > 0) {
      await trial.end();
      await trial.start();
      await trial.sendOpen();
      note = "refused while full, taken again after a restart";
    }
    return { ...(await trial.check()), note };
  },
};

function fillUp(file: string): void {
  for (const bytes of [1 << 20, 1 << 12]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(bytes));
    } catch {
      // Full: what was wanted. The smaller pieces fill the rest.
    }
  }
}

function canMount(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
}

/** So many batches are refused before the trial goes on: a few of their commits fail while somebody reads. */
const REFUSED_MAX = 10;

/** A disk that is full, where nothing can be mounted: files may not grow. */
export const FILES_CANNOT_GROW: Scenario = {
  name: "writes fail (files may not grow)",
  what: "the server's files are bound to 4 MB by the system, totals are asked meanwhile; then started without the bound",
  rounds: { quick: 1, full: 5 },
  whyNot: () => (process.platform === "win32" ? "no such bound on Windows" : null),
  startsServer: true,
  async round(trial, number) {
    await trial.end("SIGTERM");
    await trial.start({}, 8_192 * (number + 1));
    const statuses = new Set<number>();
    let wrongTotals = 0;
    for (let batch = 0, refused = 0; batch < 120 && refused < REFUSED_MAX && trial.server().isAlive(); batch++) {
      const before = trial.answered();
      const asked = [trial.askTotal(), trial.askTotal(), trial.askTotal()];
      const status = await trial.send(trial.make(500));
      statuses.add(status);
      if (status !== 200) refused += 1;
      // What fails must not be seen by those who ask meanwhile; what is taken may be, before its sender is told.
      const right = new Set([null, before, trial.answered()]);
      wrongTotals += (await Promise.all(asked)).filter((total) => !right.has(total)).length;
    }
    await trial.end();
    await trial.start();
    await trial.sendOpen();
    const { wrong, ...found } = await trial.check();
    const note = `answers while it lasted: ${[...statuses].sort().join(", ")}`;
    return { ...found, wrong: wrong + wrongTotals, note };
  },
};

/** The last entry of the log is torn, as a crash of the machine leaves it. */
export const TORN_LOG: Scenario = {
  name: "last log segment truncated",
  what: "the log is cut inside its last commit, as if the machine had died; that batch is sent again",
  rounds: { quick: 1, full: 10 },
  async round(trial) {
    await trial.send(trial.make(100));
    const before = statSync(logOf(trial)).size;
    const last = trial.make(50);
    await trial.send(last);
    await trial.end();
    const after = statSync(logOf(trial)).size;
    if (after <= before) return { lost: 0, doubled: 0, wrong: 0, note: "the log was written off in between" };
    truncateSync(logOf(trial), trial.random.whole(before, after - 1));
    await trial.start();
    const cut = new Set(last.map(({ id }) => id));
    // The batch is gone as a whole, or there as a whole where what was cut is a later step of the roll-ups.
    const without = await trial.check([...trial.sent.values()].filter(({ id }) => !cut.has(id)));
    const kept = without.doubled === last.length ? await trial.check() : without;
    await trial.send(last);
    const { lost, doubled, wrong } = await trial.check();
    return { lost: lost + kept.lost, doubled: doubled + kept.doubled, wrong: wrong + kept.wrong };
  },
};

/** A bit of the log is wrong. */
export const CORRUPT_LOG: Scenario = {
  name: "log segment corrupted",
  what: "one bit of the log is turned: the start says so, or nothing is lost",
  rounds: { quick: 1, full: 10 },
  async round(trial) {
    await trial.send(trial.make(100));
    await trial.end();
    const log = logOf(trial);
    if (!existsSync(log)) throw new Error("There is no log to corrupt.");
    const whole = readFileSync(log);
    const corrupt = Buffer.from(whole);
    const at = trial.random.whole(0, whole.length - 1);
    corrupt[at] = (corrupt[at] as number) ^ (1 << trial.random.whole(0, 7));
    writeFileSync(log, corrupt);
    let note = "opened, nothing lost";
    try {
      await trial.start();
    } catch (error) {
      if (!/cannot be opened/.test(String(error))) throw error;
      note = "the start was refused with a clear sentence";
      writeFileSync(log, whole);
      await trial.start();
    }
    return { ...(await trial.check()), note };
  },
};

/** The clock jumps. */
export const WRONG_CLOCK: Scenario = {
  name: "clock back an hour, on a year",
  what: "under each clock new events are sent and everything before is sent again",
  rounds: { quick: 2, full: 6 },
  async round(trial, number) {
    const offsetMs = number % 2 === 0 ? -HOUR_MS : 365 * 24 * HOUR_MS;
    const before = trial.make(100);
    await trial.send(before);
    await trial.end("SIGTERM");
    await trial.start({ ASSETMETER_TEST_CLOCK_OFFSET_MS: String(offsetMs) });
    const during = trial.make(100);
    await trial.send(during);
    await trial.send(before);
    await trial.end();
    await trial.start();
    await trial.send([...before, ...during]);
    if (trial.openBatches() > 0) throw new Error("Something was refused.");
    return trial.check();
  },
};

/** A backup under load, restored beside the living. */
export const BACK_UP: Scenario = {
  name: "backup under load, restore",
  what: "what was answered before the backup is in it; sent again to the restored server, all counts once",
  rounds: { quick: 1, full: 5 },
  async round(trial, number) {
    const answered = trial.make(200);
    await trial.send(answered);
    const copy = join(trial.dataDir, `../backup-${number}`);
    const backup = trial.run(["backup", copy]);
    await trial.flood(3, 50, backup);
    const { status, error } = await backup;
    if (status !== 0) throw new Error(`The backup failed: ${error}`);
    const living = await trial.check();
    await trial.end("SIGTERM");
    rmSync(trial.dataDir, { recursive: true });
    const restored = await trial.run(["restore", copy]);
    if (restored.status !== 0) throw new Error(`The restore failed: ${restored.error}`);
    await trial.start();
    const everything = [...trial.sent.values()];
    const missing = (await trial.check()).lost;
    for (let at = 0; at < everything.length; at += 500) await trial.send(everything.slice(at, at + 500));
    const { lost, doubled, wrong } = await trial.check();
    const note = `${missing} sent after its moment`;
    return { lost: lost + living.lost, doubled: doubled + living.doubled, wrong: wrong + living.wrong, note };
  },
};
