/**
 * A program for failed-commits.test.ts: fills a store until its files may not grow any more. `commits`: goes on while commits
 * fail, and compares every answer meanwhile with what was acknowledged. `checkpoint`: lets the move of the log into the file fail.
 * Prints what it found as JSON and dies without closing.
 */
import { pathToFileURL } from "node:url";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import { openDuckdbStore } from "./open.ts";

/** What the program prints. */
export type FailedCommits = {
  readonly acknowledged: number;
  readonly failed: number;
  readonly scans: number;
  /** Sums that were neither what had been acknowledged before the question nor what was after the answer. */
  readonly wrong: readonly string[];
};

/** What the program prints of a checkpoint that fails. */
export type FailedCheckpoint = {
  readonly acknowledged: number;
  /** Messages that the store was told of by the engine's log. */
  readonly errors: readonly string[];
  /** The code that a question and a ping end with afterwards; null when they are answered. */
  readonly scan: string | null;
  readonly ping: string | null;
};

/** Rows of a commit that does not fit, and of one that may. */
const [LARGE, SMALL] = [6_000, 3];
const ROUNDS = 100;

const OPTIONS = { memoryBytesMax: 512 * 1024 * 1024, threads: 2, dedupeHorizonMs: 35 * 86_400_000 };

async function failCheckpoint(file: string): Promise<FailedCheckpoint> {
  const errors: string[] = [];
  const store = await openDuckdbStore({
    ...{ file, ...OPTIONS, clock: { now: () => 0 }, logBytesMax: 500_000 },
    onCheckpointError: (error) => errors.push(String(error)),
  });
  let acknowledged = 0;
  while (errors.length === 0) {
    const rows = Array.from({ length: LARGE }, (_, n) => buildRow(`r${acknowledged + n}`));
    try {
      await store.append(buildBatch(rows));
      acknowledged += LARGE;
    } catch {
      break;
    }
    // The checkpoint, if one is due, has its turn before this.
    await store.compactStep().catch(() => undefined);
  }
  const codeOf = (asked: Promise<unknown>) =>
    asked.then(
      () => null,
      (error: { readonly code?: string }) => String(error.code),
    );
  // A connection that is open already, and one that is not.
  const ping = await codeOf(store.ping());
  return { acknowledged, errors, scan: await codeOf(store.scan(buildScan())), ping };
}

async function failCommits(file: string): Promise<FailedCommits> {
  const store = await openDuckdbStore({ file, ...OPTIONS, clock: { now: () => 0 }, rollUpFactsMin: 1 });
  let [made, acknowledged, underWay, failed, scans] = [0, 0, 0, 0, 0];
  const append = async (count: number): Promise<boolean> => {
    const rows = Array.from({ length: count }, () => buildRow(`r${made++}`, { space: 1 + (made % 7) }));
    underWay = count;
    try {
      await store.append(buildBatch(rows));
      acknowledged += count;
      return true;
    } catch {
      failed += 1;
      return false;
    } finally {
      underWay = 0;
    }
  };
  const wrong: string[] = [];
  let isOver = false;
  const ask = async (): Promise<void> => {
    while (!isOver) {
      const [least, pending, failedBefore] = [acknowledged, underWay, failed];
      const sum = Number((await store.scan(buildScan()))[0]?.sums[0] ?? 0);
      scans += 1;
      // What is under way may count before its answer comes.
      const most = [acknowledged, acknowledged + underWay, least + pending];
      const isRight = sum >= least && (sum <= acknowledged || most.includes(sum));
      if (!isRight && failedBefore > 0) wrong.push(`${sum}, acknowledged ${least} to ${acknowledged}`);
    }
  };
  while (await append(LARGE));
  const asking = [ask(), ask(), ask(), ask()];
  for (let round = 0; round < ROUNDS; round++) {
    await append(SMALL);
    await append(LARGE);
  }
  isOver = true;
  await Promise.all(asking);
  return { acknowledged, failed, scans, wrong };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [does, file = ""] = process.argv.slice(2);
  const found = does === "checkpoint" ? await failCheckpoint(file) : await failCommits(file);
  process.stdout.write(JSON.stringify(found), () => {
    process.kill(process.pid, "SIGKILL");
  });
}
