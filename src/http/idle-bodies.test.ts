/**
 * Bodies that stop in the middle, over real sockets: they are ended, and nothing that they held stays held.
 */
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildRoute, buildSmallServer, SMALL_ROUTES, smallDialect } from "./small-dialect.contract.ts";

/** Long enough that a busy machine does not look like a client that sends nothing. */
const BODY_IDLE_MS_MAX = 300;

let app: FastifyInstance;
let mayRead = Promise.withResolvers<void>();
let mayAnswer = Promise.withResolvers<void>();
/** Reads its body when it is allowed to, and answers when it is allowed to. */
const patient = buildRoute("/small/patient", {
  method: "POST",
  body: "stream",
  answer: async (_, { body }) => {
    await mayRead.promise;
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) bytes += chunk.length;
    await mayAnswer.promise;
    return { status: 200, body: { bytes } };
  },
});
const sockets: Socket[] = [];
beforeEach(async () => {
  [mayRead, mayAnswer] = [Promise.withResolvers(), Promise.withResolvers()];
  app = buildSmallServer({
    dialects: [{ ...smallDialect, routes: [...SMALL_ROUTES, patient] }],
    limits: { bodyBytesMax: 1_000_000, requestsPerSecondMax: 0, bodyIdleMsMax: BODY_IDLE_MS_MAX },
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

/** Begins a request whose body is to have `length` bytes. */
function begin(path: string, length: number, type = "application/json"): Socket {
  // A client that keeps its half open: one that has lost its power does not close it either.
  const socket = connect({ port: (app.server.address() as AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true });
  sockets.push(socket);
  const head = `Host: h\r\nAuthorization: Bearer reader\r\nContent-Type: ${type}\r\nContent-Length: ${length}`;
  socket.write(`POST ${path} HTTP/1.1\r\n${head}\r\n\r\n`);
  return socket;
}

async function readAll(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}

const bodyOf = (answer: string): unknown => JSON.parse(answer.split("\r\n\r\n")[1]!);

/** Resolves when so long has passed that a body which sent its last byte now would be ended: it asks one to be ended. */
const aBodyWasEnded = (): Promise<string> => readAll(begin("/small/echo", 10));

describe("endIdleBodies", () => {
  test.each(["/small/echo", "/small//bytes", "/small/careless"])(
    "a body for %s that stops in the middle is answered with 408 in the words of its path's owner, and its connection ends",
    async (path) => {
      const asked = once(app.server, "request");
      const socket = begin(path, 100, path === "/small//bytes" ? "application/octet-stream" : "application/json");
      socket.write("[1");
      const [{ socket: connection }] = await asked;
      const isClosed = once(connection, "close");
      const answer = await readAll(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(bodyOf(answer)).toEqual({ small: "The request took too long to arrive." });
      await isClosed;
    },
  );

  test("a body that keeps sending is taken, however much longer than the bound it takes", async () => {
    const bytes = 1_000_000;
    const socket = begin("/small/bytes", bytes, "application/octet-stream");
    let sent = 0;
    let others = 0;
    const ended = (async () => {
      while (others < 3) {
        await aBodyWasEnded();
        others += 1;
      }
    })();
    while (others < 3) {
      sent += 1;
      socket.write("x");
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    socket.end("x".repeat(bytes - sent));
    expect(bodyOf(await readAll(socket))).toEqual({ bytes });
  });

  test("a body that the route has not read yet is not ended, nor is a request whose body is whole", async () => {
    const socket = begin("/small/patient", 3, "application/octet-stream");
    socket.write("ab");
    await aBodyWasEnded();
    await aBodyWasEnded();
    mayRead.resolve();
    socket.write("c");
    await aBodyWasEnded();
    await aBodyWasEnded();
    mayAnswer.resolve();
    const [answer] = await once(socket, "data");
    expect(bodyOf(String(answer))).toEqual({ bytes: 3 });
  });
});
