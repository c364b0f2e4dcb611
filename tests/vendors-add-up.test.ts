/**
 * Every number of FileSpin's and Flashback's statistics is what plain code adds up over the events, whatever they are.
 * The plain code is in this file: it knows events, dates and nothing of the program.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AskedServer, openAskedServer, type TestEvent } from "../src/dialects/ask-server.contract.ts";
import { USAGE_KINDS, type UsageKind } from "../src/model/usage-event.ts";

/** 2026-03-02T12:00:30Z. */
const NOW_MS = Date.UTC(2026, 2, 2, 12, 0, 30);
const NOW_S = NOW_MS / 1000;
const DAY_S = 86_400;

const BUCKETS = ["0b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11", "1b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11", "plain-name"];
const OPERATIONS = ["", "/a", "GET /a", "/b", "x"];
const BIG = Number.MAX_SAFE_INTEGER;

type Fact = Required<Pick<TestEvent, "timeMs">> &
  Readonly<Record<"count" | "bytesIn" | "bytesOut" | "sizeDelta" | "objectsDelta", number>> & {
    readonly kind: UsageKind;
    readonly user: number | null;
    readonly bucket: string | null;
    readonly operation: string;
  };

const anyTime = fc.oneof(
  fc.integer({ min: 0, max: 40 * DAY_S }).map((seconds) => NOW_MS - seconds * 1000),
  fc.integer({ min: 0, max: 30 * 3600_000 }).map((ms) => NOW_MS - ms),
  fc.constantFrom(0, 1, 7, 30).map((days) => NOW_MS - days * DAY_S * 1000),
  fc.constantFrom(0, 1).map((days) => Date.UTC(2026, 2, 2 - days) - days),
);
const anyBytes = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(BIG));
const anyFact: fc.Arbitrary<Fact> = fc.record({
  timeMs: anyTime,
  kind: fc.constantFrom(...USAGE_KINDS),
  user: fc.constantFrom(null, 7, 8),
  bucket: fc.constantFrom(null, ...BUCKETS),
  operation: fc.constantFrom(...OPERATIONS),
  count: fc.integer({ min: 0, max: 5 }),
  bytesIn: anyBytes,
  bytesOut: anyBytes,
  sizeDelta: fc.oneof(anyBytes, fc.integer({ min: -9, max: 9 }), fc.constant(-BIG)),
  objectsDelta: fc.integer({ min: -1, max: 1 }),
});

type Measure = "count" | "bytesIn" | "bytesOut" | "sizeDelta" | "objectsDelta";
const add = (facts: readonly Fact[], measure: Measure): bigint =>
  facts.reduce((sum, fact) => sum + BigInt(fact[measure]), 0n);
const ofKind = (facts: readonly Fact[], ...kinds: readonly UsageKind[]) =>
  facts.filter(({ kind }) => kinds.includes(kind));
const between = (facts: readonly Fact[], fromMs: number, untilMs: number) =>
  facts.filter(({ timeMs }) => timeMs >= fromMs && timeMs < untilMs);

let server: AskedServer;
let organization = 100;
beforeAll(async () => {
  server = await openAskedServer(NOW_MS);
});
afterAll(() => server.close());

