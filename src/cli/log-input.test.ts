/** Logs as real programs meet them: pipes, folders, damage, foreign bytes, rights; and commands that read without counting. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand, runProgram } from "./run-program.contract.ts";

const line = (number: number) =>
  `192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET /${number}.jpg HTTP/1.1" 200 ${number} "-" "x"`;
/** Three deliveries of 1, 2 and 3 bytes. */
const LOG = `${[1, 2, 3].map(line).join("\n")}\n`;

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-input-"));
  dataDir = join(folder, "data");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function importJson(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { out } = await runCommand(["import", ...args, "--source", "www", "--data-dir", dataDir, "--json"]);
  return JSON.parse(out);
}

describe("assetmeter import of", () => {
  it("a named pipe reads what its writer writes, to the end", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const imported = runProgram(["import", pipe, "--source", "www", "--data-dir", dataDir, "--json"]);
    const writer = createWriteStream(pipe);
    writer.write(LOG.slice(0, 100));
    writer.end(LOG.slice(100));
    await finished(writer);
    const { status, out } = await imported;
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ received: 3, accepted: 3 });
  });

  it("a folder reads the files below it, and one without files is one sentence", async () => {
    mkdirSync(join(folder, "logs/empty"), { recursive: true });
    write("logs/a.log", LOG);
    expect(await importJson(join(folder, "logs"))).toMatchObject({ received: 3 });
    const empty = await runCommand(["import", join(folder, "logs/empty"), "--data-dir", dataDir]);
    expect(empty).toEqual({ status: 1, out: "", error: `There is no file at ${join(folder, "logs/empty")}.\n` });
  });

  it("a file that is not there or may not be read is one sentence, before anything is counted", async ({ skip }) => {
    const good = write("good.log", LOG);
    const missing = await runCommand(["import", good, join(folder, "no.log"), "--data-dir", dataDir]);
    expect(missing).toEqual({ status: 1, out: "", error: `${join(folder, "no.log")} does not exist.\n` });
    if (process.getuid?.() === 0) skip("root may read every file");
    const closed = write("closed.log", LOG);
    chmodSync(closed, 0);
    const refused = await runCommand(["import", good, closed, "--data-dir", dataDir]);
    expect(refused).toEqual({ status: 1, out: "", error: `${closed} may not be read by this user.\n` });
    expect(await importJson(good)).toMatchObject({ accepted: 3 });
  });

  it("an archive that was cut counts what stands before the cut and says so; the whole one adds the rest", async () => {
    // Numbers that hardly pack, so that the archive has many blocks.
    const lines = Array.from({ length: 20_000 }, (_, index) => line((index * 7_919) % 104_729)).join("\n");
    const packed = gzipSync(`${lines}\n`);
    const cut = write("cut.log.gz", packed.subarray(0, packed.length - 2_000));
    const broken = await runCommand(["import", cut, "--source", "www", "--data-dir", dataDir]);
    expect(broken.status).toBe(1);
    expect(broken.error).toMatch(/archive|damaged/);
    const whole = await importJson(write("whole.log.gz", packed));
    expect(whole).toMatchObject({ received: 20_000, rejected: 0 });
    expect(whole.duplicates).toBeGreaterThan(1_000);
    expect(whole.accepted).toBeGreaterThan(0);
  });

  it("foreign bytes counts each bad line once, by its reason, and every good one", async () => {
    const bytes = Buffer.concat([
      Buffer.from(`\ufeff${line(1)}\r\n`),
      Buffer.alloc(10_000_000, "x"),
      Buffer.from(`\n${line(2)}\0\n`),
      Buffer.from([0xff, 0xfe, 0x80, 0x0a]),
      Buffer.from(`\0\0\0${line(3)}\r\n\r\n${line(4).slice(0, -5)}`),
    ]);
    const reasons = { "line-too-long": 1, "not-text": 1, malformed: 1, unterminated: 1 };
    expect(await importJson(write("odd.log", bytes), "--format", "combined")).toMatchObject({
      ...{ received: 6, accepted: 2, duplicates: 0, rejected: 4, rejected_by_reason: reasons },
    });
    expect(await importJson(write("plain.log", LOG))).toMatchObject({ accepted: 1, duplicates: 2 });
  });

  it("lines behind a syslog prefix says how to make their source, and counts nothing before there is one", async () => {
    const prefixed = LOG.replaceAll("192.0.2.1", "<134>2026-03-02T10:00:00Z web nginx[12]: 192.0.2.1");
    const log = write("syslog.log", prefixed);
    for (const command of [["import"], ["follow", "--once"]]) {
      const refused = await runCommand([...command, log, "--source", "www", "--data-dir", dataDir]);
      expect(refused).toMatchObject({ status: 1, out: "" });
      expect(refused.error).toContain('the format combined and the setting "prefix": "syslog"');
    }
    const settings = write("settings.json", JSON.stringify({ prefix: "syslog" }));
    const create = ["source", "create", "www", "--format", "combined", "--settings", settings, "--data-dir", dataDir];
    expect((await runCommand(create)).status).toBe(0);
    expect(await importJson(log)).toMatchObject({ received: 3, accepted: 3 });
    // Without its prefix it is the same log.
    expect(await importJson(write("plain.log", LOG))).toMatchObject({ accepted: 0, duplicates: 3 });
  });

  it("a log of other columns than its source lists ends with what to do, and counts nothing of it", async () => {
    const fields = ["timestamp", "sc-status", "sc-bytes", "cs-method", "cs-uri-stem", "x-edge-request-id"];
    const settings = (more: readonly string[]) =>
      write("settings.json", JSON.stringify({ fields: [...fields, ...more] }));
    const create = ["source", "create", "www", "--format", "cloudfront-realtime", "--data-dir", dataDir];
    await runCommand([...create, "--settings", settings(["c-country"])]);
    const records = Array.from({ length: 20 }, (_, id) => `1772445600.000\t200\t7\tGET\t/a.jpg\tid${id}\n`).join("");
    const log = write("realtime.log", records);
    const refused = await runCommand(["import", log, "--source", "www", "--data-dir", dataDir]);
    expect(refused.status).toBe(1);
    expect(refused.error).toContain("20 of 20 lines do not have the source's `fields`");
    expect(refused.error).toContain("6 columns instead of 7");
    await runCommand(["source", "change", "www", "--data-dir", dataDir, "--settings", settings([])]);
    expect(await importJson(log)).toMatchObject({ received: 20, accepted: 20 });
    // A few damaged lines among others are refused one by one.
    const damaged = write("damaged.log", `${records.replaceAll("id", "no")}x\ty\n`);
    expect(await importJson(damaged)).toMatchObject({ accepted: 20, rejected_by_reason: { malformed: 1 } });
  });
});

