/**
 * /v2/stats/storage/breakdown over the whole server, with an organization made for each case.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AskedServer } from "../../ask-server.contract.ts";
import { A, B, C, NOW_MS, openWithTokens, REPO } from "../worked-example.contract.ts";

const STORAGE = "/v2/stats/storage";
const BREAKDOWN = `${STORAGE}/breakdown`;

type Bytes = { readonly uplBytes: number };
type Answer = {
  readonly summary: { readonly total: number };
  readonly entities: readonly {
    readonly entityId: string;
    readonly totals: Bytes;
    readonly series?: readonly Bytes[];
  }[];
};

let server: AskedServer;
const open = async (...settings: Parameters<typeof openWithTokens>) => {
  server = await openWithTokens(...settings);
};
afterEach(() => server.close());

const ask = async (url: string, token = "admin"): Promise<Answer> => {
  const { status, body } = await server.get(url, token);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as Answer;
};
/** The entities as `id: bytes`. */
const bytesOf = ({ entities }: Answer) => entities.map(({ entityId, totals }) => `${entityId}: ${totals.uplBytes}`);
const upload = (bucket: string, bytesIn: number, timeMs = NOW_MS) => ({
  bucket,
  bytesIn,
  timeMs,
  kind: "upload" as const,
});

describe("a repo without a workspace", () => {
  const BARE = "9b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11";
  beforeEach(async () => {
    await open();
    const { catalog } = server;
    await catalog.createRepo({ organization: 42, id: REPO, name: "of all" });
    await catalog.createRepo({ organization: 42, id: BARE, name: "without buckets" });
    await catalog.createBucket({ organization: 42, id: A, name: "five", space: 5, repo: REPO });
    await catalog.createBucket({ organization: 42, id: B, name: "six", space: 6, repo: REPO });
    await server.count([upload(A, 1), upload(B, 10)]);
  });

  test("is broken down by the workspaces of its buckets", async () => {
    const workspaces = await ask(`${BREAKDOWN}/workspaces?scope=repo&id=${REPO}`);
    expect(bytesOf(workspaces)).toEqual(["6: 10", "5: 1"]);
    expect(workspaces.summary.total).toBe(11);
    expect((await ask(`${STORAGE}?scope=repo&id=${REPO}`)).summary.total).toBe(11);
    expect(bytesOf(await ask(`${BREAKDOWN}/workspaces?scope=repo&id=${REPO}&bucketId=${A}`))).toEqual(["5: 1"]);
    expect(bytesOf(await ask(`${BREAKDOWN}/workspaces?scope=repo&id=${BARE}`))).toEqual([]);
  });

  test("is in every workspace that has a bucket of it, with the bytes of that workspace's buckets", async () => {
    for (const [workspace, bytes] of [
      [5, 1],
      [6, 10],
    ]) {
      const repos = await ask(`${BREAKDOWN}/repos?scope=workspace&id=${workspace}`);
      expect(bytesOf(repos)).toEqual([`${REPO}: ${bytes}`]);
      expect(repos.summary.total).toBe(bytes);
      expect((await ask(`${STORAGE}?scope=workspace&id=${workspace}`)).summary.total).toBe(bytes);
    }
  });

  test("a repo of a workspace is in that one only, with or without buckets", async () => {
    await server.catalog.updateRepo(42, BARE, { space: 6 });
    await server.catalog.createBucket({ organization: 42, id: C, name: "of the repo", space: 6, repo: BARE });
    await server.catalog.deleteBucket(42, C);
    expect(bytesOf(await ask(`${BREAKDOWN}/repos?scope=workspace&id=6`))).toEqual([`${REPO}: 10`, `${BARE}: 0`]);
    expect(bytesOf(await ask(`${BREAKDOWN}/repos?scope=workspace&id=5`))).toEqual([`${REPO}: 1`]);
    expect(bytesOf(await ask(`${BREAKDOWN}/workspaces?scope=repo&id=${BARE}`))).toEqual(["6: 0"]);
  });
});

describe("a series of more rows of buckets than a query answers", () => {
  const HOUR_MS = 3_600_000;
  /** Workspace 5 has three buckets, 6 two. In steps of 6 hours a day has 5 windows: 25 rows in all, and a query has 10. */
  const BUCKETS = [
    { id: "a", space: 5, bytes: 1 },
    { id: "b", space: 5, bytes: 10 },
    { id: "c", space: 5, bytes: 100 },
    { id: "d", space: 6, bytes: 1000 },
    { id: "e", space: 6, bytes: 10_000 },
  ] as const;
  const SEARCH = "timeBucketSize=6h&includeSeries=true";
  const openWithRows = async (queryRowsMax: number) => {
    await open({ queryRowsMax });
    for (const { id, space } of BUCKETS) await server.catalog.createBucket({ organization: 42, id, name: id, space });
    for (const { id, bytes } of BUCKETS) {
      await server.count([0, 6, 12, 18, 24].map((hours) => upload(id, bytes, NOW_MS - hours * HOUR_MS)));
    }
  };
  /** The entities as `id: bytes in each step`. */
  const stepsOf = ({ entities }: Answer) =>
    entities.map(({ entityId, series }) => `${entityId}: ${series?.map(({ uplBytes }) => uplBytes).join(" ")}`);

  test("is read in pieces, and every entity has its steps", async () => {
    await openWithRows(10);
    expect(stepsOf(await ask(`${BREAKDOWN}/workspaces?${SEARCH}`))).toEqual([
      "6: 11000 11000 11000 11000 11000",
      "5: 111 111 111 111 111",
    ]);
    expect(stepsOf(await ask(`${BREAKDOWN}/buckets?${SEARCH}`))).toEqual([
      "e: 10000 10000 10000 10000 10000",
      "d: 1000 1000 1000 1000 1000",
      "c: 100 100 100 100 100",
      "b: 10 10 10 10 10",
      "a: 1 1 1 1 1",
    ]);
  });

  test("is refused in the dialect's words where one series alone has more steps than a query has rows", async () => {
    // The totals of two workspaces have five rows, those of a bucket one.
    await openWithRows(5);
    expect(stepsOf(await ask(`${BREAKDOWN}/workspaces?${SEARCH}`))).toHaveLength(2);
    const { status, body } = await server.get(`${BREAKDOWN}/workspaces?timeBucketSize=1h&includeSeries=true`);
    expect([status, body]).toEqual([400, { success: false, message: "Series too large" }]);
  });
});
