/**
 * Every number of Flashback's statistics is what plain code adds up over the events, whatever they are.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  add,
  BUCKETS,
  between,
  DAY_S,
  DELETED_BUCKET,
  type Fact,
  holdsForAny,
  holdsForAnyFacts,
  type Json,
  NOW_MS,
  NOW_S,
  ofKind,
  openUsage,
  REPOS,
  SPACES,
} from "./any-usage.contract.ts";

let usage: Awaited<ReturnType<typeof openUsage>>;
beforeAll(async () => {
  usage = await openUsage();
});
afterAll(() => usage.close());

const BUCKET_IDS: readonly string[] = BUCKETS.map(({ id }) => id);

/** What Flashback shows of some facts of buckets. */
const toFigures = (facts: readonly Fact[]) => ({
  uplBytes: add(ofKind(facts, "upload"), "bytesIn"),
  dwlBytes: add(ofKind(facts, "delivery"), "bytesOut"),
  sizeChange: add(facts, "sizeDelta"),
  latencyMs: 0n,
  requests: add(ofKind(facts, "api", "delivery", "upload", "delete"), "count"),
});
type Figures = ReturnType<typeof toFigures>;
const toMoved = ({ uplBytes, dwlBytes }: Figures): bigint => uplBytes + dwlBytes;
const inBuckets = (facts: readonly Fact[], ids: readonly string[]): readonly Fact[] =>
  facts.filter(({ bucket }) => bucket !== null && ids.includes(bucket));
const compare = <Value extends bigint | string>(a: Value, b: Value): number => (a < b ? -1 : a > b ? 1 : 0);