/** An organization of its own with these events; the answers to its admin, with every number as written. */
async function openOrganization(facts: readonly Fact[]) {
  organization += 1;
  const [id, token] = [organization, `admin-${organization}`];
  await server.catalog.createOrganization({ id, name: `organization ${id}` });
  await server.createToken(token, { organization: id });
  for (const bucket of BUCKETS) await server.catalog.createBucket({ organization: id, id: bucket, name: bucket });
  for (let first = 0; first < facts.length; first += 10) await server.count(facts.slice(first, first + 10), id);
  return async (url: string): Promise<Json> => {
    const answer = await server.get(url, token);
    expect(answer.status, answer.text).toBe(200);
    return readExactly(answer.text);
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the answers of a dozen endpoints; what they hold is what is tested.
type Json = any;

/** Parses JSON with every integer as a bigint: a float would hide the digits that this test is about. */
function readExactly(text: string): Json {
  return JSON.parse(text, (_name, value, context?: { readonly source?: string }) =>
    typeof value === "number" && /^-?\d+$/.test(context?.source ?? "") ? BigInt(context?.source ?? 0) : value,
  );
}

const runs = (check: (facts: readonly Fact[]) => Promise<void>) =>
  fc.assert(fc.asyncProperty(fc.array(anyFact, { maxLength: 30 }), check), { numRuns: 15 });

/** What each of FileSpin's stat types is made of. */
const STATS = {
  api: { kinds: ["api"], measure: "count" },
  addons: { kinds: ["addon"], measure: "count" },
  transcodes: { kinds: ["transcode"], measure: "count" },
  cdn: { kinds: ["delivery"], measure: "bytesOut" },
} as const satisfies Readonly<Record<string, { readonly kinds: readonly UsageKind[]; readonly measure: Measure }>>;

/** Points of a sum per window of `stepS`, windows without a fact left out. */
function toPoints(facts: readonly Fact[], measure: Measure, stepS: number) {
  const starts = [...new Set(facts.map(({ timeMs }) => Math.floor(timeMs / 1000 / stepS) * stepS))].sort(
    (a, b) => a - b,
  );
  return starts.map((start) => ({
    timestamp: BigInt(start),
    value: add(between(facts, start * 1000, (start + stepS) * 1000), measure),
  }));
}

describe("FileSpin", () => {
  it("adds up time series by hour and by day, of the group and of a user", async () => {
    await runs(async (facts) => {
      const ask = await openOrganization(facts);
      for (const [type, { kinds, measure }] of Object.entries(STATS)) {
        for (const user of [null, 7]) {
          const own = ofKind(facts, ...kinds).filter((fact) => user === null || fact.user === user);
          for (const [days, stepS] of [
            [1, 3600],
            [30, DAY_S],
          ] as const) {
            const startS = NOW_S - days * DAY_S;
            const search = `start_time=${startS}${user === null ? "" : `&user_id=${user}`}`;
            const { data } = await ask(`/api/v1/stats/timeseries/${type}?${search}`);
            const inside = between(own, startS * 1000, (NOW_S + 1) * 1000);
            expect(data).toEqual({ [user ?? "*"]: toPoints(inside, measure, stepS) });
          }
        }
      }
    });
  });

  it("adds up what is stored at the end of every window", async () => {
    await runs(async (facts) => {
      const ask = await openOrganization(facts);
      const { data } = await ask(`/api/v1/stats/timeseries/storage?start_time=${NOW_S - DAY_S}`);
      const windows = Array.from({ length: 25 }, (_, index) => Math.floor(NOW_S / 3600) * 3600 - (24 - index) * 3600);
      const expected = windows.map((start) => {
        const untilMs = Math.min(start + 3600, NOW_S + 1) * 1000;
        return { timestamp: BigInt(start), value: add(between(facts, 0, untilMs), "sizeDelta") };
      });
      expect(data["*"]).toEqual(expected);
    });
  });

  it("adds up snapshots by operation, by user, and of everything delivered", async () => {
    const key = (type: string, operation: string) =>
      (type === "api" ? operation.replace(/^GET /, "") : operation) || "unknown";
    await runs(async (facts) => {
      const ask = await openOrganization(facts);
      for (const type of ["api", "addons", "transcodes"] as const) {
        const inside = between(ofKind(facts, ...STATS[type].kinds), NOW_MS - 24 * 3_600_000, NOW_MS + 1);
        const figures = (own: readonly Fact[]) => {
          const keys = [...new Set(own.map(({ operation }) => key(type, operation)))];
          return Object.fromEntries(
            keys.map((one) => [
              one,
              add(
                own.filter(({ operation }) => key(type, operation) === one),
                "count",
              ),
            ]),
          );
        };
        expect((await ask(`/api/v1/stats/${type}`)).data).toEqual({ "*": figures(inside) });
        const users = [...new Set(inside.map(({ user }) => user))];
        expect((await ask(`/api/v1/stats/${type}?group_by=user`)).data).toEqual(
          Object.fromEntries(
            users.map((user) => [user ?? "unknown", figures(inside.filter((fact) => fact.user === user))]),
          ),
        );
      }
      const stored = add(between(facts, 0, NOW_MS + 1), "sizeDelta");
      expect((await ask("/api/v1/stats/storage?period=1")).data).toEqual({ "*": { ASSET: stored } });
      const sent = between(ofKind(facts, "delivery"), NOW_MS - 5 * 3_600_000, NOW_MS + 1);
      expect((await ask("/api/v1/stats/cdn?period=5")).data).toEqual({ sum: add(sent, "bytesOut") });
      expect((await ask("/api/v1/stats/cdn?period=5&type=request")).data).toEqual({ sum: add(sent, "count") });
    });
  });
});

/** What Flashback shows of some facts of buckets. */
const toFigures = (facts: readonly Fact[]) => ({
  uplBytes: add(ofKind(facts, "upload"), "bytesIn"),
  dwlBytes: add(ofKind(facts, "delivery"), "bytesOut"),
  sizeChange: add(facts, "sizeDelta"),
  latencyMs: 0n,
  requests: add(ofKind(facts, "api", "delivery", "upload", "delete"), "count"),
});
const ofBucket = (facts: readonly Fact[], bucket: string) => facts.filter((fact) => fact.bucket === bucket);

describe("Flashback", () => {
  it("adds up totals of all time, of buckets and units", async () => {
    await runs(async (facts) => {
      const ask = await openOrganization(facts);
      const { stats } = await ask("/bucket/stats");
      const sorted = [...stats].sort((a: Json, b: Json) => BUCKETS.indexOf(a.bucketId) - BUCKETS.indexOf(b.bucketId));
      expect(sorted).toEqual(
        BUCKETS.map((bucketId) => {
          const own = ofBucket(facts, bucketId);
          const { uplBytes, dwlBytes, sizeChange } = toFigures(own);
          return {
            bucketId,
            totalCount: `${add(own, "objectsDelta")}`,
            totalUploadBytes: `${uplBytes}`,
            totalDownloadBytes: `${dwlBytes}`,
            totalSizeChange: `${sizeChange}`,
          };
        }),
      );
      const units = (await ask("/unit/stats")).stats;
      expect(units.map(({ unitId, ...rest }: Json) => ({ bucketId: unitId, ...rest }))).toEqual(stats);
    });
  });

  it.each([
    ["daily", DAY_S, 29],
    ["minute", 60, 1],
  ] as const)("adds up %s figures, a row where there is a fact", async (name, stepS, days) => {
    await runs(async (facts) => {
      const ask = await openOrganization(facts);
      const fromMs = name === "daily" ? (Math.floor(NOW_S / DAY_S) - days) * DAY_S * 1000 : NOW_MS - DAY_S * 1000;
      const inside = between(facts, fromMs, NOW_MS + 1);
      const starts = [...new Set(inside.map(({ timeMs }) => Math.floor(timeMs / 1000 / stepS) * stepS))];
      const expected = starts.flatMap((start) =>
        BUCKETS.flatMap((bucketId) => {
          const own = ofBucket(between(inside, start * 1000, (start + stepS) * 1000), bucketId);
          if (own.length === 0) return [];
          const { uplBytes, dwlBytes, sizeChange } = toFigures(own);
          return [`${start} ${bucketId} ${uplBytes} ${dwlBytes} ${sizeChange}`];
        }),
      );
      const { data } = await ask(`/stats/${name}`);
      const shown = data.map(
        (row: Json) => `${row.timestamp} ${row.bucketId} ${row.upl_bytes} ${row.dwl_bytes} ${row.size_change}`,
      );
      expect(shown.sort()).toEqual(expected.sort());
    });
  });

  it.each([
    ["24h", DAY_S, "10m", 600],
    ["7d", 7 * DAY_S, "6h", 21_600],
    ["30d", 30 * DAY_S, "1d", DAY_S],
  ] as const)("adds up V2 over %s", async (window, lengthS, size, stepS) => {
    await runs(async (facts) => {
      const ask = await openOrganization(facts);
      const inBuckets = facts.filter(({ bucket }) => bucket !== null);
      const inside = between(inBuckets, (NOW_S - lengthS) * 1000, (NOW_S + 1) * 1000);
      const first = Math.floor((NOW_S - lengthS) / stepS) * stepS;
      const starts = Array.from(
        { length: Math.floor((NOW_S - first) / stepS) + 1 },
        (_, index) => first + index * stepS,
      );
      const series = (own: readonly Fact[]) =>
        starts.map((ts) => ({ ts: BigInt(ts), ...toFigures(between(own, ts * 1000, (ts + stepS) * 1000)) }));
      const search = `window=${window}&timeBucketSize=${size}`;
      const answer = await ask(`/v2/stats/storage?${search}`);
      expect(answer.series).toEqual(series(inside));
      const values = series(inside).map(({ uplBytes, dwlBytes }) => uplBytes + dwlBytes);
      const total = values.reduce((sum, value) => sum + value, 0n);
      const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(answer.summary).toMatchObject({ total, min: sorted[0], max: sorted.at(-1) });
      const breakdown = await ask(`/v2/stats/storage/breakdown/buckets?${search}&includeSeries=true`);
      expect(breakdown.summary.total).toBe(total);
      for (const { entityId, totals, series: own } of breakdown.entities) {
        expect(totals).toEqual(toFigures(ofBucket(inside, entityId)));
        expect(own).toEqual(series(ofBucket(inside, entityId)));
      }
    });
  });
});
