/**
 * /v2/stats/storage/breakdown over the whole server, with an organization made for each case.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AskedServer } from "../../ask-server.contract.ts";
import { A, B, C, NOW_MS, openWithTokens, REPO } from "../worked-example.contract.ts";

const STORAGE = "/v2/stats/storage";
const BREAKDOWN = `${STORAGE}/breakdown`;

type Answer = {
  readonly summary: { readonly total: number };
  readonly entities: readonly { readonly entityId: string; readonly totals: { readonly uplBytes: number } }[];
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
