/**
 * Overload over real sockets: what is refused, what is taken all the same, and that a slow sender holds up nobody.
 */
import { once } from "node:events";
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWholeServer, type WholeServer } from "../dialects/whole-server.contract.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00Z");
const EVENT = (id: string) =>
  JSON.stringify({ specversion: "1.0", id, source: "s", type: "assetmeter.api", time: "2026-11-20T10:00:00Z" });

let server: WholeServer;
let port: number;
const running: ClientRequest[] = [];
beforeEach(() => start({ bodyBytesMax: 100_000, queueBytesMax: 1_048_576 }));

async function start(bounds: { readonly bodyBytesMax: number; readonly queueBytesMax: number }): Promise<void> {
  server = await openWholeServer(NOW_MS, bounds);
  await server.catalog.createOrganization({ id: 42, name: "Example" });
  await server.createToken("admin");
  await server.app.listen({ port: 0, host: "127.0.0.1" });
  port = (server.app.server.address() as AddressInfo).port;
}
afterEach(async () => {
  for (const one of running.splice(0)) one.destroy();
  await server.close();
});

/** Begins a request whose body has `length` bytes; its body is the caller's to send. */
function begin(length: number, agent?: Agent, type = "application/cloudevents+json", path = "/usage/v1/events") {
  const outgoing = request({
    port,
    host: "127.0.0.1",
    method: "POST",
    path,
    headers: {
      authorization: "Bearer admin",
      "content-type": type,
      "content-length": String(length),
    },
    ...(agent === undefined ? {} : { agent }),
  });
  outgoing.on("error", () => {});
  outgoing.flushHeaders();
  running.push(outgoing);
  return outgoing;
}

/** As `begin`, of a body that is read as it comes. */
const beginLong = (length: number, agent?: Agent) => begin(length, agent, "application/x-ndjson");

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

  it("counts of long bodies what has come: clients that announce much and send nothing keep nobody else out", async () => {
    const idle = Array.from({ length: 20 }, () => beginLong(8_000_000));
    for (const one of idle) one.write("{");
    // The server has seen them all when their first bytes have come.
    await Promise.all(idle.map((one) => once(one, "socket")));
    await expect.poll(async () => (await send("beside")).status).toBe(200);
    expect((await send("beside again")).status).toBe(200);
  });

  it("refuses a long body that would pass the bound on its way, answers it, and goes on with what it held", async () => {
    await server.close();
    await start({ bodyBytesMax: 700_000, queueBytesMax: 1_048_576 });
    const [first, second] = [begin(600_000), begin(600_000)];
    const refused = Promise.race([answerOf(first), answerOf(second)]);
    // 400,000 bytes and the 600,000 that the other one announces are within 1,048,576 bytes; twice 590,000 are not.
    for (const one of [first, second]) one.write("x".repeat(400_000));
    for (const one of [first, second]) one.write("x".repeat(190_000));
    const answer = await refused;
    expect(answer).toMatchObject({ status: 503, retryAfter: "2" });
    expect(JSON.parse(answer.body)).toMatchObject({ code: "sources/overloaded" });
    for (const one of [first, second]) one.destroy();
    await expect.poll(async () => (await send("after")).status).toBe(200);
  });

  it("takes a long body alone whatever its length, and the next request on its connection", async () => {
    await server.close();
    await start({ bodyBytesMax: 2_000_000, queueBytesMax: 1_048_576 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const body of [`[${EVENT("long")}]${" ".repeat(1_500_000)}`, `[${EVENT("next")}]`]) {
      const one = begin(body.length, agent, "application/cloudevents-batch+json");
      one.end(body);
      expect((await answerOf(one)).status).toBe(200);
    }
    agent.destroy();
  });

  it("takes in the rest of a long body that its route stopped reading, and the next request on its connection", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const broken = begin(3_000_000, agent, "application/octet-stream", "/usage/v1/logs?source=s");
    // The first bytes of gzip, and then nothing that could be unpacked.
    broken.end(Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(2_999_998, "x")]));
    expect((await answerOf(broken)).status).toBe(400);
    const next = begin(Buffer.byteLength(EVENT("next")), agent);
    next.end(EVENT("next"));
    expect((await answerOf(next)).status).toBe(200);
    agent.destroy();
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
