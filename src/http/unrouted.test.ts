/**
 * Requests that no route takes, whatever their method and body: refused alike, and no fault of the server.
 */
import type { InjectOptions } from "fastify";
import { expect, test } from "vitest";
import { buildLogSink, buildSmallServer } from "./small-dialect.contract.ts";

// Fastify knows QUERY and wants a Content-Type of it; PROPFIND is one that only Node knows.
test.each(["QUERY", "PROPFIND"])("%s is 405 or 404 with or without a body, and no error in the log", async (method) => {
  const { logger, lines } = buildLogSink();
  const app = buildSmallServer({ logger });
  const ask = async (url: string, more: InjectOptions = {}) => {
    const answer = await app.inject({ method: method as "GET", url, ...more });
    return [answer.statusCode, answer.headers.allow, answer.json()];
  };
  const refused = { small: `This path does not answer ${method}; it answers GET, HEAD.` };
  const bodies: readonly InjectOptions[] = [
    {},
    { payload: "x", headers: { "content-type": "text/plain" } },
    { payload: "{", headers: { "content-type": "application/json" } },
    { payload: "x", headers: { "content-type": "none" } },
  ];
  for (const body of bodies) {
    expect(await ask("/small/things", body)).toEqual([405, "GET, HEAD", refused]);
    expect(await ask("/mount/small/things/special", body)).toEqual([405, "GET, HEAD", refused]);
    expect(await ask("/small/no", body)).toEqual([404, undefined, { small: "There is nothing at this path." }]);
  }
  await app.close();
  expect(new Set(lines.map(({ message }) => message))).toEqual(new Set(["request"]));
});

test("a Content-Type that is none does not hide that nothing is at the path, or not for this method", async () => {
  const app = buildSmallServer();
  const post = (url: string) => app.inject({ method: "POST", url, payload: "x", headers: { "content-type": "none" } });
  expect((await post("/small/no")).statusCode).toBe(404);
  expect((await post("/small/things")).headers.allow).toBe("GET, HEAD");
  expect((await post("/small/echo")).statusCode).toBe(401);
  await app.close();
});
