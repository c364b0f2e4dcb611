/**
 * Time series and snapshots of a time of which only sums are left: over a real server that has dropped its raw rows. Users have
 * sums per day, and never had any per hour.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AskedServer, openAskedServer, type TestEvent } from "../ask-server.contract.ts";

const at = (text: string): number => Date.parse(`2026-${text}Z`);
const NOW_MS = at("04-01T00:40");
const DATA = "/api/v1/assets/{ASSET_ID}/data";
const SCHEMA = "/api/v1/schema/{ID}";

const EVENTS: readonly TestEvent[] = [
  { timeMs: at("03-01T09:15"), kind: "upload", user: 7, sizeDelta: 1000 },
  { timeMs: at("03-02T08:10"), kind: "api", user: 7, operation: DATA, count: 3 },
  { timeMs: at("03-02T08:50"), kind: "api", user: 8, operation: DATA, count: 2 },
  { timeMs: at("03-02T09:30"), kind: "delivery", user: 7, count: 10, bytesOut: 50_000 },
  { timeMs: at("03-02T10:05"), kind: "api", user: 8, operation: SCHEMA, count: 4 },
  { timeMs: at("03-02T10:20"), kind: "upload", user: 8, sizeDelta: 500 },
  { timeMs: at("03-02T10:40"), kind: "delete", user: 7, sizeDelta: -1000 },
  { timeMs: at("03-02T11:50"), kind: "upload", user: 7, sizeDelta: 300 },
];

let server: AskedServer;
beforeAll(async () => {
  server = await openAskedServer(NOW_MS, { dedupeHorizonDays: 1 });
  await server.catalog.createOrganization({ id: 42, name: "group" });
  await server.createToken("admin");
  await server.catalog.createSpace({ organization: 42, id: 5, name: "five" });
  await server.createToken("limited", { spaces: [5] });
  // Raw rows stay until their identities may be forgotten: these came a month ago.
  server.clock.set(at("03-02T12:00"));
  await server.count(EVENTS);
  server.clock.set(NOW_MS);
  expect(await server.store.deleteExpired({ usage_raw: at("03-15T00:00") })).toBe(EVENTS.length);
});
afterAll(() => server.close());

type Point = { readonly timestamp: number; readonly value: number };

/** The points of one day as `hour:value`, of several as `day hour:value`. */
async function readPoints(type: string, start: string, end: string, sent = ""): Promise<readonly string[]> {
  const range = `start_time=${at(start) / 1000}&end_time=${at(end) / 1000}`;
  const answer = await server.get(`/api/v1/stats/timeseries/${type}?${range}${sent}`);
  expect(answer.status, answer.text).toBe(200);
  const { data } = answer.body as { readonly data: Readonly<Record<string, readonly Point[]>> };
  return Object.values(data)
    .flat()
    .map(({ timestamp, value }) => `${new Date(timestamp * 1000).toISOString().slice(8, 13)}:${value}`);
}

describe("a time series of hours that are left", () => {
  const [START, END] = ["03-02T08:30", "03-02T11:30"];

  test("counts all of the hours that its range begins and ends in", async () => {
    expect(await readPoints("api", START, END)).toEqual(["02T08:5", "02T10:4"]);
    expect(await readPoints("cdn", START, END)).toEqual(["02T09:50000"]);
    expect(await readPoints("api", START, END, `&stat_subtype=${encodeURIComponent(SCHEMA)}`)).toEqual(["02T10:4"]);
  });

  test("is filled up to the end of the last hour, with zeros where nothing was", async () => {
    expect(await readPoints("api", START, END, "&fill=zero")).toEqual(["02T08:5", "02T09:0", "02T10:4", "02T11:0"]);
  });

  test("has what is stored at the end of each of them", async () => {
    const stored = ["02T08:1000", "02T09:1000", "02T10:500", "02T11:800"];
    expect(await readPoints("storage", START, END)).toEqual(stored);
  });

  test("is the whole hour for one second of it, and for twenty minutes", async () => {
    expect(await readPoints("api", "03-02T08:50", "03-02T08:50")).toEqual(["02T08:5"]);
    expect(await readPoints("api", "03-02T08:20", "03-02T08:40", "&fill=zero")).toEqual(["02T08:5"]);
    expect(await readPoints("storage", "03-02T11:10", "03-02T11:20")).toEqual(["02T11:800"]);
  });
});

describe("a time series of a user, of whom days are left", () => {
  test("has days in place of hours", async () => {
    expect(await readPoints("api", "03-02T08:30", "03-02T11:30", "&user_id=8")).toEqual(["02T00:6"]);
    expect(await readPoints("api", "03-01T20:00", "03-02T11:30", "&user_id=8")).toEqual(["02T00:6"]);
    expect(await readPoints("api", "03-02T08:50", "03-02T08:50", "&user_id=7")).toEqual(["02T00:3"]);
  });

  test("is filled with days that have nothing, and with no hours", async () => {
    const filled = ["28T00:0", "01T00:0", "02T00:6"];
    expect(await readPoints("api", "02-28T20:00", "03-02T11:30", "&user_id=8&fill=zero")).toEqual(filled);
  });

  test("has what is stored at the end of each day", async () => {
    const stored = ["01T00:1000", "02T00:300"];
    expect(await readPoints("storage", "03-01T08:00", "03-02T08:00", "&user_id=7")).toEqual(stored);
  });
});

