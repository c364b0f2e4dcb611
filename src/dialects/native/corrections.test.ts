/**
 * Corrections and receipts over the whole server: what they change, what they say, and who may ask.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWholeServer, type WholeServer } from "../whole-server.contract.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00Z");

let server: WholeServer;
beforeEach(async () => {
  server = await openWholeServer(NOW_MS);
  await server.catalog.createOrganization({ id: 42, name: "Example" });
  await server.catalog.createSpace({ organization: 42, id: 606, name: "Site" });
  await server.catalog.createSpace({ organization: 42, id: 707, name: "Shop" });
  await server.createToken("admin");
  await server.createToken("dashboard", { role: "member" });
  await server.createToken("site-only", { spaces: [606] });
});
afterEach(() => server.close());

/** An event of the source `cdn` that sends `bytes` for space 606 two hours ago. */
const event = (id: string, bytes = 100, over: Record<string, unknown> = {}) => ({
  specversion: "1.0",
  id,
  source: "cdn",
  type: "assetmeter.delivery",
  time: "2026-11-20T10:00:00Z",
  data: { space_id: 606, bytes_out: bytes },
  ...over,
});

async function ask(method: "GET" | "POST", url: string, payload?: unknown, token = "admin") {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await server.app.inject({
    method,
    url,
    headers: payload === undefined ? headers : { ...headers, "content-type": "application/json" },
    ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
  });
  return { status: answer.statusCode, body: answer.json() };
}
const send = (events: unknown, more = "") => ask("POST", `/usage/v1/events${more}`, events);
const correct = (body: unknown, token?: string) => ask("POST", "/usage/v1/corrections", body, token);
const readBytesOut = async (space = 606): Promise<number> => {
  const url = `/usage/v1/query?metric=bytes_out&start=2026-11-01&end=2026-12-01&space=${space}`;
  return (await ask("GET", url)).body.rows[0].values.bytes_out;
};

describe("POST /usage/v1/corrections 200", () => {
  test("voids events by id, says which of the ids it changed, and every number follows at once", async () => {
    await send([event("a"), event("b", 7)]);
    const { status, body } = await correct({ action: "void", source: "cdn", ids: ["a", "x"], reason: "a test" });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        number: 1,
        dry_run: false,
        source: "cdn",
        events: 1,
        change: { count: -1, bytes_in: 0, bytes_out: -100, size_delta: 0, objects_delta: 0 },
        ids: [
          { id: "a", changed: true },
          { id: "x", changed: false },
        ],
      },
    });
    expect(await readBytesOut()).toBe(7);
  });

  test("voids all events of a source in a range of time, its end excluded", async () => {
    await send([event("a"), event("b", 7, { time: "2026-11-20T11:00:00Z" }), event("c", 1, { source: "other" })]);
    const range = { start: "2026-11-20", end: "2026-11-20T11:00:00Z" };
    expect((await correct({ action: "void", source: "cdn", ...range, reason: "r" })).body).toMatchObject({ events: 1 });
    expect(await readBytesOut()).toBe(8);
  });

  test("replaces events, also with ones of another space", async () => {
    await send([event("a")]);
    const right = event("a", 30, { data: { space_id: 707, bytes_out: 30 } });
    const { body } = await correct({ action: "replace", events: [right], reason: "wrong space" });
    expect(body).toMatchObject({ events: 1, change: { count: 0, bytes_out: -70 }, ids: [{ id: "a", changed: true }] });
    expect([await readBytesOut(606), await readBytesOut(707)]).toEqual([0, 30]);
  });

  test("a dry run says what would change and changes nothing", async () => {
    await send([event("a")]);
    const { body } = await correct({ action: "void", source: "cdn", ids: ["a"], reason: "r", dry_run: true });
    expect(body).toMatchObject({ number: null, dry_run: true, events: 1, change: { bytes_out: -100 } });
    expect(await readBytesOut()).toBe(100);
    expect((await ask("GET", "/usage/v1/corrections")).body).toEqual({ corrections: [] });
  });
});

