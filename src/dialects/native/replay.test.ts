/** Refused lines taken in again over the whole server: a rule is put right, the lines count, the file sent again adds nothing. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWholeServer, type WholeServer } from "../whole-server.contract.ts";

let server: WholeServer;
beforeEach(async () => {
  server = await openWholeServer(Date.parse("2026-11-20T12:00:00Z"));
  await server.catalog.createOrganization({ id: 42, name: "Example" });
  await server.catalog.createSpace({ organization: 42, id: 606, name: "Site" });
  await server.catalog.createSpace({ organization: 42, id: 607, name: "Shop" });
  await server.createToken("admin");
});
afterEach(() => server.close());

async function ask(method: "GET" | "POST" | "PATCH", url: string, payload?: string | object, secret = "admin") {
  const type = typeof payload === "string" ? "text/plain" : "application/json";
  const headers = {
    authorization: `Bearer ${secret}`,
    ...(payload === undefined ? {} : { "content-type": type }),
  };
  const answer = await server.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}

const makeSource = (more: object = {}) =>
  ask("POST", "/usage/v1/sources", { name: "cdn", format: "combined", ...more });
const change = (more: object) => ask("PATCH", "/usage/v1/sources/cdn", more);
const send = (log: string, query = "") => ask("POST", `/usage/v1/logs?source=cdn&name=a.log${query}`, log);
const replay = (secret?: string) => ask("POST", "/usage/v1/sources/cdn/replay", undefined, secret);
const listRejected = async () => (await ask("GET", "/usage/v1/sources/cdn/rejected")).body.rejected;
const counts = async () => (await ask("GET", "/usage/v1/sources")).body.sources[0];

/** Requests and bytes sent of a space, or of all. */
async function totals(space?: number): Promise<readonly number[]> {
  const of = space === undefined ? "" : `&space=${space}`;
  const range = "start=2026-11-20&end=2026-11-21";
  const { body } = await ask("GET", `/usage/v1/query?metric=requests,bytes_out&${range}${of}`);
  const { requests, bytes_out } = body.rows[0].values;
  return [requests, bytes_out];
}

const line = (path: string, bytes = 7, user = "-", minute = 0) =>
  `192.0.2.1 - ${user} [20/Nov/2026:08:${String(minute).padStart(2, "0")}:00 +0000] ` +
  `"GET ${path}?token=SECRET HTTP/1.1" 200 ${bytes} "-" "x"\n`;
const rulesTo = (space: string) => [{ match: { path: "/f/{name}/{rest...}" }, set: { space, asset: "/{rest}" } }];