describe("totals of all time", () => {
  it("are those of every bucket and unit", async () => {
    await holdsForAnyFacts(async (facts) => {
      const { ask } = await usage.openOrganization(facts);
      const { stats } = await ask("/bucket/stats");
      const sorted = [...stats].sort((a: Json, b: Json) => compare<string>(a.bucketId, b.bucketId));
      expect(sorted).toEqual(
        BUCKET_IDS.map((bucketId) => {
          const own = inBuckets(facts, [bucketId]);
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

  it("are those of every repo, over the buckets that belong to it", async () => {
    await holdsForAnyFacts(async (facts) => {
      const { ask } = await usage.openOrganization(facts);
      const expected = REPOS.map(({ id: repoId }) => {
        const ids = BUCKETS.filter(({ repo }) => repo === repoId).map(({ id }) => id);
        const { uplBytes, dwlBytes, sizeChange } = toFigures(inBuckets(facts, ids));
        return {
          repoId,
          totalUploadBytes: `${uplBytes}`,
          totalDownloadBytes: `${dwlBytes}`,
          totalSizeChange: `${sizeChange}`,
        };
      });
      const asked = await ask(`/repo/stats?repoId=${REPOS.map(({ id }) => id).join(",")}`);
      expect(asked).toEqual({ success: true, stats: expected });
      const { stats } = await ask("/repo/stats");
      expect(new Set(stats)).toEqual(new Set(expected));
    });
  });
});

describe("series of buckets", () => {
  it.each([
    ["daily", DAY_S, 29],
    ["minute", 60, 1],
  ] as const)("have the sums of their windows, %s, a row where there is a fact", async (name, stepS, days) => {
    await holdsForAnyFacts(async (facts) => {
      const { ask } = await usage.openOrganization(facts);
      const fromMs = name === "daily" ? (Math.floor(NOW_S / DAY_S) - days) * DAY_S * 1000 : NOW_MS - DAY_S * 1000;
      const inside = between(facts, fromMs, NOW_MS + 1);
      const starts = [...new Set(inside.map(({ timeMs }) => Math.floor(timeMs / 1000 / stepS) * stepS))];
      const expected = starts.flatMap((start) =>
        BUCKET_IDS.flatMap((bucketId) => {
          const own = inBuckets(between(inside, start * 1000, (start + stepS) * 1000), [bucketId]);
          if (own.length === 0) return [];
          const { uplBytes, dwlBytes, sizeChange } = toFigures(own);
          return [`${start} ${bucketId} ${uplBytes} ${dwlBytes} ${sizeChange}`];
        }),
      );
      const { data } = await ask(`/stats/${name}`);
      expect(toShownRows(data)).toEqual(expected.sort());
    });
  });

  type Asked = {
    readonly daysBack: number;
    readonly endsEarlierS: number;
    readonly repos: readonly string[];
    readonly buckets: readonly string[];
    readonly hosts: readonly string[];
  };
  const anyAsked: fc.Arbitrary<Asked> = fc.record({
    daysBack: fc.constantFrom(0, 1, 31, 31),
    // As many seconds as lead to 1 March, 08:13:50, too.
    endsEarlierS: fc.constantFrom(0, 1, 40_000, 100_000),
    // As often many as few: with a bias towards few, five runs hardly ever name both a repo and a bucket.
    repos: fc.noBias(fc.subarray([REPOS[0].id, REPOS[1].id, "nobody's"])),
    buckets: fc.noBias(fc.subarray([BUCKETS[1].id, BUCKETS[2].id, DELETED_BUCKET.id, "nobody's"])),
    hosts: fc.noBias(fc.subarray(["s3.example.com", "other.example.com"])),
  });
  const HOSTS: readonly string[] = ["s3.example.com", "", "s3.example.com", "other.example.com"];

  it.each([
    ["daily", DAY_S],
    ["minute", 60],
  ] as const)("have those of the range, the repos, buckets and hosts that are asked for, %s", async (name, stepS) => {
    await holdsForAny(anyAsked, async (facts, { daysBack, endsEarlierS, repos, buckets, hosts }) => {
      const { ask } = await usage.openOrganization(facts);
      const endMs = NOW_MS - endsEarlierS * 1000;
      const startMs = endMs - daysBack * DAY_S * 1000;
      const isAll = repos.length === 0 && buckets.length === 0;
      const asked = BUCKETS.filter(({ id, repo }, index) => {
        const isNamed = isAll || buckets.includes(id) || (repo !== null && repos.includes(repo));
        return isNamed && (hosts.length === 0 || hosts.includes(HOSTS[index] ?? ""));
      });
      const expected = asked.flatMap(({ id }) => {
        const own = inBuckets(between(facts, startMs, endMs + 1), [id]);
        const windows = Map.groupBy(own, ({ timeMs }) => Math.floor(timeMs / 1000 / stepS) * stepS);
        return [...windows].map(([start, inside]) => {
          const { uplBytes, dwlBytes, sizeChange } = toFigures(inside);
          return `${start} ${id} ${uplBytes} ${dwlBytes} ${sizeChange}`;
        });
      });
      const search = new URLSearchParams({
        ...{ startDate: new Date(startMs).toISOString(), endDate: new Date(endMs).toISOString() },
        ...{ repoId: repos.join(","), bucketId: buckets.join(","), hosts: hosts.join(",") },
      });
      const { data } = await ask(`/stats/${name}?${search}`);
      expect(toShownRows(data), `${search}`).toEqual(expected.sort());
    });
  });
});

/** Rows of a series, sorted as texts. */
const toShownRows = (data: readonly Json[]): readonly string[] =>
  data.map((row) => `${row.timestamp} ${row.bucketId} ${row.upl_bytes} ${row.dwl_bytes} ${row.size_change}`).sort();

/** A number of the summary in hundredths: an integer, or the text of a fraction that has no zeros at its end. */
function toHundredths(shown: bigint | string): bigint {
  const [, whole, decimals = ""] = /^(\d+)(?:\.(\d?[1-9]))?$/.exec(String(shown)) ?? [];
  if (whole === undefined) throw new Error(`${shown} is no number of at most two decimals`);
  return BigInt(whole + decimals.padEnd(2, "0"));
}

/** Holds a summary against what it is of: one value per window. */
function expectSummary(summary: Json, values: readonly bigint[]): void {
  const n = BigInt(values.length);
  const sorted = [...values].sort(compare);
  const total = values.reduce((sum, value) => sum + value, 0n);
  expect(summary).toMatchObject({ total, min: sorted[0], max: sorted.at(-1) });
  // The nearest hundredth, halves up.
  expect(toHundredths(summary.avg)).toBe((200n * total + n) / (2n * n));
  // n² times the variance, which is the square of the deviation: no root is drawn here. The shown hundredths are nearest.
  const variance = values.reduce((sum, value) => sum + (n * value - total) ** 2n, 0n) / n;
  const doubled = 2n * toHundredths(summary.stdDev);
  if (doubled > 0n) expect((n * (doubled - 1n)) ** 2n <= 40_000n * variance, `stdDev ${summary.stdDev}`).toBe(true);
  expect((n * (doubled + 1n)) ** 2n > 40_000n * variance, `stdDev ${summary.stdDev}`).toBe(true);
  for (const percent of [10, 50, 90]) {
    // The place in hundredths of a step; between two values a straight line.
    const place = percent * (values.length - 1);
    const [below, above] = [sorted[Math.floor(place / 100)] ?? 0n, sorted[Math.ceil(place / 100)] ?? 0n];
    const expected = BigInt(100 - (place % 100)) * below + BigInt(place % 100) * above;
    expect(toHundredths(summary[`p${percent}`]), `p${percent}`).toBe(expected);
  }
}

/** Of the looks back that differ from these in their length alone two runs each: of five, this file would take a minute. */
const FEW_RUNS = 2;

describe.each([
  ["24h", DAY_S, 600, "10m", 5],
  // Three windows, mostly one without usage: every percentile lies between two that differ.
  ["24h", DAY_S, 43_200, "12h", 5],
  ["24h", DAY_S, 300, "5m", FEW_RUNS],
  ["7d", 7 * DAY_S, 21_600, "6h", 5],
  ["7d", 7 * DAY_S, 3600, "1h", FEW_RUNS],
  ["30d", 30 * DAY_S, DAY_S, "1d", 5],
  ["90d", 90 * DAY_S, DAY_S, "1d", FEW_RUNS],
  ["180d", 180 * DAY_S, DAY_S, "1d", FEW_RUNS],
  ["365d", 365 * DAY_S, DAY_S, "1d", FEW_RUNS],
] as const)("V2, the last %s (%i s) in steps of %i s", (window, lengthS, stepS, size, runs) => {
  const search = `window=${window}&timeBucketSize=${size}`;
  const first = Math.floor((NOW_S - lengthS) / stepS) * stepS;
  const starts = Array.from({ length: Math.floor((NOW_S - first) / stepS) + 1 }, (_, index) => first + index * stepS);
  const within = (facts: readonly Fact[], ids: readonly string[]): readonly Fact[] =>
    between(inBuckets(facts, ids), (NOW_S - lengthS) * 1000, (NOW_S + 1) * 1000);
  const toSeries = (own: readonly Fact[]) =>
    starts.map((ts) => ({ ts: BigInt(ts), ...toFigures(between(own, ts * 1000, (ts + stepS) * 1000)) }));

  it("adds up the windows of everything, a workspace, a repo and a bucket, and says how they are spread", async () => {
    const [first, , third] = BUCKETS;
    const scopes: readonly (readonly [string, readonly string[]])[] = [
      ["", BUCKET_IDS],
      [`&scope=workspace&id=${third.space}`, [third.id]],
      [`&scope=repo&id=${first.repo}`, BUCKET_IDS.slice(0, 2)],
      [`&bucketId=${first.id}`, [first.id]],
      [`&scope=repo&id=${first.repo}&bucketId=${first.id}`, [first.id]],
    ];
    await holdsForAnyFacts(async (facts) => {
      const { ask } = await usage.openOrganization(facts);
      for (const [scope, ids] of scopes) {
        const { series, summary } = await ask(`/v2/stats/storage?${search}${scope}`);
        const expected = toSeries(within(facts, ids));
        expect(series, scope).toEqual(expected);
        expectSummary(summary, expected.map(toMoved));
      }
    }, runs);
  });

  /** Every thing that figures are broken down by, with its buckets; by id, which decides where bytes are equal. */
  const ENTITIES = {
    buckets: BUCKETS.map(({ id }) => ({ id, name: id, ids: [id] as readonly string[] })),
    repos: REPOS.map(({ id, name }) => {
      return { id, name, ids: BUCKETS.filter(({ repo }) => repo === id).map((bucket) => bucket.id) };
    }),
    workspaces: SPACES.map((id) => {
      return {
        id: `${id}`,
        name: `space ${id}`,
        ids: BUCKETS.filter(({ space }) => space === id).map((one) => one.id),
      };
    }),
  } as const;

  it("breaks all of it, and the share of one bucket, down by buckets, repos and workspaces", async () => {
    const [bucket] = BUCKETS;
    const wholes = [
      { search: "", ids: BUCKET_IDS },
      { search: `&bucketId=${bucket.id}`, ids: [bucket.id] },
    ];
    await holdsForAnyFacts(async (facts) => {
      const { ask } = await usage.openOrganization(facts);
      for (const [by, entities] of Object.entries(ENTITIES)) {
        for (const whole of wholes) {
          const shares = entities
            .map((entity) => ({ ...entity, ids: entity.ids.filter((id) => whole.ids.includes(id)) }))
            .filter(({ ids }) => whole.search === "" || ids.length > 0)
            .map(({ id, name, ids }) => {
              const own = within(facts, ids);
              return { entityId: id, entityName: name, totals: toFigures(own), series: toSeries(own) };
            })
            .sort((a, b) => compare(toMoved(b.totals), toMoved(a.totals)));
          const total = shares.reduce((sum, { totals }) => sum + toMoved(totals), 0n);
          const path = `/v2/stats/storage/breakdown/${by}?${search}${whole.search}`;
          const withSeries = await ask(`${path}&includeSeries=true`);
          expect(withSeries.entities, path).toEqual(shares);
          expect(withSeries.meta.totalEntities).toBe(BigInt(shares.length));
          expect(withSeries.summary).toEqual({ total });
          const plain = await ask(path);
          expect(plain.entities, path).toEqual(shares.map(({ series, ...share }) => share));
          expect(plain.summary).toEqual({ total });
          const page = await ask(`${path}&limit=2&offset=1`);
          expect(page.entities, path).toEqual(plain.entities.slice(1, 3));
          expect([page.summary, page.meta.totalEntities]).toEqual([{ total }, BigInt(shares.length)]);
        }
      }
    }, runs);
  });
});
