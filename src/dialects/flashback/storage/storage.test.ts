/**
 * /v2/stats/storage and its breakdowns, asked over the whole server.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { AskedServer } from "../../ask-server.contract.ts";
import { readFixtures } from "../../read-fixtures.contract.ts";
import { A, B, C, createBuckets, NOW_MS, openWithTokens, REPO, WORKED_EXAMPLE } from "../worked-example.contract.ts";

const STORAGE = "/v2/stats/storage";
const BREAKDOWN = `${STORAGE}/breakdown`;

type Figures = Readonly<Record<"uplBytes" | "dwlBytes" | "sizeChange" | "latencyMs" | "requests", number>>;
type Answer = {
  readonly meta: Readonly<Record<string, unknown>>;
  readonly summary: Readonly<Record<string, number>>;
  readonly series: readonly ({ readonly ts: number } & Figures)[];
  readonly entities: readonly {
    readonly entityId: string;
    readonly entityName: string;
    readonly totals: Figures;
    readonly series?: Answer["series"];
  }[];
};

describe("the worked example", () => {
  let server: AskedServer;
  const ask = async (url: string, token = "admin"): Promise<Answer> => {
    const { status, body } = await server.get(url, token);
    expect(status).toBe(200);
    return body as Answer;
  };
  const idsOf = ({ entities }: Answer) => entities.map(({ entityId }) => entityId);

  beforeAll(async () => {
    server = await openWithTokens();
    await createBuckets(server);
    await server.count(WORKED_EXAMPLE);
    await server.count(WORKED_EXAMPLE, 43);
    await server.count(WORKED_EXAMPLE.map((row) => ({ ...row, bucket: null })));
    await server.createToken("five", { spaces: [5] });
    await server.createToken("six", { spaces: [6] });
    server.clock.set(NOW_MS + 30_000);
  });
  afterAll(() => server.close());

  describe("200", () => {
    const fixtures = readFixtures(join(import.meta.dirname, "../fixtures")).filter(({ name }) => name.startsWith("v2"));
    test.each(fixtures)("$name is answered as the fixture says", async ({ request, response }) => {
      const answer = await server.send("GET", request.url, request.headers);
      expect(answer.body).toEqual(response.body);
      expect(answer.status).toBe(response.status);
    });

    test.each([
      ["24h", "10m", 145],
      ["7d", "1h", 169],
      ["30d", "6h", 121],
      ["90d", "1d", 91],
      ["180d", "1d", 181],
      ["365d", "1d", 366],
    ])("%s has steps of %s unless said, every one of them, ascending", async (window, size, steps) => {
      const { meta, series } = await ask(`${STORAGE}?window=${window}`);
      expect(meta).toMatchObject({ window, timeBucketSize: size });
      expect(series).toHaveLength(steps);
      expect(series.map(({ ts }) => ts)).toEqual([...series.map(({ ts }) => ts)].sort((a, b) => a - b));
    });

    test.each([
      ["7d", "5m"],
      ["90d", "1h"],
    ])("%s in steps of %s are just few enough", async (window, size) => {
      await ask(`${STORAGE}?window=${window}&timeBucketSize=${size}`);
    });

    test("the same numbers stand in steps of every size", async () => {
      for (const size of ["5m", "10m", "1h", "6h", "12h", "1d"]) {
        const { summary, series } = await ask(`${STORAGE}?window=7d&timeBucketSize=${size}`);
        const sum = (field: keyof Figures) => series.reduce((total, point) => total + point[field], 0);
        // Since 2026-02-23: all of A but nothing of B's first upload, which was on the 20th.
        expect(sum("requests")).toBe(6);
        expect(summary.total).toBe(sum("uplBytes") + sum("dwlBytes"));
      }
    });

    test("sums beyond 2^53-1 are written with all their digits, unquoted", async () => {
      const { text } = await server.get(`${STORAGE}?window=7d&timeBucketSize=1d`);
      // 9007199254740991 up on 28 February; 9007199254740991 + 1000 + 200 up and 536870912 down in all.
      expect(text).toContain('"uplBytes":9007199254740991,');
      expect(text).toContain('"total":9007199791613103,');
    });

    test("scope, workspace, repo and bucket narrow, and the answer says to what", async () => {
      const workspace = await ask(`${STORAGE}?scope=workspace&id=5&bucketId=${B}`);
      expect(workspace.meta).toEqual({
        start: 1_772_366_430,
        end: 1_772_452_830,
        scope: "workspace",
        scopeId: "5",
        resourceFilter: { type: "bucket", id: B },
        window: "24h",
        timeBucketSize: "10m",
      });
      expect(workspace.summary.total).toBe(200);
      expect((await ask(`${STORAGE}?scope=repo&id=${REPO}`)).summary.total).toBe(200);
      expect((await ask(`${STORAGE}?scope=org&id=42&bucketId=${C}`)).summary.total).toBe(0);
      expect((await ask(`${STORAGE}?scope=workspace&id=6`)).summary).toMatchObject({ total: 0, max: 0, p90: 0 });
    });

    test("both ends of the range belong to it, to the second", async () => {
      await server.count(
        [-86_401, -86_400, 0, 1].map((seconds, index) => ({
          bucket: C,
          kind: "upload",
          timeMs: NOW_MS + 30_000 + seconds * 1000 + (seconds === 0 ? 999 : 0),
          bytesIn: 10 ** index,
        })),
      );
      expect((await ask(`${STORAGE}?bucketId=${C}`)).summary.total).toBe(110);
      const all = await ask(`${BREAKDOWN}/buckets?bucketId=${C}&includeSeries=1`);
      expect(all.entities.map(({ totals }) => totals.uplBytes)).toEqual([110]);
      expect(all.entities[0]?.series?.filter(({ uplBytes }) => uplBytes > 0).map(({ uplBytes }) => uplBytes)).toEqual([
        10, 100,
      ]);
    });

    test("repos and workspaces add up the buckets that belong to them now", async () => {
      const repos = await ask(`${BREAKDOWN}/repos?window=30d`);
      expect(repos.entities.map(({ entityName, totals }) => [entityName, totals.sizeChange])).toEqual([
        ["site", Number.MAX_SAFE_INTEGER + 270],
      ]);
      const workspaces = await ask(`${BREAKDOWN}/workspaces`);
      expect(workspaces.meta).toMatchObject({ breakdownBy: "workspaces", totalEntities: 2 });
      expect(idsOf(workspaces)).toEqual(["5", "6"]);
      expect(idsOf(await ask(`${BREAKDOWN}/workspaces?scope=repo&id=${REPO}`))).toEqual(["5"]);
      expect(idsOf(await ask(`${BREAKDOWN}/repos?bucketId=${C}`))).toEqual([]);
    });

    test("pages are cut from one order; totals are of all pages", async () => {
      const pages = await Promise.all(
        [0, 1, 2, 3].map((offset) => ask(`${BREAKDOWN}/buckets?limit=1&offset=${offset}`)),
      );
      const whole = await ask(`${BREAKDOWN}/buckets`);
      expect(pages.flatMap(idsOf)).toEqual(idsOf(whole));
      expect(new Set(pages.map(({ summary }) => summary.total))).toEqual(new Set([whole.summary.total]));
      expect(pages.map(({ meta }) => meta.totalEntities)).toEqual([3, 3, 3, 3]);
      expect(pages[3]?.entities).toEqual([]);
    });

    test("the series of the entities add up to their totals and to the series of the scope", async () => {
      const { meta, entities } = await ask(`${BREAKDOWN}/buckets?timeBucketSize=6h&includeSeries=true`);
      expect(meta).toMatchObject({ includesSeries: true, timeBucketSize: "6h" });
      const { series } = await ask(`${STORAGE}?timeBucketSize=6h`);
      for (const field of ["sizeChange", "requests"] as const) {
        for (const { totals, series: own } of entities) {
          expect(own?.reduce((sum, point) => sum + point[field], 0)).toBe(totals[field]);
        }
        const together = series.map((_, step) =>
          entities.reduce((sum, { series: own }) => sum + own![step]![field], 0),
        );
        expect(together).toEqual(series.map((point) => point[field]));
      }
    });

    test("a breakdown is one query, with a series two, whatever the number of buckets", async () => {
      const scan = vi.spyOn(server.store, "scan");
      const countReads = async (url: string): Promise<number> => {
        scan.mockClear();
        await ask(url);
        return scan.mock.calls.length;
      };
      expect(await countReads(`${BREAKDOWN}/buckets`)).toBe(1);
      expect(await countReads(`${BREAKDOWN}/buckets?includeSeries=true`)).toBe(2);
      expect(await countReads(STORAGE)).toBe(1);
      expect(await countReads(`${STORAGE}?scope=workspace&id=6`)).toBe(0);
      scan.mockRestore();
    });

    test("a token that is limited to workspaces, and another organization, see theirs only", async () => {
      expect(idsOf(await ask(`${BREAKDOWN}/buckets`, "six"))).toEqual([]);
      expect(idsOf(await ask(`${BREAKDOWN}/workspaces`, "six"))).toEqual(["6"]);
      expect(idsOf(await ask(`${BREAKDOWN}/buckets`, "five"))).toHaveLength(3);
      expect(idsOf(await ask(`${BREAKDOWN}/buckets`, "stranger"))).toEqual([]);
      expect((await ask(`${STORAGE}?window=365d`, "stranger")).summary.total).toBe(0);
    });

    test.each(["undefined", "null", ""])(
      "a parameter that is %j counts as not sent, the first of two wins",
      async (word) => {
        const { meta } = await ask(
          `${STORAGE}?scope=${word}&id=${word}&window=${word}&timeBucketSize=${word}&bucketId=${word}&apiKeyId=${word}`,
        );
        expect(meta).toMatchObject({ scope: "org", window: "24h", timeBucketSize: "10m" });
        expect((await ask(`${STORAGE}?window=7d&window=bad`)).meta).toMatchObject({ window: "7d" });
      },
    );
  });

  describe("400", () => {
    test.each([
      ["?scope=bucket", "Invalid scope"],
      ["?scope=repo", "id is required for scope repo"],
      ["?scope=workspace&id=undefined", "id is required for scope workspace"],
      ["?window=25h", "Invalid window"],
      ["?window=constructor", "Invalid window"],
      ["?timeBucketSize=2h", "Invalid timeBucketSize"],
      ["?window=30d&timeBucketSize=10m", "timeBucketSize is too small for this window"],
      ["?window=365d&timeBucketSize=1h", "timeBucketSize is too small for this window"],
      ["?apiKeyId=k", "apiKeyId filter is not supported"],
      ["/breakdown/buckets?scope=all", "Invalid scope"],
      ["/breakdown/buckets?includeSeries=yes", "Invalid includeSeries"],
      ["/breakdown/buckets?limit=0", "Invalid limit"],
      ["/breakdown/repos?limit=501", "Invalid limit"],
      ["/breakdown/repos?limit=1.5", "Invalid limit"],
      ["/breakdown/workspaces?offset=-1", "Invalid offset"],
      [
        "/breakdown/buckets?window=30d&timeBucketSize=5m&includeSeries=true",
        "timeBucketSize is too small for this window",
      ],
    ])("%s", async (search, message) => {
      const { status, body } = await server.get(STORAGE + search);
      expect(body).toEqual({ success: false, message });
      expect(status).toBe(400);
    });

    test("a size of steps that is too small is nothing without a series", async () => {
      await ask(`${BREAKDOWN}/buckets?window=30d&timeBucketSize=5m`);
    });

    test("more points than an answer may have are refused", async () => {
      for (let index = 0; index < 50; index++) {
        await server.catalog.createBucket({ organization: 44, name: `bucket ${index}`, space: 5 });
      }
      const url = `${BREAKDOWN}/buckets?window=7d&timeBucketSize=5m&includeSeries=true`;
      // 50 buckets of 2017 steps are 100,850 points, 49 are 98,833.
      const { status, body } = await server.get(url, "stranger");
      expect(body).toEqual({ success: false, message: "Series too large" });
      expect(status).toBe(400);
      expect((await server.get(`${url}&limit=49`, "stranger")).status).toBe(200);
    });
  });

  describe("401 and 403", () => {
    test.each([STORAGE, `${BREAKDOWN}/buckets`, `${BREAKDOWN}/repos`, `${BREAKDOWN}/workspaces`])(
      "%s",
      async (path) => {
        expect((await server.get(`${path}?scope=x`, null)).status).toBe(401);
        await server.createToken(`writer ${path}`, { scopes: ["ingest"] });
        expect((await server.get(path, `writer ${path}`)).body).not.toMatchObject({ success: true });
      },
    );
  });

  describe("404", () => {
    test.each([
      [`${STORAGE}?scope=workspace&id=7`, "Workspace not found"],
      [`${STORAGE}?scope=workspace&id=05`, "Workspace not found"],
      [`${STORAGE}?scope=repo&id=nope`, "Repo not found"],
      [`${STORAGE}?bucketId=nope`, "Bucket not found"],
      [`${STORAGE}?scope=repo&id=${REPO}&bucketId=${C}`, "Bucket not found"],
      [`${STORAGE}?scope=org&id=43`, "Organization not found"],
      [`${BREAKDOWN}/buckets?scope=workspace&id=6&bucketId=${A}`, "Bucket not found"],
      [`${BREAKDOWN}/nodes`, "Not found"],
      [`${BREAKDOWN}/providers`, "Not found"],
    ])("%s", async (url, message) => {
      const { status, body } = await server.get(url);
      expect(body).toEqual({ success: false, message });
      expect(status).toBe(404);
    });

    test("a foreign bucket, repo or workspace is an unknown one", async () => {
      for (const search of [`?bucketId=${A}`, `?scope=repo&id=${REPO}`]) {
        expect((await server.get(STORAGE + search, "stranger")).status).toBe(404);
      }
      expect((await server.get(`${STORAGE}?scope=workspace&id=5`, "six")).status).toBe(404);
    });
  });
});
