/** `assetmeter source replay` as a user runs it: beside a server, without one, and killed at every step of its commit. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMMIT_POINTS } from "../store/usage-store.ts";
import { runCommand, runProgram, startProgram } from "./run-program.contract.ts";

/** Three requests for 100, 20 and 3 bytes; the rule below says whose they are. */
const LOG = [100, 20, 3]
  .map((bytes) => `192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET /${bytes}.jpg HTTP/1.1" 200 ${bytes} "-" "x"\n`)
  .join("");
const QUERY = ["query", "--metric", "requests,bytes_out", "--start", "2026-03-02", "--end", "2026-03-03"];
const ruleTo = (space: string) => JSON.stringify([{ match: {}, set: { space } }]);

let folder: string;
let dataDir: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-replay-"));
  dataDir = join(folder, "data");
  log = join(folder, "access.log");
  writeFileSync(log, LOG);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { status, out, error } = await runCommand([...args, "--data-dir", dataDir, "--json"]);
  expect([args, status, error]).toEqual([args, 0, ""]);
  return JSON.parse(out);
}

/** Takes the log in under a rule to a space that is not there, then puts the rule right. */
async function refuseAndMend(): Promise<void> {
  const rules = join(folder, "rules.json");
  writeFileSync(rules, ruleTo("9"));
  await run("import", log, "--source", "first");
  await run("source", "create", "www", "--format", "combined", "--rules", rules);
  expect(await run("import", log, "--source", "www")).toMatchObject({ rejected_by_reason: { "unknown-space": 3 } });
  writeFileSync(rules, ruleTo("1"));
  await run("source", "change", "www", "--rules", rules);
}

/** Requests and bytes of both sources together: LOG counts under `first` already. */
async function readTotals() {
  const { rows } = (await run(...QUERY)) as { rows: { values: { requests: number; bytes_out: number } }[] };
  return rows.map(({ values }) => [values.requests, values.bytes_out]);
}

describe("assetmeter source replay", () => {
  it("takes refused lines in without a server, says what became of them, and adds nothing when it runs again", async () => {
    await refuseAndMend();
    const { out } = await runCommand(["source", "replay", "www", "--data-dir", dataDir]);
    expect(out).toBe("received    3\naccepted    3\nduplicates  0\nrejected    0\n");
    expect(await readTotals()).toEqual([[6, 246]]);
    expect(await run("source", "replay", "www")).toMatchObject({ source: "www", received: 0, not_kept: 0 });
    expect(await run("import", log, "--source", "www")).toMatchObject({ accepted: 0, duplicates: 3 });
    expect(await readTotals()).toEqual([[6, 246]]);
  });

  it("asks the server that has the directory open, and says what cannot be taken in again", async () => {
    await refuseAndMend();
    await runCommand(["import", "-", "--source", "www", "--data-dir", dataDir], "nonsense\n");
    const server = await startProgram(["serve", "--data-dir", dataDir, "--port", "0"]);
    try {
      const { status, out } = await runCommand(["source", "replay", "www", "--data-dir", dataDir]);
      expect(status).toBe(0);
      expect(out).toBe(
        "received    3\naccepted    3\nduplicates  0\nrejected    0\n" +
          "1 refused records cannot be taken in again; send their files again:\n  malformed: 1\n",
      );
      const unknown = await runCommand(["source", "replay", "other", "--data-dir", dataDir]);
      expect(unknown).toEqual({ status: 1, out: "", error: "There is no source of this name.\n" });
    } finally {
      await server.stop();
    }
    expect(await readTotals()).toEqual([[6, 246]]);
  });

  it.each(COMMIT_POINTS)(
    "killed at the step %s of its commit has taken all lines in or none, and runs again",
    async (point) => {
      await refuseAndMend();
      const args = ["source", "replay", "www", "--data-dir", dataDir];
      const { status, out } = await runProgram(args, "", { ASSETMETER_TEST_FAULT: `kill:${point}:1` });
      expect([status, out]).toEqual([null, ""]);
      const isIn = point === "committed";
      expect(await readTotals()).toEqual([isIn ? [6, 246] : [3, 123]]);
      expect(await run("source", "replay", "www")).toMatchObject({
        accepted: isIn ? 0 : 3,
        duplicates: 0,
        rejected: 0,
      });
      expect(await readTotals()).toEqual([[6, 246]]);
      expect(await run("import", log, "--source", "www")).toMatchObject({ accepted: 0, duplicates: 3 });
    },
    30_000,
  );
});
