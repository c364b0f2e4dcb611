/**
 * Sums that no 64-bit integer holds, over both vendors' APIs. One event holds up to 2^53-1 of each measure: 1,100 of them
 * are 1100 * 9007199254740991 = 9907919180215090100, and 2^63 is 9223372036854775808.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AskedServer, TestEvent } from "../src/dialects/ask-server.contract.ts";
import {
  A,
  at,
  createBuckets,
  NOW_MS,
  openWithTokens,
  REPO,
} from "../src/dialects/flashback/worked-example.contract.ts";

const MANY = 1100;
const BIG = Number.MAX_SAFE_INTEGER;
const SUM = "9907919180215090100";
/** Twice as much, and as much and 1,100 more. */
const [UP_AND_DOWN, REQUESTS] = ["19815838360430180200", "9907919180215091200"];

const timeMs = at("02-26T09:30:00");
const EVENTS: readonly TestEvent[] = [
  { timeMs, kind: "upload", bucket: A, user: 7, bytesIn: BIG, sizeDelta: BIG, objectsDelta: 1 },
  { timeMs, kind: "delivery", bucket: A, user: 7, count: BIG, bytesOut: BIG },
  { timeMs, kind: "api", user: 7, operation: "/a", count: BIG },
];

let server: AskedServer;
beforeAll(async () => {
  server = await openWithTokens({ dedupeHorizonDays: 1, batchRecordsMax: MANY });
  await createBuckets(server);
  server.clock.set(at("02-26T12:00:00"));
  for (const event of EVENTS) await server.count(Array.from({ length: MANY }, () => event));
  server.clock.set(NOW_MS);
});
afterAll(() => server.close());

describe.each([false, true])("a sum beyond 2^63 has all its digits; raw rows dropped: %s", (isSummed) => {
  beforeAll(async () => {
    // All of them: from here on the sums of days and hours are read.
    if (isSummed) expect(await server.store.deleteExpired({ usage_raw: at("03-01T00:00:00") })).toBe(3 * MANY);
  });

  const totals = { totalUploadBytes: SUM, totalDownloadBytes: SUM, totalSizeChange: SUM };

  test("in the totals of buckets and repos", async () => {
    const bucket = (await server.get(`/bucket/stats?bucketId=${A}`)).body;
    expect(bucket).toEqual({ success: true, stats: [{ bucketId: A, totalCount: "1100", ...totals }] });
    expect((await server.get("/repo/stats")).body).toEqual({ success: true, stats: [{ repoId: REPO, ...totals }] });
  });

  test("in days", async () => {
    const { body } = await server.get("/stats/daily?startDate=2026-02-26&endDate=2026-02-27");
    const figures = { upl_bytes: SUM, dwl_bytes: SUM, size_change: SUM };
    // 2026-02-26T00:00:00Z.
    expect(body).toMatchObject({ data: [{ timestamp: 1_772_064_000, bucketId: A, ...figures }] });
  });

  test("in V2, as a number that no float has touched", async () => {
    const { text } = await server.get("/v2/stats/storage?window=7d&timeBucketSize=1d");
    const figures = `"uplBytes":${SUM},"dwlBytes":${SUM},"sizeChange":${SUM},"latencyMs":0,"requests":${REQUESTS}`;
    expect(text).toContain(`{"ts":1772064000,${figures}}`);
    expect(text).toContain(`"summary":{"total":${UP_AND_DOWN},`);
    expect(text).toContain(`"max":${UP_AND_DOWN},`);
    const breakdown = await server.get("/v2/stats/storage/breakdown/buckets?window=7d");
    expect(breakdown.text).toContain(`"totals":{${figures}}`);
  });

  test.each(["", "&user_id=7"])("in FileSpin's snapshots%s", async (user) => {
    const key = user === "" ? "*" : "7";
    const period = "period=240";
    const read = async (path: string) => (await server.get(`/api/v1/stats/${path}${user}`)).text;
    expect(await read(`api?${period}`)).toContain(`"data":{"${key}":{"/a":${SUM}}}`);
    expect(await read(`storage?${period}`)).toContain(`"data":{"${key}":{"ASSET":${SUM}}}`);
    expect(await read(`cdn?${period}`)).toContain(`"data":{"sum":${SUM}}`);
    expect(await read(`cdn?type=request&${period}`)).toContain(`"data":{"sum":${SUM}}`);
  });

  test.each(["", "&user_id=7"])("in FileSpin's time series%s", async (user) => {
    // Both of 26 February: 00:00:00 and 23:59:59.
    const range = `start_time=1772064000&end_time=1772150399&granularity=day${user}`;
    const points = `"data":{"${user === "" ? "*" : "7"}":[{"timestamp":1772064000,"value":${SUM}}]}`;
    for (const type of ["api", "storage", "cdn"]) {
      expect((await server.get(`/api/v1/stats/timeseries/${type}?${range}`)).text).toContain(points);
    }
  });
});
