/**
 * Sending logs again: whatever is sent, in whatever order and form, and wherever the program is killed, the totals are those
 * of the log itself.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../src/cli/run-program.contract.ts";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-resend-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Lines from one number to another (exclusive): one request of one byte each. Of ten, the last three are equal in all. */
function lines(from: number, to: number): string {
  const line = (number: number) =>
    `192.0.2.1 - - [20/Nov/2025:08:00:00 +0000] "GET /${number}.jpg HTTP/1.1" 200 1 "-" "x"\n`;
  return Array.from({ length: to - from }, (_, index) => {
    const number = from + index;
    return line(number % 10 > 7 ? number - (number % 10) + 7 : number);
  }).join("");
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

  it("after kill -9 in the middle, in pieces, copied and packed, adds exactly what had not been committed", async () => {
    const order = ["first.log", "late.log.1", "copy.log", "copy.log.gz", "early.log.2"];
    const [logs, log, dataDir] = [join(folder, "logs"), join(folder, "access.log"), join(folder, "data")];
    const whole = lines(0, 60_000);
    writeFileSync(log, whole);
    await importAndKill(log, dataDir);
    const committed = await readRequests(dataDir);
    expect(committed).toBeGreaterThan(0);
    expect(committed).toBeLessThan(60_000);
    // The rotations overlap, and two of the cuts stand between lines that are equal.
    const sent: Readonly<Record<string, string | Buffer>> = {
      "copy.log": whole,
      "copy.log.gz": gzipSync(whole),
      "first.log": lines(0, 30_000),
      "early.log.2": lines(0, 40_009),
      "late.log.1": gzipSync(lines(20_008, 60_000)),
    };
    mkdirSync(logs);
    let accepted = 0;
    for (const name of order) {
      writeFileSync(join(logs, name), sent[name] as Buffer);
      accepted += (await send(dataDir, join(logs, name))).accepted ?? 0;
    }
    expect([committed + accepted, await readRequests(dataDir)]).toEqual([60_000, 60_000]);
    const again = ["early.log.2", "first.log"].map((name) => join(logs, name));
    expect(await send(dataDir, ...again)).toMatchObject({ accepted: 0, rejected: 0 });
    expect(await readRequests(dataDir)).toBe(60_000);
  }, 240_000);
});

/** Imports a log in a process of its own that is killed without a warning in its second commit, with all rows of it written. */
async function importAndKill(log: string, dataDir: string): Promise<void> {
  const child = spawn(process.execPath, [MAIN, "import", log, "--source", "www", "--data-dir", dataDir], {
    stdio: "ignore",
    env: { ...process.env, ASSETMETER_TEST_FAULT: "kill:counts:2" },
  });
  const [, signal] = await once(child, "close");
  expect(signal).toBe("SIGKILL");
}

/** The requests of the log's day. */
async function readRequests(dataDir: string): Promise<number> {
  const range = ["--start", "2025-11-20", "--end", "2025-11-21"];
  const answer = await runCommand(["query", "--metric", "requests", ...range, "--data-dir", dataDir, "--json"]);
  const { rows } = JSON.parse(answer.out) as {
    readonly rows: readonly { readonly values: { readonly requests: number } }[];
  };
  return rows[0]?.values.requests ?? 0;
}
