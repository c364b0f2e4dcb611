/**
 * sendRequest against a real server: streamed bodies, early answers, broken connections.
 */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { AppError } from "../platform/errors.ts";
import { assertAnswered, sendRequest } from "./server-client.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function* endless() {
  for (;;) yield Buffer.alloc(65_536);
}

describe("sendRequest", () => {
  it("streams the body and answers status and text", async () => {
    const url = await startServer((request, response) => {
      let body = "";
      request.on("data", (piece) => {
        body += piece;
      });
      request.on("end", () => response.writeHead(201).end(`${request.method} ${request.headers["x-a"]} ${body}`));
    });
    const answer = await sendRequest({ url, method: "POST", headers: { "x-a": "b" }, body: pieces("one,", "two") });
    expect(answer).toEqual({ status: 201, body: "POST b one,two" });
  });

  it("takes an answer that comes before the body is read, however long the body is", async () => {
    const url = await startServer((_, response) => response.writeHead(403).end("no"));
    const answer = await sendRequest({ url, method: "POST", headers: {}, body: endless() });
    expect(answer).toEqual({ status: 403, body: "no" });
  });

  it("says that the connection broke when the server goes away without an answer", async () => {
    const url = await startServer((request) => request.socket.destroy());
    const failure: AppError = await sendRequest({ url, method: "GET", headers: {} }).catch((error) => error);
    expect(failure.code).toBe("store/unavailable");
    expect(failure.message).toContain("broke the connection");
  });

  it.each(["answers", "goes away"])("does not wait for a body that is silent when the server %s", async (what) => {
    const url = await startServer((request, response) => {
      request.once("data", () => (what === "answers" ? response.writeHead(409).end("no") : request.socket.destroy()));
    });
    const silent = new Promise<never>(() => {});
    async function* body() {
      yield Buffer.from("line\n");
      await silent;
    }
    const ended = await sendRequest({ url, method: "POST", headers: {}, body: body() }).catch(({ code }) => code);
    expect(ended).toEqual(what === "answers" ? { status: 409, body: "no" } : "store/unavailable");
  });

  it("ends with the body's own error when the body cannot be read", async () => {
    const url = await startServer((request) => request.resume());
    async function* broken() {
      yield Buffer.from("x");
      throw new RangeError("the disk is gone");
    }
    const failure = await sendRequest({ url, method: "POST", headers: {}, body: broken() }).catch((error) => error);
    expect(String(failure.cause ?? failure)).toContain("the disk is gone");
  });
});

describe("assertAnswered", () => {
  it("lets success pass", () => {
    expect(() => assertAnswered({ status: 200, body: "" })).not.toThrow();
  });

  it("throws the server's own code and sentence", () => {
    const body =
      '{"title":"Bad Request","status":400,"detail":"window must be one of none, hour.","code":"query/invalid"}';
    expect(() => assertAnswered({ status: 400, body })).toThrow(
      expect.objectContaining({ code: "query/invalid", message: "window must be one of none, hour." }),
    );
  });

  it("throws the status where something else answered", () => {
    expect(() => assertAnswered({ status: 502, body: "<html>" })).toThrow(
      expect.objectContaining({ code: "store/unavailable", message: "The server answered with status 502." }),
    );
  });
});
