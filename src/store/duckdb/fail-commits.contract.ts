/**
 * A program for failed-commits.test.ts: fills a store until its files may not grow any more, goes on while commits fail, and
 * compares every answer meanwhile with what was acknowledged. Prints what it found as JSON and dies without closing.
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

/** Rows of a commit that does not fit, and of one that may. */
const [LARGE, SMALL] = [6_000, 3];
const ROUNDS = 100;

async function failCommits(file: string): Promise<FailedCommits> {
  const options = { memoryBytesMax: 512 * 1024 * 1024, threads: 2, dedupeHorizonMs: 35 * 86_400_000 };
  const store = await openDuckdbStore({ file, ...options, clock: { now: () => 0 }, rollUpFactsMin: 1 });
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
  process.stdout.write(JSON.stringify(await failCommits(process.argv[2] ?? "")), () => {
    process.kill(process.pid, "SIGKILL");
  });
}
