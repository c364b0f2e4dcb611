/**
 * Sending logs again: whatever is sent, in whatever order and form, and wherever the program is killed, the totals are those
 * of the log itself.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../src/cli/run-program.contract.ts";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-resend-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Lines from one number to another (exclusive): one request of one byte each; all are different. */
function lines(from: number, to: number): string {
  const line = (number: number) =>
    `192.0.2.1 - - [20/Nov/2025:08:00:00 +0000] "GET /${number}.jpg HTTP/1.1" 200 1 "-" "x"\n`;
  return Array.from({ length: to - from }, (_, index) => line(from + index)).join("");
}

async function send(dataDir: string, ...files: string[]): Promise<Record<string, number>> {
  const { status, out, error } = await runCommand([
    "import",
    ...files,
    "--source",
    "www",
    "--data-dir",
    dataDir,
    "--json",
  ]);
  expect([status, error]).toEqual([0, ""]);
  return JSON.parse(out) as Record<string, number>;
}

describe("sending a log again", () => {
  // 1,000 lines: the whole, packed, both halves, and two rotations that overlap.
  const pieces: Readonly<Record<string, Buffer>> = {
    "whole.log": Buffer.from(lines(0, 1_000)),
    "whole.log.gz": gzipSync(lines(0, 1_000)),
    "first.log": Buffer.from(lines(0, 500)),
    "second.log": Buffer.from(lines(500, 1_000)),
    "early.log.2": Buffer.from(lines(0, 700)),
    "late.log.1": gzipSync(lines(300, 1_000)),
  };
  const names = Object.keys(pieces);
  const orders = [names, [...names].reverse(), ["late.log.1", "second.log", "early.log.2", "whole.log"]];

  it.each(orders.map((order) => [order.join(", "), order] as const))(
    "in the order %s counts 1,000 requests",
    async (_, order) => {
      const logs = join(folder, "logs");
      mkdirSync(logs);
      for (const name of order) writeFileSync(join(logs, name), pieces[name] as Buffer);
      const dataDir = join(folder, "data");
      let accepted = 0;
      for (const name of order) accepted += (await send(dataDir, join(logs, name))).accepted ?? 0;
      expect(accepted).toBe(1_000);
      expect(await send(dataDir, logs)).toMatchObject({ accepted: 0, rejected: 0 });
    },
    60_000,
  );

  it("after kill -9 in the middle adds exactly what had not been committed", async () => {
    const [log, dataDir] = [join(folder, "access.log"), join(folder, "data")];
    writeFileSync(log, lines(0, 60_000));
    for (let kills = 0; kills < 2; kills++) {
      const child = spawn(process.execPath, [MAIN, "import", log, "--source", "www", "--data-dir", dataDir], {
        stdio: "ignore",
      });
      const ended = once(child, "close");
      const written = () => statSync(join(dataDir, "usage.duckdb.wal"), { throwIfNoEntry: false })?.size ?? 0;
      const before = written();
      while (written() <= before && child.exitCode === null) await setImmediate();
      child.kill("SIGKILL");
      await ended;
    }
    const { accepted = 0, duplicates = 0 } = await send(dataDir, log);
    expect(accepted + duplicates).toBe(60_000);
    const answer = await runCommand([
      ...[
        "query",
        "--metric",
        "requests",
        "--start",
        "2025-11-20",
        "--end",
        "2025-11-21",
        "--data-dir",
        dataDir,
        "--json",
      ],
    ]);
    expect(answer.out).toContain("60000");
  }, 120_000);
});
