/**
 * Totals, series and V2 of a time of which only sums are left: over a real server that has dropped its raw rows, then its
 * minutes, its hours and its days.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GRAIN_MS } from "../../model/grain.ts";
import { USAGE_TABLES } from "../../store/usage-store.ts";
import type { AskedServer, TestEvent } from "../ask-server.contract.ts";
import { A, B, C, createBuckets, openWithTokens, REPO } from "./worked-example.contract.ts";

const at = (text: string): number => Date.parse(`${text}Z`);
const NOW_MS = at("2026-06-20T12:00:30");

/** From when on each grain is kept. Of what is older than February only months are left. */
const KEPT_FROM_MS = {
  millisecond: at("2026-06-20T00:00"),
  minute: at("2026-06-18T00:00"),
  hour: at("2026-05-01T00:00"),
  day: at("2026-02-01T00:00"),
  month: at("2020-01-01T00:00"),
} as const satisfies Record<keyof typeof GRAIN_MS, number>;

const upload = (bucket: string, text: string, bytesIn: number): TestEvent => {
  return { bucket, kind: "upload", timeMs: at(text), bytesIn, sizeDelta: bytesIn, objectsDelta: 1 };
};

const OLD_EVENTS: readonly TestEvent[] = [
  upload(A, "2025-06-10T09:00", 7),
  upload(A, "2025-06-25T09:00", 5),
  { bucket: B, kind: "delivery", timeMs: at("2025-12-03T10:00"), bytesOut: 100 },
  upload(A, "2025-12-30T10:00", 20),
  upload(A, "2026-03-05T08:15", 300),
  upload(B, "2026-04-02T18:00", 500),
  upload(A, "2026-05-10T08:10", 1000),
  upload(A, "2026-05-10T08:50", 2000),
  upload(A, "2026-06-18T09:10:20", 6),
  { bucket: A, kind: "delivery", timeMs: at("2026-06-18T09:10:50"), bytesOut: 3 },
];

let server: AskedServer;
beforeAll(async () => {
  server = await openWithTokens({ dedupeHorizonDays: 1 }, NOW_MS);
  await createBuckets(server);
  // Raw rows stay until their identities may be forgotten: these came two days ago.
  server.clock.set(at("2026-06-18T12:00"));
  await server.count(OLD_EVENTS);
  server.clock.set(NOW_MS);
  await server.count([upload(B, "2026-06-20T11:55", 40)]);
  const before = Object.entries(USAGE_TABLES).map(([table, { grain }]) => [table, KEPT_FROM_MS[grain]]);
  await server.store.deleteExpired(Object.fromEntries(before));
});
afterAll(() => server.close());

/** A moment, without the year's first two digits and without seconds. */
const toText = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(2, 16);

async function ask<Body>(url: string): Promise<Body> {
  const { status, body, text } = await server.get(url);
  expect(status, text).toBe(200);
  return body as Body;
}

describe("totals of all time", () => {
  test("are the same as before anything was dropped", async () => {
    const ofA = { totalUploadBytes: "3338", totalDownloadBytes: "3", totalSizeChange: "3338", totalCount: "7" };
    const ofB = { totalUploadBytes: "540", totalDownloadBytes: "100", totalSizeChange: "540", totalCount: "2" };
    const ofC = { totalUploadBytes: "0", totalDownloadBytes: "0", totalSizeChange: "0", totalCount: "0" };
    const rows = { [A]: ofA, [B]: ofB, [C]: ofC };
    for (const [word, idField] of [
      ["bucket", "bucketId"],
      ["unit", "unitId"],
    ] as const) {
      const stats = Object.entries(rows).map(([id, row]) => ({ [idField]: id, ...row }));
      expect(await ask(`/${word}/stats`)).toEqual({ success: true, stats });
      expect(await ask(`/${word}/stats?${idField}=${A}`)).toEqual({ success: true, stats: stats.slice(0, 1) });
    }
    const ofRepo = { totalUploadBytes: "3878", totalDownloadBytes: "103", totalSizeChange: "3878" };
    expect(await ask("/repo/stats")).toEqual({ success: true, stats: [{ repoId: REPO, ...ofRepo }] });
  });
});

type Point = { readonly ts: number; readonly uplBytes: number; readonly dwlBytes: number; readonly sizeChange: number };
type Summary = { readonly summary: { readonly total: number }; readonly series: readonly Point[] };

