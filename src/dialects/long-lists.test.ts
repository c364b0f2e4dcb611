/**
 * Lists of ids that are far too long, over a real socket: the client reads how many are allowed, in its vendor's words,
 * and keeps its connection.
 */
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWholeServer, type WholeServer } from "./whole-server.contract.ts";

/** A UUID per number. */
const listIds = (length: number): readonly string[] =>
  Array.from({ length }, (_, index) => `550e8400-e29b-41d4-a716-${String(index).padStart(12, "0")}`);

const AUTHORIZED = { headers: { authorization: "Bearer admin" } };

let server: WholeServer;
let origin: string;
beforeAll(async () => {
  server = await openWholeServer(Date.UTC(2026, 2, 2, 12));
  await server.catalog.createOrganization({ id: 42, name: "One" });
  await server.createToken("admin");
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  origin = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

/** Asks with the ids joined by `%2C`, as URLSearchParams writes a comma. */
async function ask(path: string, name: string, ids: readonly string[]) {
  const response = await fetch(`${origin}${path}?${new URLSearchParams({ [name]: ids.join(",") })}`, AUTHORIZED);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe("10,000 ids in one query", () => {
  test.each([
    ["/bucket/stats", "bucketId"],
    ["/unit/stats", "unitId"],
    ["/flashback/repo/stats", "repoId"],
    ["/stats/daily", "bucketId"],
  ])("400 from Flashback's %s, which names %s and the bound", async (path, name) => {
    const { status, body } = await ask(path, name, listIds(10_000));
    expect(body).toEqual({ success: false, message: `Too many ${name} values (maximum 1000)` });
    expect(status).toBe(400);
  });

  test("400 from the native query, which names the parameter and the bound", async () => {
    const { status, body } = await ask("/usage/v1/query", "bucket", listIds(10_000));
    expect(body).toMatchObject({
      code: "query/invalid",
      detail: "bucket has 10000 items; 1000 are the most of one query.",
    });
    expect(status).toBe(400);
  });
});

describe("1,000 ids in one query", () => {
  test("200 from Flashback and from the native query", async () => {
    expect(await ask("/bucket/stats", "bucketId", listIds(1_000))).toEqual({
      status: 200,
      body: { success: true, stats: [] },
    });
    expect((await ask("/usage/v1/query", "bucket", listIds(1_000))).status).toBe(200);
  });
});
