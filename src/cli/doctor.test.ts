/**
 * Doctor on data directories that are whole and on one that was damaged on purpose.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand, startProgram } from "./run-program.contract.ts";

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-doctor-"));
  dataDir = join(folder, "data");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LINE = (n: number) => `192.0.2.1 - - [20/Nov/2026:09:15:0${n} +0000] "GET /a.jpg HTTP/1.1" 200 ${n}00 "-" "-"\n`;
const doctor = (...options: string[]) => runCommand(["doctor", "--data-dir", dataDir, ...options]);

async function importLines(): Promise<void> {
  const log = join(folder, "access.log");
  writeFileSync(log, [1, 2, 3].map(LINE).join(""));
  expect(await runCommand(["import", log, "--source", "cdn", "--data-dir", dataDir])).toMatchObject({ status: 0 });
}

describe("doctor", () => {
  it("makes no store where only a catalogue is, and says that nothing is there yet", async () => {
    await runCommand(["org", "create", "--name", "One", "--data-dir", dataDir]);
    const nothing = { store: null, sources: null, miscounts: null, ok: null };
    expect(JSON.parse((await doctor("--json")).out)).toMatchObject(nothing);
    expect(await doctor()).toMatchObject({ status: 0, out: expect.stringContaining("nothing is there yet") });
    expect(readdirSync(dataDir).filter((name) => name.startsWith("usage"))).toEqual([]);
  });

  it("ends with 0 where everything is there, and with 1 and both numbers where a fact is missing", async () => {
    await importLines();
    expect(await doctor()).toMatchObject({ status: 0, error: "" });
    const instance = await DuckDBInstance.create(join(dataDir, "usage.duckdb"));
    const connection = await instance.connect();
    await connection.run("DELETE FROM usage_raw WHERE bytes_out = 200");
    connection.closeSync();
    instance.closeSync();
    const said = [
      "Source cdn of organization 1: 3 records were accepted, but 2 facts are stored.",
      "The books do not balance: please report this.",
      "",
    ].join("\n");
    expect(await doctor()).toMatchObject({ status: 1, error: said });
    const miscount = {
      organization: 1,
      source: "cdn",
      outcome: "accepted",
      counted: 3,
      found: 2,
      against: "facts",
      since: null,
    };
    const expected = { ok: false, sources: [{ source: "cdn", balances: false }], miscounts: [miscount] };
    const { out } = await doctor("--json");
    expect(JSON.parse(out)).toMatchObject(expected);
    const server = await startProgram(["serve", "--port", "0", "--data-dir", dataDir]);
    try {
      expect(await doctor()).toMatchObject({ status: 1, error: said });
    } finally {
      await server.stop();
    }
  });
});