describe("a snapshot whose period begins in a time of which sums are left", () => {
  /** What is shown of the period from 2 March, `hour`:40 on. */
  async function readData(type: string, hour: number, sent = ""): Promise<unknown> {
    const hours = 30 * 24 - hour;
    const answer = await server.get(`/api/v1/stats/${type}?period=${hours}${sent}`);
    expect(answer.status, answer.text).toBe(200);
    return (answer.body as { readonly data: unknown }).data;
  }

  test("counts all of the hour that it begins in, and of a user the whole day", async () => {
    expect(await readData("api", 8)).toEqual({ "*": { [DATA]: 5, [SCHEMA]: 4 } });
    expect(await readData("api", 9)).toEqual({ "*": { [SCHEMA]: 4 } });
    expect(await readData("api", 11, "&user_id=8")).toEqual({ "8": { [DATA]: 2, [SCHEMA]: 4 } });
    const byUser = { "7": { [DATA]: 3 }, "8": { [DATA]: 2, [SCHEMA]: 4 } };
    expect(await readData("api", 11, "&group_by=user")).toEqual(byUser);
  });

  test("of deliveries counts the hour that it begins in", async () => {
    expect(await readData("cdn", 9)).toEqual({ sum: 50_000 });
    expect(await readData("cdn", 10)).toEqual({ sum: 0 });
    expect(await readData("cdn", 11, "&user_id=7&type=request")).toEqual({ sum: 10 });
  });

  test("of what is stored is exact", async () => {
    expect(await readData("storage", 9)).toEqual({ "*": { ASSET: 800 } });
    expect(await readData("storage", 9, "&user_id=7")).toEqual({ "7": { ASSET: 300 } });
  });
});

describe("what only raw rows could tell, of users and operations in single spaces,", () => {
  const START_S = at("03-15T00:00") / 1000;
  const START_TIME = `start_time must be at least ${START_S} (2026-03-15T00:00:00Z)`;
  const PERIOD = "period must be at most 408";
  const LIMITED = "older figures are not kept for a key that is limited to spaces";
  const search = (start: string) => `start_time=${at(start) / 1000}&end_time=${NOW_MS / 1000}`;

  test.each([
    ["timeseries/api", `${search("03-14T23:59")}&stat_subtype=x`, START_TIME, `start_time=${START_S}&stat_subtype=x`],
    ["timeseries/cdn", `${search("03-02T08:30")}&user_id=7`, START_TIME, `start_time=${START_S}&user_id=7`],
    ["api", "period=409", PERIOD, "period=408"],
    ["addons", "period=8736&group_by=user", PERIOD, "period=408&group_by=user"],
    ["cdn", "period=409&user_id=7", PERIOD, "period=408&user_id=7"],
  ])("is refused in /stats/%s?%s with the bound, and answered within it", async (type, asked, bound, within) => {
    const { status, body } = await server.get(`/api/v1/stats/${type}?${asked}`, "limited");
    expect([status, body]).toEqual([400, { status: "ERROR", message: `${bound}: ${LIMITED}` }]);
    expect((await server.get(`/api/v1/stats/${type}?${within}`, "limited")).status).toBe(200);
  });

  test.each(["storage?user_id=7", "storage?group_by=user", "timeseries/storage?user_id=7"])(
    "is refused in /stats/%s, as what is stored is the sum of all that ever was",
    async (asked) => {
      const message = "What single users store is not known to a key that is limited to spaces";
      const { status, body } = await server.get(`/api/v1/stats/${asked}`, "limited");
      expect([status, body]).toEqual([400, { status: "ERROR", message }]);
    },
  );

  test("is not needed for traffic and storage of all users of these spaces", async () => {
    for (const asked of ["cdn?period=8736", "storage", `timeseries/storage?${search("03-02T08:30")}`]) {
      expect((await server.get(`/api/v1/stats/${asked}`, "limited")).status).toBe(200);
    }
  });
});

describe("what is gone from every table", () => {
  test("is refused to every key with the bound", async () => {
    await server.store.deleteExpired({ usage_user_per_day: at("04-01T00:00") });
    const message = `start_time must be at least ${at("03-15T00:00") / 1000} (2026-03-15T00:00:00Z): older figures are no longer kept`;
    const asked = `/api/v1/stats/timeseries/api?user_id=8&stat_subtype=${encodeURIComponent(SCHEMA)}`;
    const { status, body } = await server.get(`${asked}&start_time=${at("03-02T08:30") / 1000}`);
    expect([status, body]).toEqual([400, { status: "ERROR", message }]);
  });
});