describe("POST /usage/v1/corrections 400", () => {
  test("a preview and a replacement that is refused put nothing into the catalogue", async () => {
    const list = async () => {
      const users = await server.catalog.listUsers(42);
      const [sources, buckets] = [await server.catalog.listSources(42), await server.catalog.listBuckets(42)];
      const assets = await server.catalog.readAssets(42, [5]);
      return [...sources, ...buckets, ...users, ...assets].length;
    };
    await send([event("a"), event("b")]);
    // The source, and that of events which name none.
    expect(await list()).toBe(2);
    const data = { space_id: 606, bytes_out: 30, asset_id: 5, bucket_id: "media", user_id: 6 };
    const asked = { action: "replace", events: [event("a", 0, { data }), event("b", 0, { data })], reason: "r" };
    const change = { count: 0, bytes_out: -140 };
    expect((await correct({ ...asked, dry_run: true })).body).toMatchObject({ number: null, events: 2, change });
    const others = asked.events.map((one) => ({ ...one, source: "new" }));
    expect((await correct({ ...asked, events: others, dry_run: true })).body).toMatchObject({ events: 0 });
    expect((await correct({ ...asked, events: [...asked.events, event("c", -1)] })).status).toBe(400);
    expect(await list()).toBe(2);
    expect((await correct(asked)).body).toMatchObject({ number: 1, change });
    // The bucket, the user and the asset came with it.
    expect(await list()).toBe(5);
  });

  test.each([
    ["no reason", { action: "void", source: "cdn", ids: ["a"] }],
    ["an unknown action", { action: "delete", source: "cdn", ids: ["a"], reason: "r" }],
    ["a misspelt field", { action: "void", source: "cdn", id: ["a"], ids: ["a"], reason: "r" }],
    [
      "ids and a range",
      { action: "void", source: "cdn", ids: ["a"], start: "2026-01-01", end: "2026-02-01", reason: "r" },
    ],
    ["half a range", { action: "void", source: "cdn", start: "2026-01-01", reason: "r" }],
    ["an empty range", { action: "void", source: "cdn", start: "2026-01-01", end: "2026-01-01", reason: "r" }],
    ["more ids than a batch has", { action: "void", source: "cdn", ids: Array.from("abcdefghijk"), reason: "r" }],
    ["a replacement that cannot be counted", { action: "replace", events: [event("a", -1)], reason: "r" }],
    ["two replacements of one id", { action: "replace", events: [event("a"), event("a", 5)], reason: "r" }],
    [
      "replacements of two sources",
      { action: "replace", events: [event("a"), event("b", 1, { source: "z" })], reason: "r" },
    ],
    ["a list", [1]],
    ["an id that no event can have", { action: "void", source: "cdn", ids: ["\ud800"], reason: "r" }],
    ["a source that no event can have", { action: "void", source: "\ud800", ids: ["a"], reason: "r" }],
  ])("%s is refused and nothing is changed", async (_, body) => {
    // What a lone surrogate becomes in UTF-8 is the id of another event.
    await send([event("a"), event("\ufffd"), event("a", 100, { source: "\ufffd" })]);
    expect(await correct(body)).toMatchObject({ status: 400, body: { code: "request/invalid" } });
    expect(await readBytesOut()).toBe(300);
  });
});

describe("POST /usage/v1/corrections 403", () => {
  test("a token without the scope, and one that is limited to spaces, may not correct", async () => {
    const body = { action: "void", source: "cdn", ids: ["a"], reason: "r" };
    expect(await correct(body, "dashboard")).toMatchObject({ status: 403, body: { code: "access/scope-missing" } });
    expect(await correct(body, "site-only")).toMatchObject({ status: 403, body: { code: "access/forbidden" } });
  });
});

describe("GET /usage/v1/corrections and POST …/:number/revert", () => {
  test("lists who changed what and why, and a revert gives everything back, once", async () => {
    await send([event("a")]);
    await correct({ action: "void", source: "cdn", ids: ["a"], reason: "a test" });
    const reverted = await ask("POST", "/usage/v1/corrections/1/revert", { reason: "no test" });
    expect(reverted.status).toBe(200);
    expect((await ask("GET", "/usage/v1/corrections")).body.corrections).toEqual([reverted.body]);
    expect(reverted.body).toMatchObject({
      number: 1,
      action: "void",
      source: "cdn",
      start: null,
      events: 1,
      reason: "a test",
      author: expect.stringMatching(/ admin$/),
      made_at: "2026-11-20T12:00:00.000Z",
      reverted: { reason: "no test", at: "2026-11-20T12:00:00.000Z" },
    });
    expect(await readBytesOut()).toBe(100);
    const again = await ask("POST", "/usage/v1/corrections/1/revert", { reason: "no test" });
    expect(again).toMatchObject({ status: 409, body: { code: "catalog/conflict" } });
    expect((await ask("POST", "/usage/v1/corrections/2/revert", { reason: "r" })).status).toBe(404);
    expect((await ask("POST", "/usage/v1/corrections/x/revert", { reason: "r" })).status).toBe(400);
  });
});

