/**
 * The native API over the whole server: what is sent in, what is answered about it, and what can be read back.
 */
import type { InjectOptions } from "fastify";
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
});
afterEach(() => server.close());

/** An event of the source `cdn` that sends 100 bytes for space 606; fields can be changed. */
function event(id: string, over: Record<string, unknown> = {}): Record<string, unknown> {
  const data = { space_id: 606, bytes_out: 100 };
  const plain = {
    specversion: "1.0",
    id,
    source: "cdn",
    type: "assetmeter.delivery",
    time: "2026-11-20T10:00:00Z",
    data,
  };
  return { ...plain, ...over };
}

async function ask(options: InjectOptions & { readonly token?: string; readonly type?: string }) {
  const { token = "admin", type, ...request } = options;
  const headers = { authorization: `Bearer ${token}`, ...(type === undefined ? {} : { "content-type": type }) };
  const answer = await server.app.inject({ ...request, headers: { ...headers, ...request.headers } });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

/** Sends events: an object or array as JSON, text as it is. */
const send = (events: unknown, type: string, more: InjectOptions & { token?: string } = {}) =>
  ask({
    method: "POST",
    url: "/usage/v1/events",
    payload: typeof events === "string" ? events : JSON.stringify(events),
    type,
    ...more,
  });

const sendBatch = (events: unknown, more: InjectOptions & { token?: string } = {}) =>
  send(events, "application/cloudevents-batch+json", more);

const lines = (events: readonly unknown[]) => events.map((one) => `${JSON.stringify(one)}\n`).join("");

/** Bytes sent for the organization on the day of the events. */
async function readBytesOut(): Promise<unknown> {
  const { body } = await ask({ url: "/usage/v1/query?metric=bytes_out&start=2026-11-20&end=2026-11-21" });
  return body.rows[0].values.bytes_out;
}

describe("POST /usage/v1/events 200", () => {
  test("one event is counted and read back", async () => {
    expect(await send(event("a"), "application/cloudevents+json")).toMatchObject({
      status: 200,
      body: { received: 1, accepted: 1, duplicates: 0, rejected: 0, receipts: [] },
    });
    expect(await readBytesOut()).toBe(100);
  });

  test("a batch sent twice is counted once, and the second answer says so of every event", async () => {
    const batch = [event("a"), event("b")];
    await sendBatch(batch);
    expect((await sendBatch(batch)).body).toEqual({
      received: 2,
      accepted: 0,
      late: 0,
      duplicates: 2,
      rejected: 0,
      receipts: [
        { index: 0, id: "a", result: "duplicate", reason: null, detail: null },
        { index: 1, id: "b", result: "duplicate", reason: null, detail: null },
      ],
    });
    expect(await readBytesOut()).toBe(200);
  });

  test("a bad event is rejected with its place, id and reason; the others are counted", async () => {
    const { body } = await sendBatch([event("a"), event("b", { type: "assetmeter.nothing" }), 7, event("c")]);
    expect(body).toMatchObject({ received: 4, accepted: 2, duplicates: 0, rejected: 2 });
    expect(body.receipts).toMatchObject([
      { index: 1, id: "b", result: "rejected", reason: "unknown-type" },
      { index: 2, id: null, result: "rejected", reason: "not-an-event" },
    ]);
    expect(await readBytesOut()).toBe(200);
  });

  test("receipts=all has a receipt of every event", async () => {
    const { body } = await sendBatch([event("a"), event("b")], { url: "/usage/v1/events?receipts=all" });
    expect(body.receipts.map(({ id, result }: { id: string; result: string }) => [id, result])).toEqual([
      ["a", "accepted"],
      ["b", "accepted"],
    ]);
  });

  test("plain JSON is one event or an array, an empty array is nothing", async () => {
    expect((await send(event("a"), "application/json")).body).toMatchObject({ received: 1, accepted: 1 });
    expect((await send([event("a"), event("b")], "application/json")).body).toMatchObject({
      accepted: 1,
      duplicates: 1,
    });
    expect((await sendBatch([])).body).toMatchObject({ received: 0 });
  });

  test("a stream of lines is longer than any batch, its receipts count through, bad lines do not stop it", async () => {
    const events = Array.from({ length: 25 }, (_, index) => event(`e${index}`));
    const text = `${lines(events)}\nnot json\n${lines([event("e3")])}${JSON.stringify(event("last"))}`;
    const { status, body } = await send(text, "application/x-ndjson");
    expect([status, body.received, body.accepted, body.duplicates, body.rejected]).toEqual([200, 28, 26, 1, 1]);
    expect(body.receipts).toMatchObject([
      { index: 25, id: null, result: "rejected", reason: "not-an-event" },
      { index: 26, id: "e3", result: "duplicate" },
    ]);
    expect(await readBytesOut()).toBe(2_600);
  });

  test("a line that is too long is one rejection", async () => {
    const { body } = await send(lines([event("x".repeat(2_000)), event("a")]), "application/x-ndjson");
    expect(body).toMatchObject({ received: 2, accepted: 1, rejected: 1, receipts: [{ reason: "record-too-large" }] });
  });

  test("an empty stream is nothing", async () => {
    expect(await send("", "application/x-ndjson")).toMatchObject({ status: 200, body: { received: 0, receipts: [] } });
  });

  test("a token that is limited to spaces writes to these only", async () => {
    await server.createToken("shop", { spaces: [707] });
    const mine = event("b", { data: { space_id: 707, bytes_out: 1 } });
    const { body } = await sendBatch([event("a"), mine], { token: "shop" });
    expect(body).toMatchObject({ accepted: 1, rejected: 1, receipts: [{ index: 0, reason: "unknown-space" }] });
    expect(await readBytesOut()).toBe(1);
  });
});

describe("POST /usage/v1/events refused", () => {
  test.each([
    ["{", "application/cloudevents+json", 400, "The body is not valid JSON."],
    ["", "application/cloudevents+json", 400, "The body is empty; an event was expected."],
    [
      "[]",
      "application/cloudevents+json",
      400,
      "application/cloudevents+json is one event; an array is application/cloudevents-batch+json.",
    ],
    [
      "{}",
      "application/cloudevents-batch+json",
      400,
      "application/cloudevents-batch+json is an array; one event is application/cloudevents+json.",
    ],
    [
      "a=1",
      "application/x-www-form-urlencoded",
      415,
      "Forms are not read. Send the event as application/cloudevents+json.",
    ],
  ])("%j as %s is %d", async (payload, type, status, detail) => {
    const refused = await send(payload, type);
    expect(refused).toMatchObject({ status, body: { status, detail } });
    expect(refused.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  });

  test("CloudEvents in binary mode are refused with what to send", async () => {
    const headers = { "ce-id": "1", "ce-specversion": "1.0", "ce-source": "cdn", "ce-type": "assetmeter.api" };
    const refused = await send("{}", "application/json", { headers });
    expect(refused.status).toBe(415);
    expect(refused.body.detail).toContain("Send the whole event as application/cloudevents+json");
  });

  test("a batch over the bound is 413 with both numbers, and nothing of it is counted", async () => {
    const refused = await sendBatch(Array.from({ length: 11 }, (_, index) => event(`e${index}`)));
    expect(refused).toMatchObject({ status: 413, body: { code: "request/body-too-large" } });
    expect(refused.body.detail).toContain("has 11 events; at most 10");
    expect(await readBytesOut()).toBe(0);
  });

  test("a body or an event over its bound is 413", async () => {
    expect((await sendBatch(`"${"x".repeat(100_000)}"`)).status).toBe(413);
    const refused = await send(event("x".repeat(1_000)), "application/json");
    expect(refused).toMatchObject({ status: 413, body: { detail: "The event is larger than 1000 bytes." } });
  });

  test.each(["application/json", "application/cloudevents+json", "application/cloudevents-batch+json"])(
    "an event with a field of 20,000 levels is counted or refused as any other, as %s",
    async (type) => {
      const server = await openWholeServer(NOW_MS, { eventBytesMax: 65_536 });
      await server.catalog.createOrganization({ id: 42, name: "Example" });
      await server.createToken("admin");
      const deep = JSON.stringify({ specversion: "1.0", id: "e", source: "cdn", type: "assetmeter.api", deep: 0 });
      const one = deep.replace(":0}", `:${"[".repeat(20_000)}${"]".repeat(20_000)}}`);
      const payload = type.includes("batch") ? `[${one}]` : one;
      const headers = { authorization: "Bearer admin", "content-type": type };
      const answer = await server.app.inject({ method: "POST", url: "/usage/v1/events", headers, payload });
      expect([answer.statusCode, answer.json()]).toMatchObject([200, { accepted: 1 }]);
      const other = { ...headers, "content-type": "application/other+json" };
      const parsed = await server.app.inject({ method: "POST", url: "/usage/v1/events", headers: other, payload: one });
      expect([parsed.statusCode, parsed.json().code]).toEqual([400, "request/invalid"]);
      await server.close();
    },
  );

  test("an unknown parameter or value is 400 by name", async () => {
    const wrong = await sendBatch([], { url: "/usage/v1/events?receipts=some" });
    expect(wrong).toMatchObject({
      status: 400,
      body: { detail: "Parameter receipts should be one of problems, all." },
    });
  });

  test("without a token it is 401, without the scope ingest 403", async () => {
    await server.createToken("reader", { role: "member" });
    const anonymous = await send(event("a"), "application/json", { headers: { authorization: "" } });
    expect([anonymous.status, anonymous.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect(await send(event("a"), "application/json", { token: "reader" })).toMatchObject({
      status: 403,
      body: { code: "access/scope-missing", detail: "The token does not have the scope ingest." },
    });
  });

  test("an intake that takes no more is 503 with Retry-After", async () => {
    await server.intake.close();
    for (const type of ["application/json", "application/x-ndjson"]) {
      const refused = await send(event("a"), type);
      expect([refused.status, refused.body.code]).toEqual([503, "sources/overloaded"]);
      expect(Number(refused.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    }
  });

  test("a store that is gone is 503 with Retry-After, also in the middle of a stream, and nothing is invented", async () => {
    await server.store.close();
    const refused = await send(
      lines(Array.from({ length: 25 }, (_, index) => event(`e${index}`))),
      "application/x-ndjson",
    );
    expect([refused.status, refused.body.code, refused.headers["retry-after"]]).toEqual([
      503,
      "store/unavailable",
      "1",
    ]);
    expect((await ask({ url: "/usage/v1/query" })).status).toBe(503);
    expect((await ask({ url: "/usage/v1/sources" })).status).toBe(503);
    const ready = await server.app.inject("/readyz");
    expect([ready.statusCode, ready.json().checks]).toEqual([503, { store: "failed", catalogue: "ok", files: "ok" }]);
  });
});

describe("GET /usage/v1/sources", () => {
  test("says of every source what it sent and what became of it", async () => {
    await server.catalog.ensureSource({ organization: 42, name: "quiet", format: "combined", space: 606 });
    const late = event("b", { time: "2026-11-20T11:30:00Z" });
    await sendBatch([event("a"), late, event("a"), event("c", { type: "assetmeter.nothing" })]);
    const { body } = await ask({ url: "/usage/v1/sources" });
    const nothing = { received: 0, accepted: 0, late: 0, duplicates: 0, rejected: 0, rejected_by_reason: {} };
    const never = { first_event_time: null, last_event_time: null, watermark: null };
    expect(body.sources).toEqual([
      {
        name: "cdn",
        format: "cloudevents",
        space: null,
        space_id: null,
        received: 4,
        accepted: 2,
        late: 0,
        duplicates: 1,
        rejected: 1,
        rejected_by_reason: { "unknown-type": 1 },
        first_event_time: "2026-11-20T10:00:00.000Z",
        last_event_time: "2026-11-20T11:30:00.000Z",
        watermark: null,
      },
      // Where events would be counted that name no source.
      { name: "events", format: "cloudevents", space: null, space_id: null, ...nothing, ...never },
      { name: "quiet", format: "combined", space: 606, space_id: 606, ...nothing, ...never },
    ]);
  });

  test("records that name no source are shown as well", async () => {
    await sendBatch([7]);
    const { body } = await ask({ url: "/usage/v1/sources" });
    expect(body.sources).toMatchObject([{ received: 1, rejected: 1, rejected_by_reason: { "not-an-event": 1 } }]);
  });

  test("a token that is limited to spaces sees the sources of these spaces only", async () => {
    await server.createToken("site", { spaces: [606] });
    for (const [name, space] of [
      ["of-site", 606],
      ["of-shop", 707],
      ["of-all", null],
    ] as const) {
      await server.catalog.ensureSource({ organization: 42, name, format: "combined", space });
    }
    const { body } = await ask({ url: "/usage/v1/sources", token: "site" });
    expect(body.sources.map(({ name }: { name: string }) => name)).toEqual(["of-site"]);
    expect((await ask({ url: "/usage/v1/sources/of-shop/rejected", token: "site" })).status).toBe(404);
    expect((await ask({ url: "/usage/v1/sources/of-site/rejected", token: "site" })).status).toBe(200);
  });
});

describe("GET /usage/v1/sources/:name/rejected", () => {
  test("shows the refused records, newest first, also of a source with slashes in its name", async () => {
    const source = "https://cdn.example.com/logs";
    await sendBatch([event("a", { source, type: "x" })]);
    server.clock.set(NOW_MS + 1_000);
    await sendBatch([event("b", { source, data: { bytes_out: -1 } })]);
    const { status, body } = await ask({ url: `/usage/v1/sources/${encodeURIComponent(source)}/rejected` });
    expect([status, body.source]).toEqual([200, source]);
    expect(body.rejected).toMatchObject([
      { received_at: "2026-11-20T12:00:01.000Z", reason: "bad-number", position: "index 0" },
      { received_at: "2026-11-20T12:00:00.000Z", reason: "unknown-type", position: "index 0" },
    ]);
    expect(body.rejected[0].text).toContain('"b"');
    expect(body.rejected[0].meaning).toMatch(/integer/);
  });

  test("an unknown source, and one of another organization, is 404", async () => {
    await server.catalog.createOrganization({ id: 43, name: "Other" });
    await server.createToken("stranger", { organization: 43 });
    await sendBatch([event("a", { type: "x" })]);
    const foreign = await ask({ url: "/usage/v1/sources/cdn/rejected", token: "stranger" });
    const unknown = await ask({ url: "/usage/v1/sources/nothing/rejected", token: "stranger" });
    expect(foreign).toMatchObject({ status: 404, body: { code: "catalog/not-found" } });
    expect(foreign.body).toEqual(unknown.body);
  });
});

describe("paths that belong to nobody", () => {
  test("are answered with a problem object", async () => {
    expect(await ask({ url: "/favicon.ico" })).toMatchObject({
      status: 404,
      body: { type: "about:blank", title: "Not Found", status: 404, code: "request/not-found" },
    });
    const refused = await ask({ method: "DELETE", url: "/usage/v1/events" });
    expect([refused.status, refused.headers.allow]).toEqual([405, "POST"]);
  });
});