describe("assetmeter source test", () => {
  it("shows as a program what the lines of a packed log would become, and leaves no data directory behind", async () => {
    const rules = [
      { match: { path: "/1.jpg" }, ignore: true },
      { match: { path: "/2.jpg" }, set: { space: "7", asset: "/two" } },
    ];
    const files = [write("rules.json", JSON.stringify(rules)), write("a.log.gz", gzipSync(LOG))];
    const { status, out, error } = await runProgram(["source", "test", ...files, "--data-dir", dataDir]);
    expect({ status, error }).toEqual({ status: 0, error: "" });
    const [format, head, ...rows] = out
      .trimEnd()
      .split("\n")
      .map((row) => row.trim().split(/ {2,}/));
    expect([format, head]).toEqual([["format combined"], expect.arrayContaining(["line", "becomes", "asset"])]);
    expect(rows.map((row) => row.join(" "))).toEqual([
      expect.stringContaining("1 refused: ignored-by-rule"),
      expect.stringMatching(/^2 delivery GET 7 .*\/two.* 2$/),
      expect.stringMatching(/^3 delivery GET .*\/3\.jpg.* 3$/),
    ]);
    expect(existsSync(dataDir)).toBe(false);
    const without = await runProgram(["source", "test", join(folder, "no.json"), files[1] as string]);
    expect([without.status, without.error]).toEqual([1, expect.stringContaining("no.json")]);
  });

  it.each(["null", "5", "true", '"rules"'])("says of %s that it is neither rules nor settings", async (json) => {
    const [rules, log] = [write("rules.json", json), write("a.log", LOG)];
    const refused = await runCommand(["source", "test", rules, log, "--data-dir", dataDir]);
    expect(refused).toEqual({ status: 1, out: "", error: `${rules} must hold a JSON object, or a list of rules.\n` });
  });

  it("refuses settings that a source of the named format cannot have", async () => {
    const fields = ["timestamp", "sc-bytes", "sc-status", "cs-uri-stem"];
    const [settings, log] = [write("settings.json", JSON.stringify({ fields })), write("a.log", LOG)];
    const args = ["source", "test", settings, log, "--format", "cloudfront-realtime", "--data-dir", dataDir];
    const refused = await runCommand(args);
    expect([refused.status, refused.error]).toEqual([1, expect.stringContaining("timestamp, sc-status, sc-bytes")]);
  });
});

describe("assetmeter follow", () => {
  it("as a program takes in what is there and ends with --once; what grows afterwards comes next time", async () => {
    const log = write("access.log", `${LOG}${line(4).slice(0, 40)}`);
    const args = ["follow", log, "--source", "www", "--once", "--data-dir", dataDir];
    const first = await runProgram(args);
    expect(first).toEqual({ status: 0, out: "", error: "3 records read\n" });
    appendFileSync(log, `${line(4).slice(40)}\n`);
    expect(await runProgram(args)).toEqual({ status: 0, out: "", error: "1 records read\n" });
    expect(await importJson(log)).toMatchObject({ accepted: 0, duplicates: 4 });
  });

  it("says in one sentence that a folder or a pipe is no file to follow; a file that is not there yet is awaited", async () => {
    const args = ["--source", "www", "--format", "combined", "--once", "--data-dir", dataDir];
    const refused = await runCommand(["follow", folder, ...args]);
    expect(refused).toMatchObject({ status: 1, out: "" });
    expect(refused.error).toBe(
      `${folder} is a directory. Name its files, or a pattern in quotes such as '${join(folder, "*.log")}'.\n`,
    );
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const piped = await runCommand(["follow", pipe, ...args]);
    expect([piped.status, piped.error]).toEqual([1, `${pipe} is no file that could grow.\n`]);
    const coming = await runCommand(["follow", join(folder, "coming.log"), ...args]);
    expect([coming.status, coming.error]).toEqual([0, "0 records read\n"]);
  });
});
