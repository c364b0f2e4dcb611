/**
 * Clients that close their connection behind the last byte of a request: what the request stores or removes all the same
 * is counted all the same. The catalogue and the statistics say the same of what is stored.
 */
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CompatServer, NOW_MS, startServer, TOKEN } from "./compat/storyblok/storyblok-server.contract.ts";

const UPLOADS = 20;
const FILE_BYTES = 50_000;

let server: CompatServer;
beforeEach(async () => {
  server = await startServer({ meters: true });
});
afterEach(() => server.stop());

const head = (method: string, path: string, headers: Readonly<Record<string, string>>): string =>
  `${[`${method} ${path} HTTP/1.1`, "Host: h", ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;

/** Sends the bytes on a connection of their own and destroys it when the system has taken the last one. */
async function sendAndHangUp(...pieces: readonly (string | Buffer)[]): Promise<void> {
  const { port } = server.server.server.address() as AddressInfo;
  const begun = once(server.server.server, "request");
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  for (const piece of pieces.slice(0, -1)) socket.write(piece);
  socket.write(pieces.at(-1)!, () => socket.destroy());
  await begun;
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${server.origin}/v1/spaces/606/${path}`, {
    method,
    headers: { authorization: TOKEN, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (response.status === 204 ? null : await response.json()) as T;
}

async function uploadAndHangUp(index: number): Promise<void> {
  const { fields } = await ask<{ fields: Record<string, string> }>("POST", "assets", { filename: `${index}.txt` });
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob(["x".repeat(FILE_BYTES)]), "a.txt");
  const request = new Request(server.origin, { method: "POST", body: form });
  const body = Buffer.from(await request.arrayBuffer());
  const headers = { "Content-Type": request.headers.get("content-type")!, "Content-Length": String(body.length) };
  await sendAndHangUp(head("POST", "/s3/assets", headers), body);
}

/** The lengths of the assets that the catalogue has outside the trash. */
async function listStored(): Promise<readonly (number | null)[]> {
  const oldestFirst = { by: "createdAtMs", direction: "asc" } as const;
  const page = { page: 1, perPage: 100 };
  const { assets } = await server.catalog.listAssets(1, 606, { trash: false }, oldestFirst, page);
  return assets.map(({ contentBytes }) => contentBytes);
}

/** Objects and bytes that the statistics say are stored, and the number of facts that say so. */
async function readCounted() {
  await server.ownTraffic?.settle();
  const rows = await server.store.scan({
    organization: 1,
    segments: [{ table: "usage_raw", startMs: NOW_MS, endMs: NOW_MS + 1 }],
    filter: {},
    groupBy: ["kind"],
    sums: (["count", "sizeDelta", "objectsDelta"] as const).map((measure) => ({ measure, kinds: null })),
    ...{ windows: null, keep: null, orderBySum: null, rowsMax: null },
  });
  return Object.fromEntries(
    rows.filter(({ group }) => group[0] !== "api").map(({ group, sums }) => [String(group[0]), sums.map(Number)]),
  );
}

describe("a client that hangs up behind its last byte", () => {
  it("has its uploads counted as they are in the catalogue, and closing the server waits for them", async () => {
    for (let index = 0; index < UPLOADS; index++) await uploadAndHangUp(index);
    await server.server.close();
    const stored = await listStored();
    expect(stored).toEqual(Array.from({ length: UPLOADS }, () => FILE_BYTES));
    expect(await readCounted()).toEqual({ upload: [UPLOADS, UPLOADS * FILE_BYTES, UPLOADS] });
  });

  it("has what it deletes for good counted as gone", async () => {
    await uploadAndHangUp(1);
    await expect.poll(listStored).toEqual([FILE_BYTES]);
    const { assets } = await ask<{ assets: { id: number }[] }>("GET", "assets");
    await ask("DELETE", `assets/${assets[0]!.id}`);
    await sendAndHangUp(head("GET", "/v1/spaces/606/assets/clear_trash", { Authorization: TOKEN }));
    await server.server.close();
    expect(await listStored()).toEqual([]);
    expect(await readCounted()).toEqual({ upload: [1, FILE_BYTES, 1], delete: [1, -FILE_BYTES, -1] });
  });
});
