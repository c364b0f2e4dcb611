/**
 * Uploads to a server in a process of its own that is killed while it takes them: after the next start nothing is listed
 * that is not whole, and nothing lies on the disk that no asset has.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");
const FILE_BYTES = 3_000_000;

type Signed = { readonly fields: Record<string, string>; readonly post_url: string; readonly public_url: string };

let folder: string;
let server: ChildProcess;
let url: string;
let token = "";

/** Starts the server on the folder; resolves when it listens. The first start says the token of the first space. */
async function start(): Promise<void> {
  server = spawn(process.execPath, [MAIN, "serve", "--port", "0", "--data-dir", folder], {
    env: { ...process.env, ASSETMETER_LOG_LEVEL: "warn" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    token = /am_[\w-]+/.exec(line)?.[0] ?? token;
    const found = /listening on (http:\S+)/.exec(line)?.[1];
    if (found !== undefined) {
      url = found;
      return;
    }
  }
  throw new Error("The server has ended.");
}

async function kill(): Promise<void> {
  const ended = once(server, "close");
  server.kill("SIGKILL");
  await ended;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-crash-"));
  await start();
});
afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${url}/v1/spaces/1/${path}`, {
    method,
    headers: { authorization: token, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

const sign = (body: object): Promise<Signed> => ask<Signed>("POST", "assets", body);

function buildForm({ fields }: Signed, content: string): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([content]), "x");
  return form;
}

/** Sends a form up to the middle of its file; answers how to send the rest. */
async function sendHalf(signed: Signed, content: string): Promise<{ readonly socket: Socket; readonly rest: Buffer }> {
  const request = new Request(url, { method: "POST", body: buildForm(signed, content) });
  const body = Buffer.from(await request.arrayBuffer());
  const { hostname, port, pathname } = new URL(signed.post_url);
  const socket = connect(Number(port), hostname).on("error", () => undefined);
  const head = `POST ${pathname} HTTP/1.1\r\nHost: h\r\nContent-Type: ${request.headers.get("content-type")}\r\n`;
  socket.write(`${head}Content-Length: ${body.length}\r\n\r\n`);
  socket.write(body.subarray(0, body.length / 2));
  return { socket, rest: body.subarray(body.length / 2) };
}

/** Files on the disk as `folder/name`; what is being written is in the folder `unfinished`. */
function listStored(): readonly string[] {
  const files = join(folder, "files");
  return readdirSync(files, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(files.length + 1)}/${entry.name}`);
}

/** Waits until the disk has what is waited for; the server answers meanwhile. */
async function untilStored(condition: (files: readonly string[]) => boolean): Promise<void> {
  while (!condition(listStored())) await fetch(`${url}/healthz`);
}

const isUnfinished = (name: string): boolean => name.startsWith("unfinished/");

/** Names of the listed assets, and whether each of them is delivered with the bytes that it is said to have. */
async function listAssets(): Promise<readonly (readonly [string, boolean])[]> {
  type Listed = { readonly short_filename: string; readonly filename: string; readonly content_length: number };
  const { assets } = await ask<{ readonly assets: readonly Listed[] }>("GET", "assets");
  return Promise.all(
    assets.map(async ({ short_filename, filename, content_length }) => {
      const response = await fetch(url + new URL(filename).pathname);
      return [short_filename, (await response.arrayBuffer()).byteLength === content_length] as const;
    }),
  );
}

describe("a server that is killed while it takes an upload", () => {
  it("has neither asset nor file of a form of which half had come", async () => {
    await sendHalf(await sign({ filename: "half.bin" }), "x".repeat(FILE_BYTES));
    await untilStored((files) => files.some(isUnfinished));
    await kill();
    expect(listStored()).toHaveLength(1);
    await start();
    expect([await listAssets(), listStored()]).toEqual([[], []]);
  }, 60_000);

  it("has neither asset nor file of one that was stored and not yet entered; what it was to replace is whole", async () => {
    const first = await sign({ filename: "kept.bin" });
    expect((await fetch(first.post_url, { method: "POST", body: buildForm(first, "old") })).status).toBe(204);
    const { id } = first as Signed & { readonly id: number };
    for (const signed of [await sign({ filename: "new.bin" }), await sign({ filename: "kept.bin", id })]) {
      const { socket, rest } = await sendHalf({ ...signed, post_url: `${url}/s3/assets` }, "x".repeat(FILE_BYTES));
      await untilStored((files) => files.some(isUnfinished));
      // Nobody else can write the catalogue from here on: the file gets its place, and its row has to wait.
      const catalog = new DatabaseSync(join(folder, "catalog.sqlite"));
      catalog.exec("begin immediate");
      socket.write(rest);
      await untilStored((files) => files.length === 2 && !files.some(isUnfinished));
      await kill();
      catalog.close();
      expect(listStored()).toHaveLength(2);
      await start();
      expect([await listAssets(), listStored().length]).toEqual([[["kept.bin", true]], 1]);
      expect(await (await fetch(url + new URL(first.public_url).pathname)).text()).toBe("old");
    }
  }, 60_000);

  it("has all of one that was answered", async () => {
    const signed = await sign({ filename: "whole.bin" });
    const form = buildForm(signed, "x".repeat(FILE_BYTES));
    expect((await fetch(signed.post_url, { method: "POST", body: form })).status).toBe(204);
    await kill();
    await start();
    expect([await listAssets(), listStored().length]).toEqual([[["whole.bin", true]], 1]);
  }, 60_000);
});