/** The points that have something, as `time up/down/size`. */
const toShown = (series: readonly Point[]): readonly string[] =>
  series
    .filter(({ uplBytes, dwlBytes }) => uplBytes + dwlBytes > 0)
    .map(({ ts, uplBytes, dwlBytes, sizeChange }) => `${toText(ts)} ${uplBytes}/${dwlBytes}/${sizeChange}`);

describe("V2", () => {
  const MAY = "26-05-10T00:00 3000/0/3000";
  const APRIL = "26-04-02T00:00 500/0/500";
  const LAST_DAYS = ["26-06-18T00:00 6/3/6", "26-06-20T00:00 40/0/40"];
  const RECENT = [APRIL, MAY, ...LAST_DAYS];
  const MARCH = "26-03-05T00:00 300/0/300";

  test.each([
    // The year begins on 20 June, of whose month one sum is left: all of it is in the first step.
    ["365d", "1d", 366, 3981, ["25-06-20T00:00 12/0/12", "25-12-01T00:00 20/100/20", MARCH, ...RECENT]],
    // So is that of December, in which half a year ago lies.
    ["180d", "1d", 181, 3969, ["25-12-22T00:00 20/100/20", MARCH, ...RECENT]],
    ["90d", "1d", 91, 3549, RECENT],
    // Of April days are left, which begin at midnight; of May hours.
    ["90d", "6h", 361, 3549, [APRIL, "26-05-10T06:00 3000/0/3000", "26-06-18T06:00 6/3/6", "26-06-20T06:00 40/0/40"]],
    ["90d", "1h", 2161, 3549, [APRIL, "26-05-10T08:00 3000/0/3000", "26-06-18T09:00 6/3/6", "26-06-20T11:00 40/0/40"]],
    ["30d", "1d", 31, 49, LAST_DAYS],
    ["7d", "5m", 2017, 49, ["26-06-18T09:10 6/3/6", "26-06-20T11:55 40/0/40"]],
    ["24h", "10m", 145, 40, ["26-06-20T11:50 40/0/40"]],
  ])("the last %s in steps of %s count what is left in the step in which it begins", async (window, size, ...shown) => {
    const [steps, total, points] = shown;
    const { summary, series } = await ask<Summary>(`/v2/stats/storage?window=${window}&timeBucketSize=${size}`);
    expect([series.length, summary.total]).toEqual([steps, total]);
    expect(toShown(series)).toEqual(points);
  });

  test.each([
    ["buckets", [A, B, C], [3341, 640, 0]],
    ["repos", [REPO], [3981]],
    ["workspaces", ["5", "6"], [3981, 0]],
  ])("a breakdown by %s has the same total, and series that add up to it", async (breakdown, ids, moved) => {
    const path = `/v2/stats/storage/breakdown/${breakdown}?window=365d`;
    type Entities = {
      readonly summary: Summary["summary"];
      readonly entities: readonly { entityId: string; totals: Point; series: readonly Point[] }[];
    };
    const plain = await ask<Entities>(path);
    expect(plain.summary).toEqual({ total: 3981 });
    expect(plain.entities.map(({ entityId }) => entityId)).toEqual(ids);
    expect(plain.entities.map(({ totals }) => totals.uplBytes + totals.dwlBytes)).toEqual(moved);
    const { entities } = await ask<Entities>(`${path}&includeSeries=true`);
    const sums = entities.map(({ series }) => series.reduce((sum, one) => sum + one.uplBytes + one.dwlBytes, 0));
    expect(sums).toEqual(moved);
  });

  test("a breakdown of one bucket is that of its steps", async () => {
    const path = `/v2/stats/storage/breakdown/buckets?window=365d&bucketId=${B}&includeSeries=true`;
    const { entities } = await ask<{ entities: readonly { totals: Point; series: readonly Point[] }[] }>(path);
    expect(entities.map(({ totals }) => [totals.uplBytes, totals.dwlBytes])).toEqual([[540, 100]]);
    expect(entities.map(({ series }) => toShown(series))).toEqual([
      ["25-12-01T00:00 0/100/0", APRIL, "26-06-20T00:00 40/0/40"],
    ]);
  });
});

type Row = { readonly timestamp: number; readonly bucketId: string } & Readonly<Record<string, string>>;

/** Rows as `time bucket up/down/size`. */
async function readRows(name: "daily" | "minute", start: string, end: string): Promise<readonly string[]> {
  const { data } = await ask<{ readonly data: readonly Row[] }>(`/stats/${name}?startDate=${start}Z&endDate=${end}Z`);
  const names: Readonly<Record<string, string>> = { [A]: "A", [B]: "B" };
  return data.map(
    ({ timestamp, bucketId, upl_bytes, dwl_bytes, size_change }) =>
      `${toText(timestamp)} ${names[bucketId]} ${upl_bytes}/${dwl_bytes}/${size_change}`,
  );
}

