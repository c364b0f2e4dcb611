/**
 * The note of a server: who reads it, when it counts, and that nobody takes away another's.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLiveServer, removeServerFile, writeServerFile } from "./server-file.ts";

/** Above the largest process id that Linux gives (2^22). */
const NO_PROCESS = 2 ** 22 + 1;
const STARTED_AT = "2026-11-20T16:00:00.000Z";

async function listenOnOneOf(server: Server, ports: readonly number[]): Promise<number> {
  for (const port of ports) {
    const isListening = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (isListening) return port;
  }
  return expect.fail("none of these ports is free");
}

describe("findLiveServer", () => {
  let dataDir: string;
  let url: string;
  let healthStatus: number;
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/healthz" ? healthStatus : 404).end();
  });

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "assetmeter-server-file-"));
    healthStatus = 200;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    rmSync(dataDir, { recursive: true, force: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("answers the server whose process lives and whose address answers", async () => {
    const record = { pid: process.pid, url, startedAt: STARTED_AT };
    writeServerFile(dataDir, record);
    expect(await findLiveServer(dataDir)).toEqual(record);
  });

  // Ports of other protocols, on which fetch asks nothing; any of them that is free here will do.
  it("answers a server on a port that browsers keep from web pages", async () => {
    await new Promise((resolve) => server.close(resolve));
    const port = await listenOnOneOf(server, [10_080, 6_000, 5_060, 6_697, 4_190]);
    const record = { pid: process.pid, url: `http://127.0.0.1:${port}`, startedAt: STARTED_AT };
    writeServerFile(dataDir, record);
    expect(await findLiveServer(dataDir)).toEqual(record);
  });

  it("answers null where no server was noted, also for a directory that is not there", async () => {
    expect(await findLiveServer(dataDir)).toBeNull();
    expect(await findLiveServer(join(dataDir, "absent"))).toBeNull();
  });

  it("forgets a server whose process was killed, even if something else answers at its address", async () => {
    writeServerFile(dataDir, { pid: NO_PROCESS, url, startedAt: STARTED_AT });
    expect(await findLiveServer(dataDir)).toBeNull();
  });

  it("forgets a server that does not answer its health check", async () => {
    writeServerFile(dataDir, { pid: process.pid, url, startedAt: STARTED_AT });
    healthStatus = 503;
    expect(await findLiveServer(dataDir)).toBeNull();
  });

  it.each(["", "{", "[]", '{"pid":"1","url":"http://x","startedAt":"x"}', '{"pid":1}'])(
    "counts a note with %j in it as none",
    async (content) => {
      writeFileSync(join(dataDir, "server.json"), content);
      expect(await findLiveServer(dataDir)).toBeNull();
    },
  );
});

describe("writeServerFile and removeServerFile", () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "assetmeter-server-file-"));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it("leave one file that only its owner reads, and then none", () => {
    writeServerFile(dataDir, { pid: 1, url: "http://127.0.0.1:1", startedAt: STARTED_AT });
    expect(readdirSync(dataDir)).toEqual(["server.json"]);
    expect(statSync(join(dataDir, "server.json")).mode & 0o777).toBe(0o600);
    removeServerFile(dataDir, 1);
    removeServerFile(dataDir, 1);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("leave the note of a server that came later", () => {
    writeServerFile(dataDir, { pid: 2, url: "http://127.0.0.1:1", startedAt: STARTED_AT });
    removeServerFile(dataDir, 1);
    expect(existsSync(join(dataDir, "server.json"))).toBe(true);
  });
});
