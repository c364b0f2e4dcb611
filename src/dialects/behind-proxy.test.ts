/**
 * The bound on wrong passwords behind a reverse proxy: it counts clients, not the proxy, and not what clients call
 * themselves.
 */
import { afterEach, describe, expect, test } from "vitest";
import { type AskedServer, openAskedServer } from "./ask-server.contract.ts";

const NOW_MS = Date.UTC(2026, 2, 2, 12);

let server: AskedServer;
afterEach(() => server.close());

/** Statuses of logins with a wrong password, one per value of X-Forwarded-For, one after the other. */
async function guess(forwardedFor: readonly string[]): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const addresses of forwardedFor) {
    const headers = { "content-type": "application/json", "x-forwarded-for": addresses };
    const body = JSON.stringify({ email: "ann@example.com", password: "wrong password" });
    statuses.push((await server.send("POST", "/user/login", headers, body)).status);
  }
  return statuses;
}

const TEN_REFUSED = Array.from({ length: 10 }, () => 401);
/** Ten requests of one client, each under another address that it made up. */
const GUESSES = Array.from({ length: 10 }, (_, index) => `198.51.100.${index}, 203.0.113.7`);

describe("a login that is guessed", () => {
  test("ends for the client that a trusted proxy names, and for no other", async () => {
    server = await openAskedServer(NOW_MS, { trustsProxy: "on" });
    expect(await guess(GUESSES)).toEqual(TEN_REFUSED);
    expect(await guess(["203.0.113.7", "192.0.2.1, 203.0.113.7", "203.0.113.8"])).toEqual([429, 429, 401]);
  });

  test("ends for one client whatever its port, where the proxy writes it", async () => {
    server = await openAskedServer(NOW_MS, { trustsProxy: "on" });
    expect(await guess(GUESSES.map((addresses, index) => `${addresses}:${50_000 + index}`))).toEqual(TEN_REFUSED);
    expect(await guess(["203.0.113.7:443", "203.0.113.7", "203.0.113.8:50000"])).toEqual([429, 429, 401]);
  });

  test("ends for everybody behind a proxy that is not trusted: no header makes another client", async () => {
    server = await openAskedServer(NOW_MS);
    expect(await guess(GUESSES)).toEqual(TEN_REFUSED);
    expect(await guess(["203.0.113.8"])).toEqual([429]);
  });
});