describe("POST /usage/v1/sources/:name/replay: 200", () => {
  test("after a rule was put right the lines count where they belong, and the file sent again gives duplicates", async () => {
    await makeSource({ rules: rulesTo("9") });
    // The same line twice: two requests.
    const log = line("/f/a/1.jpg", 100) + line("/f/a/1.jpg", 100) + line("/f/a/2.jpg", 11) + line("/else.jpg", 5);
    expect((await send(log)).body).toMatchObject({ accepted: 1, rejected_by_reason: { "unknown-space": 3 } });
    expect((await listRejected())[0]).toMatchObject({ position: "a.log:3", replayable: true });
    await change({ rules: rulesTo("606") });
    expect((await replay()).body).toEqual({
      ...{ source: "cdn", received: 3, accepted: 3, duplicates: 0, rejected: 0, rejected_by_reason: {} },
      ...{ not_replayable: {}, not_kept: 0 },
    });
    expect(await totals(606)).toEqual([3, 211]);
    expect(await totals()).toEqual([4, 216]);
    expect(await listRejected()).toEqual([]);
    expect(await counts()).toMatchObject({ received: 4, accepted: 4, rejected: 0, rejected_by_reason: {} });
    expect((await send(log)).body).toMatchObject({ accepted: 0, duplicates: 4, rejected: 0 });
    expect(await totals()).toEqual([4, 216]);
  });

  test("asked twice, the second time changes nothing", async () => {
    await makeSource({ rules: rulesTo("9") });
    await send(line("/f/a/1.jpg") + line("/f/a/2.jpg"));
    await change({ rules: rulesTo("606") });
    const [one, other] = await Promise.all([replay(), replay()]);
    expect([one?.body.accepted, other?.body.accepted].sort()).toEqual([0, 2]);
    const before = await counts();
    expect((await replay()).body).toMatchObject({ received: 0, accepted: 0, duplicates: 0, rejected: 0 });
    expect(await counts()).toEqual(before);
    expect(before).toMatchObject({ received: 2, accepted: 2, duplicates: 0, rejected: 0 });
  });

  test("lines that came again meanwhile are duplicates and leave the list", async () => {
    await makeSource({ rules: rulesTo("9") });
    const log = line("/f/a/1.jpg") + line("/f/a/2.jpg");
    await send(log);
    await change({ rules: rulesTo("606") });
    expect((await send(log)).body).toMatchObject({ accepted: 2 });
    expect((await replay()).body).toMatchObject({ received: 2, accepted: 0, duplicates: 2 });
    expect(await listRejected()).toEqual([]);
    expect(await counts()).toMatchObject({ received: 4, accepted: 2, duplicates: 2, rejected: 0 });
    expect(await totals()).toEqual([2, 14]);
  });

  test("a line that is still refused stays, is counted under the reason of now, and keeps its hour", async () => {
    await makeSource({ rules: rulesTo("9") });
    await send(line("/f/a/1.jpg") + line("/f/b/2.jpg"));
    server.clock.set(Date.parse("2026-11-20T15:00:00Z"));
    const ignored = { match: { path: "/f/b/*" }, ignore: true };
    await change({ rules: [ignored, ...rulesTo("606")] });
    expect((await replay()).body).toMatchObject({
      accepted: 1,
      rejected: 1,
      rejected_by_reason: { "ignored-by-rule": 1 },
    });
    expect(await listRejected()).toMatchObject([
      { reason: "ignored-by-rule", position: "a.log:2", received_at: "2026-11-20T12:00:00.000Z" },
    ]);
    expect(await counts()).toMatchObject({ received: 2, accepted: 1, rejected_by_reason: { "ignored-by-rule": 1 } });
    const { body } = await ask("GET", "/usage/v1/coverage?source=cdn&start=2026-11-20&end=2026-11-21");
    const hours = body.sources[0].hours.map((hour: Record<string, unknown>) => [
      hour.hour,
      hour.accepted,
      hour.rejected_by_reason,
    ]);
    expect(hours).toEqual([
      ["2026-11-20T08:00:00.000Z", 1, {}],
      ["2026-11-20T12:00:00.000Z", 0, { "ignored-by-rule": 1 }],
    ]);
    expect((await replay()).body).toMatchObject({ rejected_by_reason: { "ignored-by-rule": 1 } });
    expect(await counts()).toMatchObject({ received: 2, accepted: 1, rejected: 1 });
  });

  test("the space that was named for the whole log is the lines' space still", async () => {
    await makeSource({ oldest_days: 1 });
    server.clock.set(Date.parse("2026-11-25T12:00:00Z"));
    expect((await send(line("/1.jpg"), "&space=607")).body.rejected_by_reason).toEqual({ "too-old": 1 });
    expect((await send(line("/2.jpg"))).body.rejected_by_reason).toEqual({ "too-old": 1 });
    await change({ oldest_days: null, space_id: 606 });
    expect((await replay()).body).toMatchObject({ accepted: 2 });
    expect([await totals(607), await totals(606)]).toEqual([
      [1, 7],
      [1, 7],
    ]);
  });

  test("a line from the future counts when its time has come", async () => {
    await makeSource();
    server.clock.set(Date.parse("2026-11-20T07:00:00Z"));
    expect((await send(line("/1.jpg"))).body.rejected_by_reason).toEqual({ "in-future": 1 });
    expect((await replay()).body.rejected_by_reason).toEqual({ "in-future": 1 });
    server.clock.set(Date.parse("2026-11-20T08:00:00Z"));
    expect((await replay()).body).toMatchObject({ accepted: 1 });
    expect(await totals()).toEqual([1, 7]);
  });

  test("users are kept as ids where a rule asked for them; without them a rule that asks finds nothing to try", async () => {
    const byUser = [{ match: {}, set: { user: "{user}", space: "9" } }];
    await makeSource({ rules: byUser });
    await server.catalog.createUser({ organization: 42, id: 5, name: "Ada", role: "member", email: null });
    await send(line("/1.jpg", 7, "5") + line("/2.jpg", 7, "alice"));
    await change({ rules: [{ match: {}, set: { user: "{user}", space: "606" } }] });
    expect((await replay()).body).toMatchObject({ accepted: 1, not_replayable: { "unknown-user": 1 } });
    const { body } = await ask("GET", "/usage/v1/query?metric=requests&start=2026-11-20&end=2026-11-21&group_by=user");
    expect(body.rows).toMatchObject([{ group: { user: 5 }, values: { requests: 1 } }]);
    await change({ rules: [] });
    expect((await replay()).body).toMatchObject({ accepted: 1, not_replayable: {} });
  });

  test("what could not be read is named by its reason, and so is how much is not kept", async () => {
    await makeSource({ rules: rulesTo("9") });
    const many = Array.from({ length: 130 }, (_, number) => line(`/f/a/${number}.jpg`)).join("");
    await send(`${many}nonsense\n${line("/x.jpg").replace(" 7 ", " 1.5 ")}`);
    await change({ rules: rulesTo("606") });
    const { body } = await replay();
    expect(body).toMatchObject({ accepted: 98, not_replayable: { malformed: 1, "bad-number": 1 }, not_kept: 32 });
    expect(await counts()).toMatchObject({ received: 132, accepted: 98, rejected: 34 });
    expect((await listRejected()).map(({ replayable }: { replayable: boolean }) => replayable)).toEqual([false, false]);
    // The file is the way for the rest, and adds nothing of what was taken in.
    expect((await send(many)).body).toMatchObject({ accepted: 32, duplicates: 98, rejected: 0 });
  });

  test("events are kept to be looked at and are not taken in again", async () => {
    const event = { specversion: "1.0", id: "e1", source: "cms", type: "assetmeter.api", data: { space_id: 9 } };
    await ask("POST", "/usage/v1/events", event);
    const { body } = await ask("POST", "/usage/v1/sources/cms/replay");
    expect(body).toMatchObject({ received: 0, not_kept: 0 });
    expect(Object.values(body.not_replayable)).toEqual([1]);
  });
});

