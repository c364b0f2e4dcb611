/**
 * Overload over real sockets: what is refused, what is taken all the same, and that a slow sender holds up nobody.
 */
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWholeServer, type WholeServer } from "../dialects/whole-server.contract.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00Z");
const EVENT = (id: string) =>
  JSON.stringify({ specversion: "1.0", id, source: "s", type: "assetmeter.api", time: "2026-11-20T10:00:00Z" });

let server: WholeServer;
let port: number;
const running: ClientRequest[] = [];
beforeEach(async () => {
  server = await openWholeServer(NOW_MS, { bodyBytesMax: 100_000, queueBytesMax: 1_048_576 });
  await server.catalog.createOrganization({ id: 42, name: "Example" });
  await server.createToken("admin");
  await server.app.listen({ port: 0, host: "127.0.0.1" });
  port = (server.app.server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const one of running.splice(0)) one.destroy();
  await server.close();
});

/** Begins a request whose body has `length` bytes; its body is the caller's to send. */
function begin(length: number): ClientRequest {
  const outgoing = request({
    port,
    host: "127.0.0.1",
    method: "POST",
    path: "/usage/v1/events",
    headers: {
      authorization: "Bearer admin",
      "content-type": "application/cloudevents+json",
      "content-length": String(length),
    },
  });
  outgoing.on("error", () => {});
  outgoing.flushHeaders();
  running.push(outgoing);
  return outgoing;
}

async function answerOf(
  outgoing: ClientRequest,
): Promise<{ status: number; retryAfter: string | undefined; body: string }> {
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  let body = "";
  for await (const piece of incoming.setEncoding("utf8")) body += piece;
  return { status: incoming.statusCode ?? 0, retryAfter: incoming.headers["retry-after"], body };
}

function send(id: string) {
  const body = EVENT(id);
  const outgoing = begin(Buffer.byteLength(body));
  outgoing.end(body);
  return answerOf(outgoing);
}

describe("boundBodies", () => {
  it("answers 503 with Retry-After while bodies of the bound's bytes are on their way, and takes them afterwards", async () => {
    // Ten bodies of 100,000 bytes and one of 40,000 are announced, and none of them comes: 1,040,000 of 1,048,576 bytes.
    const slow = [...Array.from({ length: 10 }, () => begin(100_000)), begin(40_000)];
    for (const one of slow) one.write("{");
    await expect.poll(async () => (await send(`x${"y".repeat(9_000)}`)).status).toBe(503);
    const refused = await send("z".repeat(9_000));
    expect(refused).toMatchObject({ status: 503, retryAfter: "2" });
    expect(JSON.parse(refused.body)).toMatchObject({ code: "sources/overloaded" });
    for (const one of slow) one.destroy();
    await expect.poll(async () => (await send("after")).status).toBe(200);
  });

  it("lets nobody wait for a sender that stopped half-way", async () => {
    const slow = begin(5_000);
    slow.write('{"specversion":"1.0"');
    const answers = await Promise.all(["a", "b", "c"].map(send));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await server.store.readSourceCounts(42)).find(({ source }) => source === "s")).toMatchObject({
      accepted: 3,
    });
  });

  it("leaves requests that bring no usage alone", async () => {
    for (let n = 0; n < 11; n++) begin(100_000).write("{");
    const answer = await server.app.inject({ url: "/usage/v1/sources", headers: { authorization: "Bearer admin" } });
    expect(answer.statusCode).toBe(200);
  });
});
