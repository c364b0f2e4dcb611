/**
 * The whole program: serve, import, query, token, doctor and demo on real data directories; servers are real processes.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { USAGE_KINDS } from "../model/usage-event.ts";
import { DEMO_DAYS, DEMO_SEED } from "./demo/load-demo.ts";
import { sampleTraffic } from "./demo/sample-traffic.ts";
import { type RunningProgram, runCommand, runProgram, startProgram } from "./run-program.contract.ts";

/** Three requests: two deliveries of 100 bytes each and one API request of 7 bytes. */
const LOG = [
  '198.51.100.1 - - [02/Mar/2026:10:00:00 +0000] "GET /a.jpg HTTP/1.1" 200 100 "-" "x"',
  '198.51.100.1 - - [02/Mar/2026:10:00:01 +0000] "GET /a.jpg HTTP/1.1" 200 100 "-" "x"',
  '198.51.100.2 - - [02/Mar/2026:11:00:00 +0000] "GET /api/v1/search HTTP/1.1" 200 7 "-" "x"',
  "",
].join("\n");
const QUERY = ["query", "--metric", "requests,bytes_out", "--start", "2026-03-02", "--end", "2026-03-03"];
/** LOG as one number: 3 requests, 100 + 100 + 7 bytes. */
const LOG_VALUES = { requests: 3, bytes_out: 207 };

const folders: string[] = [];
const servers: RunningProgram[] = [];

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-program-"));
  folders.push(folder);
  return folder;
}

function writeLog(name: string, content: string | Buffer = LOG): string {
  const file = join(makeFolder(), name);
  writeFileSync(file, content);
  return file;
}

async function serve(dataDir: string, ...more: string[]): Promise<RunningProgram> {
  const server = await startProgram(["serve", "--data-dir", dataDir, "--port", "0", ...more]);
  servers.push(server);
  return server;
}

async function runJson(...args: string[]): Promise<Record<string, unknown>> {
  const { status, out, error } = await runCommand([...args, "--json"]);
  expect({ status, error }).toEqual({ status: 0, error: "" });
  return JSON.parse(out);
}

async function readValues(dataDir: string): Promise<unknown> {
  const { rows } = (await runJson(...QUERY, "--data-dir", dataDir)) as { rows: { values: unknown }[] };
  return rows.map((row) => row.values);
}