describe("POST /usage/v1/sources/:name/replay: refusals", () => {
  test("403 without the scope, 404 for an unknown source and for one of a space that is not the token's", async () => {
    await makeSource({ space_id: 606 });
    await server.createToken("sender", { scopes: ["ingest"] });
    await server.createToken("shop", { spaces: [607] });
    expect((await replay("sender")).status).toBe(403);
    expect((await replay("shop")).status).toBe(404);
    expect((await ask("POST", "/usage/v1/sources/other/replay")).status).toBe(404);
  });

  test("a token for some spaces takes nothing into others", async () => {
    await makeSource({ space_id: 606, rules: rulesTo("9") });
    await server.createToken("site", { spaces: [606] });
    await send(line("/f/a/1.jpg"));
    await change({ rules: rulesTo("607") });
    expect((await replay("site")).body.rejected_by_reason).toEqual({ "unknown-space": 1 });
    expect((await replay()).body).toMatchObject({ accepted: 1 });
  });

  test("a line that its sender was not allowed to write stays refused, whoever takes it in again", async () => {
    await makeSource({ rules: rulesTo("{name}") });
    await server.createToken("site", { spaces: [606], scopes: ["ingest"] });
    const log = line("/f/606/1.jpg", 1) + line("/f/607/2.jpg", 10) + line("/else.jpg", 100);
    const sent = await ask("POST", "/usage/v1/logs?source=cdn", log, "site");
    const refusals = { rejected_by_reason: { "unknown-space": 1, "unknown-asset": 1 } };
    expect(sent.body).toMatchObject({ accepted: 1, ...refusals });
    expect((await replay()).body).toMatchObject({ accepted: 0, ...refusals });
    expect(await totals()).toEqual([1, 1]);
    // Where the rules bring a line to the sender's own space, it counts.
    await change({ rules: rulesTo("606") });
    expect((await replay()).body).toMatchObject({ accepted: 1, rejected_by_reason: { "unknown-asset": 1 } });
    await change({ space_id: 606 });
    await server.createToken("shop", { spaces: [606, 607] });
    expect((await replay("shop")).body).toMatchObject({ accepted: 1, rejected: 0 });
    expect([await totals(606), await totals(607)]).toEqual([
      [3, 111],
      [0, 0],
    ]);
  });

  test("409 for a paused source, and nothing is lost", async () => {
    await makeSource({ rules: rulesTo("9") });
    await send(line("/f/a/1.jpg"));
    await change({ paused: true, rules: rulesTo("606") });
    expect(await replay()).toMatchObject({ status: 409, body: { code: "sources/paused" } });
    await change({ paused: false });
    expect((await replay()).body).toMatchObject({ accepted: 1 });
  });
});
