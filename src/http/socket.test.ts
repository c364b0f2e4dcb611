/**
 * What only a real socket shows: bytes that are no request, large headers, large bodies, answers that come early,
 * shutdown. Each test listens on a free port of 127.0.0.1.
 */
import { once } from "node:events";
import { Agent, request as sendRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildLogSink, buildRoute, buildSmallServer, smallDialect } from "./small-dialect.contract.ts";

const READER = { authorization: "Bearer reader" };

let app: FastifyInstance;
let origin: string;
let port: number;

async function listen(server: FastifyInstance): Promise<void> {
  app = server;
  await app.listen({ host: "127.0.0.1", port: 0 });
  port = (app.server.address() as AddressInfo).port;
  origin = `http://127.0.0.1:${port}`;
}

/** Writes `text` on a new connection and answers everything that comes back until the server closes it. */
async function exchange(text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const bodyOf = (answer: string): unknown => JSON.parse(answer.split("\r\n\r\n")[1]!);

beforeEach(() => listen(buildSmallServer()));
afterEach(() => app.close());

describe("a started server", () => {
  test("answers over a socket, with its length and type", async () => {
    const response = await fetch(`${origin}/small//things/?a=1`, { headers: READER });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await response.json()).toMatchObject({ path: "/small/things", query: [["a", "1"]], baseUrl: origin });
  });

  test("a method in lower case is refused in JSON that says how to spell it, in the words of the path's owner", async () => {
    const answer = await exchange("patch /small//things/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain("content-type: application/json; charset=utf-8\r\n");
    expect(bodyOf(answer)).toEqual({ small: "Method names are case-sensitive: use PATCH or PUT" });
    const other = await exchange("get /elsewhere HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(bodyOf(other)).toMatchObject({ detail: "Method names are case-sensitive: use GET" });
  });

  test("bytes that are no request at all are refused in JSON", async () => {
    expect(bodyOf(await exchange("hello\r\n\r\n"))).toMatchObject({ checked: "request/invalid" });
    const badHeader = "GET /small/things HTTP/1.1\r\nHost: h\r\nbad header\r\n\r\n";
    expect(bodyOf(await exchange(badHeader))).toEqual({ small: "The request is not valid HTTP." });
  });

  test("a body that ends before its length is refused in the words of its path's owner", async () => {
    const said = { small: "The request ended before it was complete." };
    for (const [path, type] of [
      ["/small//bytes", "application/octet-stream"],
      ["/small/echo", "application/json"],
    ]) {
      const socket = connect(port, "127.0.0.1");
      const head = `Host: h\r\nAuthorization: Bearer reader\r\nContent-Type: ${type}\r\nContent-Length: 100`;
      socket.end(`POST ${path} HTTP/1.1\r\n${head}\r\n\r\n[1`);
      let answer = "";
      for await (const chunk of socket) answer += chunk;
      expect([path, answer.split("\r\n")[0], bodyOf(answer)]).toEqual([path, "HTTP/1.1 400 Bad Request", said]);
    }
  });

  test("520,000 bytes of request line are read, 530,000 are refused with 431 and JSON", async () => {
    const read = await fetch(`${origin}/small/things?ids=${"x".repeat(520_000)}`, { headers: READER });
    const { query } = (await read.json()) as { query: [string, string][] };
    expect([read.status, query[0]![1].length]).toEqual([200, 520_000]);
    const refused = await exchange(`GET /small/things?ids=${"x".repeat(530_000)} HTTP/1.1\r\nHost: h\r\n\r\n`);
    expect(refused).toMatch(/^HTTP\/1\.1 431 /);
    expect(JSON.stringify(bodyOf(refused))).toContain("longer than 524288 bytes");
  });

  test("a body far over the bound is answered with 413 while the client is still sending it", async () => {
    const response = await fetch(`${origin}/small/echo`, {
      method: "POST",
      headers: { ...READER, "content-type": "application/json" },
      body: "x".repeat(20_000_000),
    });
    expect([response.status, await response.json()]).toEqual([413, { small: "The body is too large." }]);
  });

  test("a body far over the bound is taken in after its answer, and the connection goes on", async () => {
    const socket = connect(port, "127.0.0.1");
    const bytes = 3_000_000;
    socket.write(
      `POST /small/echo HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer reader\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`,
    );
    const [refused] = await once(socket, "data");
    expect(String(refused)).toMatch(/^HTTP\/1\.1 413 /);
    socket.write("x".repeat(bytes));
    socket.write("GET /small/things HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer reader\r\n\r\n");
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  test.each(["", "{bad", "x".repeat(3_000_000)])(
    "a path that no route has is not found, whatever body comes with it (%#)",
    async (body) => {
      for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
        const response = await fetch(`${origin}/small/not-there`, {
          method: "PUT",
          headers: { "content-type": type },
          body,
        });
        expect([type, response.status]).toEqual([type, 404]);
        await response.text();
      }
    },
  );

  test("a route that stops reading an unread body half-way is still heard by the client", async () => {
    const client = sendRequest(`${origin}/small/bytes`, { method: "POST", headers: READER });
    client.write("a".repeat(100_000));
    client.write("stop");
    const [response] = await once(client, "response");
    expect([response.statusCode, response.headers["retry-after"]]).toEqual([503, "2"]);
    client.destroy();
    response.destroy();
  });

  test("the rest of a body is dropped also where its reader was left waiting for it", async () => {
    await app.close();
    const hasty = buildRoute("/small/hasty", {
      method: "POST",
      body: "stream",
      answer: async (_, { body }) => {
        const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
        await chunks.next();
        void chunks.next();
        return { status: 200, body: "enough" };
      },
    });
    await listen(buildSmallServer({ dialects: [{ ...smallDialect, routes: [...smallDialect.routes, hasty] }] }));
    const socket = connect(port, "127.0.0.1");
    const bytes = 3_000_000;
    const head = `Host: h\r\nAuthorization: Bearer reader\r\nContent-Length: ${bytes}`;
    socket.write(`POST /small/hasty HTTP/1.1\r\n${head}\r\n\r\nx`);
    let answers = String((await once(socket, "data"))[0]);
    socket.write("x".repeat(bytes - 1));
    socket.write("GET /small/open HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    for await (const chunk of socket) answers += chunk;
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
  });

  test("a request that its client gives up is logged as such", async () => {
    await app.close();
    const { logger, nextLine } = buildLogSink();
    await listen(buildSmallServer({ logger }));
    const client = sendRequest(`${origin}/small/bytes?token=abc`, { method: "POST", headers: READER });
    client.on("error", () => {});
    client.write("a".repeat(10));
    await once(app.server, "request");
    client.destroy();
    expect(await nextLine("request aborted by the client")).toMatchObject({
      target: "/small/bytes?token=[hidden]",
      status: null,
      dialect: "small",
    });
  });

  test("the rest of a body that a route left is dropped: the next request on the connection is answered", async () => {
    const body = Buffer.alloc(5_000_000, "x");
    body.write("stop");
    const socket = connect(port, "127.0.0.1");
    const head = `Host: h\r\nAuthorization: Bearer reader\r\nContent-Length: ${body.length}`;
    socket.write(`POST /small/bytes HTTP/1.1\r\n${head}\r\n\r\n`);
    socket.write(body);
    socket.write("GET /small/open HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let answers = "";
    for await (const chunk of socket) answers += chunk;
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 503", "HTTP/1.1 200"]);
  });
});

describe("close", () => {
  test("a running request is finished, its connection ends, a new connection is refused", async () => {
    await app.close();
    let release = () => {};
    let entered = () => {};
    const isInside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const slow = buildRoute("/small/slow", {
      answer: () =>
        new Promise((resolve) => {
          release = () => resolve({ status: 200, body: "done" });
          entered();
        }),
    });
    await listen(buildSmallServer({ dialects: [{ ...smallDialect, routes: [...smallDialect.routes, slow] }] }));
    const agent = new Agent({ keepAlive: true });
    const idle = sendRequest(`${origin}/small/open`, { agent }).end();
    const [idleResponse] = await once(idle, "response");
    idleResponse.resume();
    const running = sendRequest(`${origin}/small/slow`, {
      agent: new Agent({ keepAlive: true }),
      headers: READER,
    }).end();
    await isInside;
    const closed = app.close();
    await expect(fetch(`${origin}/small/open`)).rejects.toThrow();
    release();
    const [response] = await once(running, "response");
    response.resume();
    expect([response.statusCode, response.headers.connection]).toEqual([200, "close"]);
    // Resolves at once: neither the idle nor the finished connection is waited for, whatever their clients do.
    await closed;
    agent.destroy();
  });

  test.each(["/small/echo", "/small//bytes"])(
    "a client that stalls in the middle of a request to %s holds it up no longer than the bound",
    async (path) => {
      await app.close();
      await listen(buildSmallServer({ limits: { bodyBytesMax: 1_000, requestsPerSecondMax: 0, closeMsMax: 50 } }));
      const asked = once(app.server, "request");
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      const head = "Host: h\r\nAuthorization: Bearer reader\r\nContent-Type: application/json\r\nContent-Length: 100";
      socket.write(`POST ${path} HTTP/1.1\r\n${head}\r\n\r\n[1`);
      await asked;
      const cut = once(socket, "close");
      await app.close();
      await cut;
    },
  );
});