async function closeAll(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

describe("assetmeter serve", () => {
  afterEach(closeAll);

  it("makes organization 1, space 1 and a token in an empty directory, prints the token once, ends with 0", async () => {
    const dataDir = join(makeFolder(), "data");
    const first = await serve(dataDir);
    const [, secret] = /Created organization 1, space 1 and an admin token\..*\n {2}(am_\S+)\n/.exec(first.out) ?? [];
    const headers = { authorization: `Bearer ${secret}` };
    expect((await fetch(`${first.url}/usage/v1/query`, { headers })).status).toBe(200);
    expect(existsSync(join(dataDir, "server.json"))).toBe(true);
    const { status, out } = await first.stop("SIGTERM");
    expect(status).toBe(0);
    expect(out.endsWith(`assetmeter listening on ${first.url}\n`)).toBe(true);
    expect(existsSync(join(dataDir, "server.json"))).toBe(false);

    const second = await serve(dataDir);
    expect(second.out).toBe(`assetmeter listening on ${second.url}\n`);
    expect((await fetch(`${second.url}/usage/v1/query`, { headers })).status).toBe(200);
    expect((await second.stop("SIGINT")).status).toBe(0);
  });

  it("says who holds a directory, and that a port is in use, in one sentence each", async () => {
    const dataDir = makeFolder();
    const { url } = await serve(dataDir);
    const again = await runCommand(["serve", "--data-dir", dataDir, "--port", "0"]);
    expect(again).toMatchObject({ status: 1, out: "" });
    expect(again.error).toMatch(/^\S+ is held by the server with process id \d+ at http:\S+; stop it first\.\n$/);
    expect(again.error).toContain(url);

    const { port } = new URL(url);
    const busy = await runCommand(["serve", "--data-dir", makeFolder(), "--port", port]);
    expect(busy.status).toBe(1);
    expect(busy.error).toBe(`Port ${port} on 127.0.0.1 is in use; choose another one with --port.\n`);
  });

  it("writes an IPv6 address in brackets, where this machine has one", async ({ skip }) => {
    if (!(await hasIpv6())) skip("this machine has no IPv6 loopback address");
    const { url } = await serve(makeFolder(), "--host", "::1");
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe("assetmeter import", () => {
  afterEach(closeAll);

  it("counts a log once, however it is packed and however often it comes", async () => {
    const dataDir = makeFolder();
    const plain = writeLog("access.log");
    const gzip = writeLog("access.log.gz", gzipSync(LOG));
    const zstd = writeLog("access.log.zst", zstdCompressSync(LOG));
    const summary = await runJson("import", plain, gzip, zstd, "--source", "www", "--data-dir", dataDir);
    expect(summary).toMatchObject({ received: 9, accepted: 3, duplicates: 6, rejected: 0, rejected_by_reason: {} });
    expect(summary.files).toMatchObject([
      { file: plain, accepted: 3 },
      { file: gzip, duplicates: 3 },
      { file: zstd, duplicates: 3 },
    ]);
    const stdin = await runProgram(["import", "-", "--source", "www", "--data-dir", dataDir], `${LOG}nonsense\n`);
    expect(stdin).toEqual({
      status: 0,
      out: "received     4\naccepted     0\nduplicates   3\nrejected     1\n  malformed  1\n",
      error:
        "-: combined, source www, 1 of 4 refused\nbytes 267, late 0\nfrom 2026-03-02T10:00:00.000Z to 2026-03-02T11:00:00.000Z\n",
    });
    expect(await readValues(dataDir)).toEqual([LOG_VALUES]);
  });

  it("counts a log of no space under none", async () => {
    const [log, dataDir] = [writeLog("access.log"), makeFolder()];
    expect(await runJson("import", log, "--space", "none", "--data-dir", dataDir)).toMatchObject({ accepted: 3 });
    const { rows } = await runJson(...QUERY, "--group-by", "space", "--data-dir", dataDir);
    expect(rows).toMatchObject([{ group: { space: null }, values: LOG_VALUES }]);
  });

  it("says which organization or space is not there, and counts nothing", async () => {
    const log = writeLog("access.log");
    const dataDir = makeFolder();
    const space = await runCommand(["import", log, "--space", "9", "--data-dir", dataDir]);
    expect(space).toEqual({ status: 1, out: "", error: "Organization 1 has no space 9.\n" });
    const organization = await runCommand(["import", log, "--org", "7", "--data-dir", dataDir]);
    expect(organization).toEqual({ status: 1, out: "", error: "There is no organization 7.\n" });
    expect(await runJson("doctor", "--data-dir", dataDir)).toMatchObject({ store: null, sources: null });
  });
});

describe("commands beside a running server", () => {
  let dataDir: string;
  let server: RunningProgram;
  beforeAll(async () => {
    dataDir = makeFolder();
    server = await serve(dataDir);
  });
  afterAll(closeAll);

  it("import and query work through it, leave no token behind, and the store keeps the numbers", async () => {
    const log = writeLog("access.log");
    const summary = await runJson("import", log, "--source", "www", "--data-dir", dataDir);
    expect(summary).toMatchObject({ received: 3, accepted: 3, duplicates: 0, rejected: 0 });
    expect(await readValues(dataDir)).toEqual([LOG_VALUES]);
    const { tokens } = (await runJson("token", "list", "--org", "1", "--data-dir", dataDir)) as {
      tokens: { name: string; revoked_at: string | null }[];
    };
    expect(tokens.filter((token) => token.revoked_at === null).map((token) => token.name)).toEqual([
      "first admin token",
    ]);
  });

  it("query prints a table, and CSV with --csv", async () => {
    const args = [...QUERY, "--group-by", "kind", "--kind", "delivery", "--data-dir", dataDir];
    expect((await runCommand(args)).out.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["start", "end", "complete", "kind", "requests", "bytes_out"],
      ["2026-03-02T00:00:00.000Z", "2026-03-03T00:00:00.000Z", "true", "delivery", "2", "200"],
      [""],
    ]);
    expect((await runCommand([...args, "--csv"])).out).toBe(
      "start,end,complete,kind,rest,requests,bytes_out\n" +
        "2026-03-02T00:00:00.000Z,2026-03-03T00:00:00.000Z,true,delivery,false,2,200\n",
    );
  });

  it("query ends with 1 and the server's own sentence for a bad parameter", async () => {
    const { status, out, error } = await runCommand(["query", "--window", "eon", "--data-dir", dataDir, "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(out).error).toEqual({ code: expect.any(String), message: error.trimEnd() });
    expect(error).toContain("window");
  });

  it("token create gives a token that works at once, and revoke one that does not", async () => {
    const created = await runJson("token", "create", "--org", "1", "--role", "member", "--data-dir", dataDir);
    expect(created).toMatchObject({ role: "member", scopes: ["stats:read", "assets:read"], spaces: null });
    const ask = async () =>
      (await fetch(`${server.url}/usage/v1/query`, { headers: { authorization: `Bearer ${created.token}` } })).status;
    expect(await ask()).toBe(200);
    await runJson("token", "revoke", String(created.id), "--org", "1", "--data-dir", dataDir);
    expect(await ask()).toBe(401);
  });

  it("token create makes none with a scope that its role does not have", async () => {
    const args = ["token", "create", "--org", "1", "--data-dir", dataDir, "--role"];
    const refused = await runCommand([...args, "member", "--scopes", "stats:read,admin"]);
    expect(refused).toEqual({
      ...{ status: 1, out: "" },
      error: "A token of the role member may have stats:read,assets:read and not admin.\n",
    });
    expect(await runJson(...args, "manager", "--scopes", "ingest")).toMatchObject({ scopes: ["ingest"] });
  });

  it("org create and space create make things that a token can be for", async () => {
    const organization = await runJson("org", "create", "--name", "Second", "--data-dir", dataDir);
    expect(organization).toEqual({ id: 2, name: "Second", monthly_traffic_bytes_max: 0, cdn_host: null });
    const space = await runJson("space", "create", "--org", "2", "--name", "Shop", "--data-dir", dataDir);
    expect(space).toMatchObject({ organization: 2, name: "Shop" });
    const args = ["token", "create", "--org", "2", "--role", "manager", "--spaces", String(space.id)];
    expect(await runJson(...args, "--data-dir", dataDir)).toMatchObject({ organization: 2, spaces: [space.id] });
  });

  it("doctor says who holds the directory and that the books balance", async () => {
    const findings = await runJson("doctor", "--data-dir", dataDir);
    expect(findings).toMatchObject({ holder: { url: server.url }, store: { rows: { usage_raw: 3 } }, ok: true });
    expect(findings.sources).toContainEqual(expect.objectContaining({ source: "www", received: 3, accepted: 3 }));
  });
});

describe("assetmeter export", () => {
  afterEach(closeAll);

  it("writes the facts of a range, through the server that holds the directory or without one, over no file", async () => {
    const folder = makeFolder();
    const dataDir = join(folder, "data");
    await runJson("demo", "--events", "1000", "--exit", "--data-dir", dataDir);
    const args = ["--start", "2000-01-01", "--end", "2100-01-01", "--data-dir", dataDir];
    const direct = join(folder, "direct.csv");
    expect(await runJson("export", ...args, "--format", "csv", "--out", direct)).toMatchObject({ rows: 1000 });
    const [head, ...lines] = readFileSync(direct, "utf8").trimEnd().split("\n");
    expect(head).toBe(
      "time,received,organization,source,kind,space,user,bucket,asset,operation,count,bytes_in,bytes_out,size_delta,objects_delta,correction",
    );
    expect(lines).toHaveLength(1000);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,/);

    await serve(dataDir);
    const served = join(folder, "served.csv");
    expect(await runJson("export", ...args, "--format", "csv", "--out", served)).toMatchObject({ rows: 1000 });
    expect(readFileSync(served, "utf8")).toBe(readFileSync(direct, "utf8"));
    // The demo is of organization 1. The longer name is what the option was called first.
    const rowsOf = async (option: string, id: string) =>
      (await runJson("export", ...args, option, id, "--out", join(folder, `${option}${id}.parquet`))).rows;
    const counts = [await rowsOf("--org", "1"), await rowsOf("--org", "2"), await rowsOf("--organization", "2")];
    expect(counts).toEqual([1000, 0, 0]);
    const parquet = join(folder, "served.parquet");
    expect(await runJson("export", ...args, "--out", parquet)).toMatchObject({ rows: 1000, file: parquet });
    expect(readFileSync(parquet).subarray(0, 4).toString()).toBe("PAR1");
    const again = await runCommand(["export", ...args, "--out", parquet]);
    expect([again.status, again.error]).toEqual([1, expect.stringContaining("is there already")]);
    expect((await runCommand(["export", ...args.slice(2), "--start", "soon", "--out", "x"])).status).toBe(2);
    expect((await runCommand(["export", ...args])).status).toBe(2);
  });
});

describe("assetmeter demo", () => {
  afterEach(closeAll);

  it("loads exactly the traffic that was made, and prints commands that are answered", async () => {
    const dataDir = join(makeFolder(), "demo");
    const loaded = await runJson("demo", "--events", "4000", "--exit", "--data-dir", dataDir);
    expect(loaded).toMatchObject({ loaded: { received: 4000, accepted: 4000 } });

    const { endMs } = JSON.parse(readFileSync(join(dataDir, "demo.json"), "utf8")) as { endMs: number };
    const traffic = sampleTraffic({ seed: DEMO_SEED, endMs, days: DEMO_DAYS, events: 4000 });
    Array.from(traffic.chunks);
    const totals = traffic.readTotals();
    const start = new Date(endMs - (DEMO_DAYS + 1) * 86_400_000).toISOString();
    const args = ["query", "--metric", "requests,bytes_in,bytes_out,stored_bytes,objects", "--group-by", "kind"];
    const { rows } = (await runJson(...args, "--start", start, "--data-dir", dataDir)) as {
      rows: { group: { kind: string }; values: Record<string, number> }[];
    };
    expect(Object.fromEntries(rows.map(({ group, values }) => [group.kind, values]))).toEqual(
      Object.fromEntries(
        USAGE_KINDS.map((kind) => {
          const { count, bytesIn, bytesOut, sizeDelta, objectsDelta } = totals[kind];
          const sums = { requests: count, bytes_in: bytesIn, bytes_out: bytesOut };
          return [kind, { ...sums, stored_bytes: sizeDelta, objects: objectsDelta }];
        }),
      ),
    );

    const server = await startProgram(["demo", "--data-dir", dataDir, "--port", "0"]);
    servers.push(server);
    const commands = await readCommands(server);
    expect(commands).toHaveLength(5);
    for (const command of commands) {
      const answer = await send(command);
      expect(answer.status, command).toBe(200);
      expect(JSON.stringify(await answer.json()).length, command).toBeGreaterThan(20);
    }
    expect((await server.stop()).status).toBe(0);
  });

  it("leaves a directory alone that no demo has made", async () => {
    const dataDir = makeFolder();
    writeFileSync(join(dataDir, "mine.txt"), "x");
    const { status, error } = await runCommand(["demo", "--data-dir", dataDir, "--fresh", "--exit"]);
    expect(status).toBe(1);
    expect(error).toContain("holds data that no demo has made");
    expect(readFileSync(join(dataDir, "mine.txt"), "utf8")).toBe("x");
  });
});

/** The curl commands that a demo has printed; its last line comes after all of them. */
async function readCommands(server: RunningProgram): Promise<readonly string[]> {
  await expect.poll(() => server.out, { timeout: 10_000 }).toContain("Ctrl-C ends the server.");
  return server.out.split("\n").filter((line) => line.startsWith("curl "));
}

/** Does what the curl command does: a machine without curl can run the tests. */
function send(command: string): Promise<Response> {
  const headers = [...command.matchAll(/-H '([^:']+): ([^']+)'/g)].map(([, name = "", value = ""]) => [name, value]);
  const body = /-d '([^']+)'/.exec(command)?.[1];
  const url = /'(http[^']+)'$/.exec(command)?.[1] ?? "";
  const options = { headers: Object.fromEntries(headers) };
  return fetch(url, body === undefined ? options : { ...options, method: "POST", body });
}

function hasIpv6(): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.on("error", () => done(false));
    probe.listen(0, "::1", () => probe.close(() => done(true)));
  });
}
