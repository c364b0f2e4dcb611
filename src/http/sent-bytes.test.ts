/**
 * Bytes that really went out, over real sockets: whole answers, streams, and clients that leave.
 */
import { once } from "node:events";
import { createServer, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { countSentBytes } from "./sent-bytes.ts";

let server: Server;
let counted: Promise<number>;

/** A server that answers once as `answer` does; `counted` is what was counted when the response has ended. */
async function serve(answer: (response: ServerResponse) => unknown): Promise<number> {
  const ended = Promise.withResolvers<number>();
  counted = ended.promise;
  server = createServer((_, response) => {
    const sentBytes = countSentBytes(response);
    finished(response)
      .catch(() => undefined)
      .then(() => ended.resolve(sentBytes(response.writableFinished)));
    answer(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function read(port: number): Promise<number> {
  const sent = request({ port, host: "127.0.0.1" }).end();
  const [response] = await once(sent, "response");
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  return bytes;
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe("countSentBytes", () => {
  test.each<[string, (response: ServerResponse) => unknown, number]>([
    ["nothing", (response) => response.end(), 0],
    ["a text, in bytes and not in characters", (response) => response.end("héllo"), 6],
    ["a text in another encoding", (response) => response.end("00ff", "hex"), 2],
    ["pieces, in chunks", (response) => response.write("abc") && response.end(Buffer.from("de")), 5],
    ["a function in the place of bytes", (response) => response.end(() => undefined), 0],
    ["a stream of 3 MB", (response) => Readable.from(Array(30).fill(Buffer.alloc(100_000))).pipe(response), 3_000_000],
  ])("counts %s as its client does", async (_, answer, expected) => {
    const port = await serve(answer);
    expect(await read(port)).toBe(expected);
    expect(await counted).toBe(expected);
  });

  test("callbacks of writes are still called, in order and with the encoding taken for one", async () => {
    const calls: string[] = [];
    const port = await serve((response) => {
      response.write("a", () => calls.push("a"));
      response.write("62", "hex", () => calls.push("b"));
      response.end("c", () => calls.push("end"));
    });
    expect([await read(port), await counted, calls]).toEqual([3, 3, ["a", "b", "end"]]);
  });

  test("what only waits in memory when the client leaves has not been sent", async () => {
    const chunk = Buffer.alloc(1_000_000);
    const port = await serve((response) => {
      for (let i = 0; i < 100; i++) response.write(chunk);
    });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await once(socket, "data");
    socket.destroy();
    expect(await counted).toBeLessThan(50 * chunk.length);
  });

  test.each<[string, (socket: Socket) => unknown]>([
    ["leaves", (socket) => socket.destroy()],
    ["says that it sends nothing more, and leaves", (socket) => socket.end(() => socket.destroy())],
  ])("of one write of which the system took a part before the client %s, that part counts", async (_, leave) => {
    const total = 100_000_000;
    const port = await serve((response) => {
      response.writeHead(200, { "content-length": total });
      response.write(Buffer.alloc(total));
    });
    const { socket, received } = await readSome(port, 3_000_000);
    await settle();
    leave(socket);
    const bytes = await counted;
    expect(bytes).toBeGreaterThanOrEqual(received);
    // What is behind the client is the buffers of two sockets, some megabytes each.
    expect(bytes).toBeLessThan(received + 30_000_000);
  });

  test("of many writes, no byte of a broken-off answer that its client has received is missing", async () => {
    const total = 100_000_000;
    const chunks = Array(total / 50_000).fill(Buffer.alloc(50_000));
    const port = await serve((response) => {
      response.writeHead(200, { "content-length": total });
      Readable.from(chunks).pipe(response);
    });
    const { socket, received } = await readSome(port, 30_000_000);
    await settle();
    socket.destroy();
    const bytes = await counted;
    expect(bytes).toBeGreaterThanOrEqual(received);
    expect(bytes).toBeLessThan(total);
    // Not a whole number of writes: the last one was taken in part.
    expect(bytes % 50_000).toBeGreaterThan(0);
  });

  test("of an answer that is one text, the part counts that the system took before the client left", async () => {
    const port = await serve((response) => response.end("x".repeat(100_000_000)));
    const { socket, received } = await readSome(port, 3_000_000);
    socket.destroy();
    expect(await counted).toBeGreaterThanOrEqual(received);
  });

  test("the second answer of a connection counts by itself", async () => {
    const counts: Promise<number>[] = [];
    server = createServer((_, response) => {
      const sentBytes = countSentBytes(response);
      response.writeHead(200, { "content-length": 50_000_000 });
      const ended = finished(response).catch(() => undefined);
      counts.push(ended.then(() => sentBytes(response.writableFinished)));
      response.write(Buffer.alloc(50_000_000));
      response.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { socket, received } = await readSome(port, 50_000_000);
    expect([received, await counts[0]]).toEqual([50_000_000, 50_000_000]);
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let bytes = 0;
    for await (const piece of socket) {
      bytes += (piece as Buffer).length;
      if (bytes > 1_000_000) break;
    }
    const second = await counts[1];
    expect(second).toBeGreaterThanOrEqual(bytes - 1_000);
    expect(second).toBeLessThan(40_000_000);
    expect(socket.listenerCount("error")).toBeLessThan(5);
  });
});

/** The system takes what it has room for: the next thing that the server hears is that the client leaves. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await setImmediate();
}

/** Asks and reads at least so many bytes of the body, and not all that is there. Answers the bytes of the body. */
async function readSome(
  port: number,
  bytesMin: number,
): Promise<{ readonly socket: Socket; readonly received: number }> {
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  let received = 0;
  let headerBytes = 0;
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    if (headerBytes === 0) headerBytes = (piece as Buffer).indexOf("\r\n\r\n") + 4;
    received += (piece as Buffer).length;
    if (received - headerBytes >= bytesMin) break;
  }
  return { socket, received: received - headerBytes };
}
