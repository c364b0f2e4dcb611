/**
 * The client's address and the server's own, with and without a reverse proxy in front that is believed.
 */
import type { FastifyInstance } from "fastify";
import { afterEach, describe, expect, test } from "vitest";
import { buildRoute, buildSmallServer, smallDialect } from "./small-dialect.contract.ts";

const seen = buildRoute("/small/seen", {
  scope: "none",
  answer: async (_, { address, baseUrl }) => ({ status: 200, body: { address, baseUrl } }),
});

let app: FastifyInstance;
afterEach(() => app.close());

/** What a route sees of a request from 192.0.2.1 with these headers. */
async function ask(headers: Readonly<Record<string, string>>, trustsProxy?: boolean, publicUrl: string | null = null) {
  app = buildSmallServer({
    dialects: [{ ...smallDialect, routes: [seen] }],
    publicUrl,
    ...(trustsProxy === undefined ? {} : { trustsProxy }),
  });
  const answer = await app.inject({ url: "/small/seen", remoteAddress: "192.0.2.1", headers });
  return answer.json() as unknown;
}

const FORWARDED = {
  host: "10.0.0.5:8787",
  "x-forwarded-for": "198.51.100.9, 203.0.113.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "usage.example.com",
};

describe("a request", () => {
  test.each([undefined, false])("is the connection's own where no proxy is trusted (%s)", async (trustsProxy) => {
    expect(await ask(FORWARDED, trustsProxy)).toEqual({ address: "192.0.2.1", baseUrl: "http://10.0.0.5:8787" });
  });

  test("is the client's that the trusted proxy saw itself, not one that the client made up", async () => {
    expect(await ask(FORWARDED, true)).toEqual({ address: "203.0.113.7", baseUrl: "https://usage.example.com" });
  });

  test.each([
    ["203.0.113.9:51234", "203.0.113.9"],
    ["[2001:db8::1]:443", "2001:db8::1"],
  ])("is the client's without the port that the proxy has written: %s", async (forwardedFor, address) => {
    expect(await ask({ ...FORWARDED, "x-forwarded-for": `198.51.100.9, ${forwardedFor}` }, true)).toMatchObject({
      address,
    });
  });

  test("counts towards the bound of its client, whatever the port", async () => {
    app = buildSmallServer({
      dialects: [{ ...smallDialect, routes: [seen] }],
      limits: { bodyBytesMax: 1_000, requestsPerSecondMax: 2 },
      trustsProxy: true,
    });
    const statuses: number[] = [];
    for (const forwardedFor of ["203.0.113.7:50001", "203.0.113.7:50002", "203.0.113.7:50003", "203.0.113.8:50001"]) {
      const headers = { "x-forwarded-for": forwardedFor };
      statuses.push((await app.inject({ url: "/small/seen", headers })).statusCode);
    }
    expect(statuses).toEqual([200, 200, 429, 200]);
  });

  test("is the connection's own where the trusted proxy says nothing", async () => {
    expect(await ask({ host: "h:1" }, true)).toEqual({ address: "192.0.2.1", baseUrl: "http://h:1" });
  });

  test("has the last entry of a header that several proxies wrote, with the port in it", async () => {
    const headers = {
      ...FORWARDED,
      "x-forwarded-host": "made.up, usage.example.com:8443",
      "x-forwarded-proto": "http, HTTPS",
    };
    expect(await ask(headers, true)).toMatchObject({ baseUrl: "https://usage.example.com:8443" });
  });

  test("has the address of the settings, whatever a proxy says", async () => {
    expect(await ask(FORWARDED, true, "https://public.example")).toEqual({
      address: "203.0.113.7",
      baseUrl: "https://public.example",
    });
  });

  test.each(["a/b", "user@h", "[", "h?x", "a b", "h:99999"])(
    "has no address that begins with the host %j",
    async (host) => {
      expect(await ask({ host })).toMatchObject({ baseUrl: "http://localhost" });
      await app.close();
      expect(await ask({ "x-forwarded-host": host, "x-forwarded-proto": "javascript" }, true)).toMatchObject({
        baseUrl: "http://localhost",
      });
    },
  );
});