describe("days", () => {
  test("are exact where whole days are asked for", async () => {
    expect(await readRows("daily", "2026-03-05T00:00", "2026-05-10T23:59:59.999")).toEqual([
      "26-03-05T00:00 A 300/0/300",
      "26-04-02T00:00 B 500/0/500",
      "26-05-10T00:00 A 3000/0/3000",
    ]);
  });

  test("count all of the hours, or of the day, that the range begins and ends in", async () => {
    const may = ["26-05-10T00:00 A 3000/0/3000"];
    expect(await readRows("daily", "2026-05-10T08:20", "2026-05-10T08:30")).toEqual(may);
    expect(await readRows("daily", "2026-05-10T09:00", "2026-05-10T09:30")).toEqual([]);
    expect(await readRows("daily", "2026-04-02T03:00", "2026-04-02T04:00")).toEqual(["26-04-02T00:00 B 500/0/500"]);
  });

  test("that were dropped are shown as their month, at its first", async () => {
    const december = ["25-12-01T00:00 A 20/0/20", "25-12-01T00:00 B 0/100/0"];
    expect(await readRows("daily", "2025-12-10T00:00", "2025-12-20T00:00")).toEqual(december);
    expect(await readRows("daily", "2025-12-20T00:00", "2026-03-05T12:00")).toEqual([
      ...december,
      "26-03-05T00:00 A 300/0/300",
    ]);
  });
});

describe("minutes", () => {
  test("come from raw rows, and from sums per minute where these are gone", async () => {
    expect(await readRows("minute", "2026-06-20T11:00", "2026-06-20T12:00")).toEqual(["26-06-20T11:55 B 40/0/40"]);
    expect(await readRows("minute", "2026-06-18T00:00", "2026-06-20T12:00")).toEqual([
      "26-06-18T09:10 A 6/3/6",
      "26-06-20T11:55 B 40/0/40",
    ]);
  });

  test("that have expired are refused, as nobody knows them, and not answered as none", async () => {
    const { status, body } = await server.get("/stats/minute?startDate=2026-05-10T08:00Z&endDate=2026-05-10T09:00Z");
    const message =
      "Minutes are kept from 2026-06-18T00:00:00.000Z on. Ask for a later startDate, or for days of /stats/daily";
    expect([status, body]).toEqual([400, { success: false, message }]);
  });

  test.each([
    ["2026-05-10T08:00:00.000Z", "2026-05-10T08:00:59.999Z"],
    ["2026-05-10T07:59:30.000Z", "2026-05-10T08:00:30.000Z"],
  ])(
    "from %s to %s are refused as longer ranges are, not answered with the hour that begins in them",
    async (start, end) => {
      expect((await server.get(`/stats/minute?startDate=${start}&endDate=${end}`)).status).toBe(400);
    },
  );
});

describe("months", () => {
  test("that have expired are refused by name of the first moment that is left; totals stay", async () => {
    const before = Object.entries(USAGE_TABLES).filter(([, { grain }]) => grain === "month");
    await server.store.deleteExpired(Object.fromEntries(before.map(([table]) => [table, at("2026-01-01T00:00")])));
    const refused = async (url: string) => {
      const { status, body } = await server.get(url);
      return [status, (body as { readonly message: string }).message];
    };
    const left = "Usage is kept from 2026-01-01T00:00:00.000Z on.";
    const daily = "/stats/daily?endDate=2026-06-20T00:00:00.000Z&startDate";
    expect(await refused(`${daily}=2025-12-31T23:00:00.000Z`)).toEqual([400, `${left} Ask for a later startDate`]);
    expect((await server.get(`${daily}=2026-01-01T00:00:00.000Z`)).status).toBe(200);
    const v2 = "/v2/stats/storage";
    for (const path of [v2, `${v2}/breakdown/buckets`, `${v2}/breakdown/repos`]) {
      expect(await refused(`${path}?window=180d`)).toEqual([400, `${left} Ask for a shorter window`]);
      expect((await server.get(`${path}?window=90d`)).status).toBe(200);
    }
    expect(await ask(`/bucket/stats?bucketId=${C}`)).toMatchObject({ stats: [{ totalUploadBytes: "0" }] });
  });
});
