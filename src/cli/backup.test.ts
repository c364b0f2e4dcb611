/**
 * Backup, restore and rebuild as commands, with and without a server that holds the data directory.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand, startProgram } from "./run-program.contract.ts";

let folder: string;
let dataDir: string;
let copy: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-backup-"));
  dataDir = join(folder, "data");
  copy = join(folder, "copy");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LINE = (n: number) => `192.0.2.1 - - [20/Nov/2026:09:15:0${n} +0000] "GET /a.jpg HTTP/1.1" 200 ${n}00 "-" "-"\n`;

async function importLines(dir: string, ...numbers: number[]): Promise<void> {
  const log = join(folder, "access.log");
  writeFileSync(log, numbers.map(LINE).join(""));
  const [first, last] = [numbers.at(0), numbers.at(-1)];
  const said = [
    `${log}: combined, source combined`,
    `bytes ${81 * numbers.length}, late 0`,
    `from 2026-11-20T09:15:0${first}.000Z to 2026-11-20T09:15:0${last}.000Z\n`,
  ].join("\n");
  expect(await runCommand(["import", log, "--data-dir", dir])).toMatchObject({ status: 0, error: said });
}

async function readBytes(dir: string): Promise<number> {
  // Deliveries only: what the server itself answers is usage too.
  const asked = [
    "query",
    "--metric",
    "bytes_out",
    "--kind",
    "delivery",
    "--start",
    "2026-11-20",
    "--end",
    "2026-11-21",
    "--json",
  ];
  const { out, status } = await runCommand([...asked, "--data-dir", dir]);
  expect(status).toBe(0);
  return JSON.parse(out).rows[0].values.bytes_out;
}

describe("backup and restore", () => {
  it("bring back every number, and what was counted is still known: the log sent again adds nothing", async () => {
    await importLines(dataDir, 1, 2);
    expect(await runCommand(["backup", copy, "--data-dir", dataDir])).toMatchObject({ status: 0, error: "" });
    const restored = join(folder, "restored");
    expect(await runCommand(["restore", copy, "--data-dir", restored])).toMatchObject({ status: 0, error: "" });
    expect(await readBytes(restored)).toBe(300);
    await importLines(restored, 1, 2, 3);
    expect(await readBytes(restored)).toBe(600);
    expect(await readBytes(dataDir)).toBe(300);
  });

  it("work through the server that holds the directory, while it runs", async () => {
    await importLines(dataDir, 1);
    const server = await startProgram(["serve", "--port", "0", "--data-dir", dataDir]);
    try {
      expect(await runCommand(["backup", copy, "--data-dir", dataDir])).toMatchObject({ status: 0, error: "" });
      await importLines(dataDir, 1, 2);
      // The server drops minutes after two days.
      const { status, out } = await runCommand(["rebuild", "--data-dir", dataDir]);
      expect(status).toBe(0);
      const [said, empty, head, ...tables] = out.trimEnd().split("\n");
      expect([said, empty]).toEqual(["Every roll-up is equal to its raw rows, as far as both are kept.", ""]);
      expect(head).toMatch(/^roll-up +was compared from$/);
      expect(tables).toEqual([expect.stringMatching(/^usage_bucket_per_minute {2}\d{4}-\d\d-\d\dT00:00:00.000Z$/)]);
    } finally {
      await server.stop();
    }
    const restored = join(folder, "restored");
    await runCommand(["restore", copy, "--data-dir", restored]);
    expect([await readBytes(restored), await readBytes(dataDir)]).toEqual([100, 300]);
  });

  it("overwrite nothing, neither a backup nor a data directory", async () => {
    await importLines(dataDir, 1);
    await runCommand(["backup", copy, "--data-dir", dataDir]);
    expect(await runCommand(["backup", copy, "--data-dir", dataDir])).toMatchObject({ status: 1 });
    expect(await runCommand(["restore", copy, "--data-dir", dataDir])).toMatchObject({ status: 1 });
    expect(await readBytes(dataDir)).toBe(100);
  });

  it("say which file of a backup is damaged, and restore nothing of it", async () => {
    await importLines(dataDir, 1);
    await runCommand(["backup", copy, "--data-dir", dataDir]);
    const store = join(copy, "usage.duckdb");
    const bytes = readFileSync(store);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(store, bytes);
    const restored = join(folder, "restored");
    const { status, error } = await runCommand(["restore", copy, "--data-dir", restored]);
    expect([status, error]).toEqual([1, "usage.duckdb of the backup is damaged; nothing was restored.\n"]);
    expect(readdirSync(folder).sort()).toEqual(["access.log", "copy", "data"]);
    expect(await runCommand(["restore", folder, "--data-dir", restored])).toMatchObject({ status: 1 });
  });

  it("let no command make anything in a data directory that was restored in part", async () => {
    mkdirSync(join(dataDir, "assetmeter.partial"), { recursive: true });
    const log = join(folder, "access.log");
    writeFileSync(log, LINE(1));
    for (const command of [["org", "list"], ["query"], ["import", log]]) {
      const { status, error } = await runCommand([...command, "--data-dir", dataDir]);
      expect([command, status]).toEqual([command, 1]);
      expect([command, error]).toEqual([command, expect.stringContaining("whose restoring was cut off")]);
    }
    expect(readdirSync(dataDir)).toEqual(["assetmeter.partial"]);
  });
});

describe("a backup beside which asset files lie in a bucket", () => {
  it("says so when it is restored, in the text and in JSON, and what has to be done", async () => {
    await importLines(dataDir, 1);
    await runCommand(["backup", copy, "--data-dir", dataDir]);
    const list = join(copy, "backup.json");
    const manifest = JSON.parse(readFileSync(list, "utf8"));
    writeFileSync(list, JSON.stringify({ ...manifest, leftOut: "s3://pictures/assetmeter/" }));
    const said = await runCommand(["restore", copy, "--data-dir", join(folder, "a"), "--json"]);
    expect(said).toMatchObject({
      status: 0,
      error:
        "The asset files in s3://pictures/assetmeter/ are not in the backup: the bucket must hold them as of the backup, and the server's settings must name it.\n",
    });
    expect(JSON.parse(said.out)).toMatchObject({ left_out: "s3://pictures/assetmeter/" });
  });
});

describe("rebuild", () => {
  it("says that nothing differs where nothing does", async () => {
    await importLines(dataDir, 1, 2);
    const { status, out } = await runCommand(["rebuild", "--data-dir", dataDir, "--json"]);
    expect([status, JSON.parse(out)]).toEqual([0, { differences: [], is_cut: false, compared_from: {} }]);
    const text = { status: 0, out: "Every roll-up is equal to its raw rows.\n", error: "" };
    expect(await runCommand(["rebuild", "--data-dir", dataDir])).toEqual(text);
  });

  it("says how many sums differed, and of more than it lists that there were at least so many", async () => {
    await importLines(dataDir, 1, 2);
    await runCommand(["rebuild", "--data-dir", dataDir]);
    const damage = async (spaces: number) => {
      const instance = await DuckDBInstance.create(join(dataDir, "usage.duckdb"));
      const connection = await instance.connect();
      const hour = Date.parse("2026-11-20T09:00Z") / 3_600_000;
      await connection.run(
        `INSERT INTO usage_space_per_hour (hour, organization, space, kind, level, count, bytes_in, bytes_out, size_delta, objects_delta)
         SELECT ${hour}, 1, 1000 + n, 1, 0, 1, 1, 1, 1, 1 FROM range(${spaces}) AS made_up (n)`,
      );
      connection.closeSync();
      instance.closeSync();
      const { status, error } = await runCommand(["rebuild", "--data-dir", dataDir]);
      expect(status).toBe(1);
      return error;
    };
    // Five measures of each space.
    expect(await damage(2)).toBe("10 sums differed and were put right: please report this.\n");
    expect(await damage(2_500)).toBe("At least 10000 sums differed and were put right: please report this.\n");
    expect(await runCommand(["rebuild", "--data-dir", dataDir])).toMatchObject({ status: 0 });
  });
});