describe("GET /usage/v1/receipts", () => {
  test("tells by id what counts, what was voided, what was refused, what came again, and what never came", async () => {
    await send([event("a"), event("b", 5), event("bad", -1)]);
    await send([event("a")]);
    await correct({ action: "void", source: "cdn", ids: ["b"], reason: "r" });
    const { body } = await ask("GET", "/usage/v1/receipts?source=cdn&id=a&id=b&id=bad&id=x");
    expect(body.receipts).toMatchObject([
      {
        id: "a",
        result: "accepted",
        time: "2026-11-20T10:00:00.000Z",
        kind: "delivery",
        bytes_out: 100,
        duplicates_kept: 1,
      },
      { id: "b", result: "voided", bytes_out: 5, corrections: [1] },
      { id: "bad", result: "rejected", reason: "bad-number", received_at: "2026-11-20T12:00:00.000Z" },
      { id: "x", result: "unknown", received_at: null, time: null },
    ]);
  });

  test("without ids lists the last refused and duplicate records with what arrived, secrets removed", async () => {
    await send([event("a")]);
    server.clock.set(NOW_MS + 1000);
    await send([event("bad", -1, { secret: "hush" }), event("a", 100, { authorization: "hush" })]);
    const { body } = await ask("GET", "/usage/v1/receipts?source=cdn");
    expect(body.receipts).toMatchObject([
      { id: "bad", result: "rejected", reason: "bad-number", position: "index 0" },
      { id: "a", result: "duplicate", reason: null, position: "index 1", received_at: "2026-11-20T12:00:01.000Z" },
    ]);
    expect(JSON.stringify(body)).not.toContain("hush");
  });

  test("of an unknown source, and of one with other spaces' events for a limited token, are not found", async () => {
    await send([event("a")]);
    expect((await ask("GET", "/usage/v1/receipts?source=nope&id=a")).status).toBe(404);
    expect((await ask("GET", "/usage/v1/receipts?source=cdn&id=a", undefined, "site-only")).status).toBe(404);
    expect((await ask("GET", "/usage/v1/receipts?id=a")).status).toBe(400);
  });
});

describe("late events", () => {
  test("are unknown where the source has no bound", async () => {
    expect((await send([event("old", 1, { time: "1970-01-01T00:00:00Z" })])).body).toMatchObject({
      accepted: 1,
      late: 0,
    });
  });

  test("count, are called late, and are counted per source; one exactly as old as the bound is not late", async () => {
    await server.catalog.ensureSource({
      organization: 42,
      name: "cdn",
      format: "cloudevents",
      latenessBoundMs: 60_000,
    });
    const atBound = NOW_MS - 60_000;
    const at = (id: string, timeMs: number) => event(id, 1, { time: new Date(timeMs).toISOString() });
    const { body } = await send([at("edge", atBound), at("late", atBound - 1)], "?receipts=all");
    expect(body).toMatchObject({ accepted: 2, late: 1, receipts: [{ result: "accepted" }, { result: "late" }] });
    expect((await send([at("late", atBound - 1)])).body).toMatchObject({ late: 0, duplicates: 1 });
    const { sources } = (await ask("GET", "/usage/v1/sources")).body;
    expect(sources[0]).toMatchObject({ name: "cdn", accepted: 2, late: 1, duplicates: 1 });
  });
});

describe("POST /usage/v1/rebuild and /usage/v1/backups", () => {
  test("an admin's token of an organization may not ask for work on everything", async () => {
    expect(await ask("POST", "/usage/v1/rebuild", {})).toMatchObject({ status: 403 });
    const answer = await ask("POST", "/usage/v1/backups", { directory: "/tmp/nowhere" });
    expect(answer).toMatchObject({ status: 403, body: { code: "access/forbidden" } });
  });
});
