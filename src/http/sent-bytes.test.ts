/**
 * Bytes that really went out, over real sockets: whole answers, streams, and clients that leave.
 */
import { once } from "node:events";
import { createServer, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
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

  test("of an answer whose client leaves, what the system took counts, and not what waited in memory", async () => {
    const total = 100_000_000;
    const chunks = Array(total / 50_000).fill(Buffer.alloc(50_000));
    const port = await serve((response) => {
      response.writeHead(200, { "content-length": total });
      Readable.from(chunks).pipe(response);
    });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let received = 0;
    for await (const piece of socket) {
      received += (piece as Buffer).length;
      if (received > 30_000_000) break;
    }
    socket.destroy();
    const bytes = await counted;
    expect(bytes).toBeGreaterThan(received - 1_000);
    expect(bytes).toBeLessThan(total);
  });
});
