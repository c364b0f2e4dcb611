/**
 * What a token may see, asked over the whole server.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { AskedServer } from "../ask-server.contract.ts";
import { idsOf, type Row, statsOf, toDays } from "./read-answer.contract.ts";
import { A, at, B, C, createBuckets, NOW_MS, openWithTokens, REPO, WORKED_EXAMPLE } from "./worked-example.contract.ts";

let server: AskedServer;
afterEach(() => server.close());

test("a token that is limited to workspaces sees the buckets and repos of these only", async () => {
  server = await openWithTokens();
  const { catalog } = server;
  await catalog.createRepo({ organization: 42, id: REPO, name: "five", space: 5 });
  await catalog.createBucket({ organization: 42, id: A, name: "five", space: 5, repo: REPO });
  await catalog.createBucket({ organization: 42, id: B, name: "six", space: 6 });
  await catalog.createBucket({ organization: 42, id: C, name: "none" });
  await server.createToken("five", { spaces: [5] });
  await server.createToken("six", { spaces: [6] });
  await server.count([A, B, C].map((bucket) => ({ bucket, timeMs: NOW_MS, kind: "upload", bytesIn: 1 })));
  expect(idsOf((await server.get("/bucket/stats", "five")).body)).toEqual([A]);
  expect(idsOf((await server.get(`/bucket/stats?bucketId=${C},${B},${A}`, "six")).body)).toEqual([B]);
  expect(idsOf((await server.get("/repo/stats", "five")).body, "repoId")).toEqual([REPO]);
  expect(idsOf((await server.get(`/repo/stats?repoId=${REPO}`, "six")).body, "repoId")).toEqual([]);
  expect(toDays((await server.get("/stats/daily", "six")).body)).toEqual(["1772409600 B 1/0/0"]);
  expect(toDays((await server.get(`/stats/daily?repoId=${REPO}`, "six")).body)).toEqual([]);
});

test("a deleted bucket leaves every list and total", async () => {
  server = await openWithTokens();
  await createBuckets(server);
  await server.count(WORKED_EXAMPLE);
  await server.catalog.deleteBucket(42, A);
  expect(idsOf((await server.get("/bucket/stats")).body)).toEqual([B, C]);
  expect(idsOf((await server.get(`/bucket/stats?bucketId=${A}`)).body)).toEqual([]);
  expect(statsOf((await server.get("/repo/stats")).body)[0]).toMatchObject({ totalUploadBytes: "450" });
});

test("a deleted repo leaves every list and total; its buckets keep theirs", async () => {
  server = await openWithTokens();
  await createBuckets(server);
  await server.count(WORKED_EXAMPLE);
  const before = (await server.get("/bucket/stats")).body;
  await server.catalog.deleteRepo(42, REPO);
  expect(statsOf((await server.get("/repo/stats")).body)).toEqual([]);
  expect(statsOf((await server.get(`/repo/stats?repoId=${REPO}`)).body)).toEqual([]);
  expect((await server.get("/bucket/stats")).body).toEqual(before);
  const repos = await server.get("/v2/stats/storage/breakdown/repos?window=24h");
  expect(repos.body).toMatchObject({ meta: { totalEntities: 0 }, summary: { total: 0 }, entities: [] });
  const buckets = await server.get("/v2/stats/storage/breakdown/buckets?window=24h");
  expect(buckets.body).toMatchObject({ meta: { totalEntities: 3 } });
  const scoped = await server.get(`/v2/stats/storage?scope=repo&id=${REPO}`);
  expect([scoped.status, scoped.body]).toEqual([404, { success: false, message: "Repo not found" }]);
  const { buckets: listed } = (await server.get("/bucket")).body as { buckets: { repos: unknown[] }[] };
  expect(listed.map(({ repos: inRepos }) => inRepos)).toEqual([[], [], []]);
  expect((await server.get(`/stats/daily?repoId=${REPO}`)).body).toEqual({ success: true, data: [] });
});

test("a repo without a workspace is unknown everywhere to a token that is limited to some; its buckets are not", async () => {
  server = await openWithTokens();
  const { catalog } = server;
  await catalog.createRepo({ organization: 42, id: REPO, name: "of all" });
  await catalog.createBucket({ organization: 42, id: A, name: "five", space: 5, repo: REPO });
  await server.createToken("five", { spaces: [5] });
  await server.count([{ bucket: A, timeMs: NOW_MS, kind: "upload", bytesIn: 1 }]);
  const readDays = async (search: string) =>
    ((await server.get(`/stats/daily${search}`, "five")).body as { readonly data: readonly Row[] }).data;
  const shownRepo = async (token: string) => {
    const days = (await server.get("/stats/daily", token)).body as { readonly data: readonly Row[] };
    const minutes = (await server.get(`/stats/minute?bucketId=${A}`, token)).body as typeof days;
    const { buckets } = (await server.get("/bucket", token)).body as {
      buckets: readonly { repos: readonly Row[] }[];
    };
    return [
      ...days.data.map(({ repoId }) => repoId),
      ...minutes.data.map(({ repoId }) => repoId),
      buckets[0]?.repos[0]?.id,
    ];
  };
  expect(await shownRepo("admin")).toEqual([REPO, REPO, REPO]);
  expect(await shownRepo("five")).toEqual(["", "", undefined]);
  expect((await server.get("/repo/stats", "five")).body).toEqual({ success: true, stats: [] });
  expect(await readDays(`?repoId=${REPO}`)).toEqual([]);
  expect(await readDays(`?repoId=${REPO}&bucketId=${A}`)).toHaveLength(1);
  expect((await server.get(`/v2/stats/storage?scope=repo&id=${REPO}`, "five")).status).toBe(404);
  const repos = await server.get("/v2/stats/storage/breakdown/repos?scope=workspace&id=5", "five");
  expect(repos.body).toMatchObject({ summary: { total: 0 }, entities: [] });
});

describe("what a token does not see", () => {
  const RANGE = "startDate=2026-03-01T12:00:00Z&endDate=2026-03-01T12:00:59Z";
  /** A query answers three rows. In each minute and day two live buckets count, one that is deleted, and usage of none. */
  const openWithFourRows = async (...minutes: readonly string[]) => {
    server = await openWithTokens({ queryRowsMax: 3 });
    for (const id of [A, B, C]) await server.catalog.createBucket({ organization: 42, id, name: id, space: 5 });
    const upload = { kind: "upload", bytesIn: 1 } as const;
    for (const minute of minutes) {
      await server.count([A, B, C, null].map((bucket) => ({ ...upload, bucket, timeMs: at(minute) })));
    }
    await server.catalog.deleteBucket(42, C);
  };
  const bucketsOf = async (url: string, list: string, id = "bucketId") => {
    const { status, body } = await server.get(url);
    expect(status, JSON.stringify(body)).toBe(200);
    return (body as Readonly<Record<string, readonly Row[]>>)[list]?.map((row) => row[id]);
  };

  test("does not count for the most rows of an answer", async () => {
    await openWithFourRows("03-01T12:00:00");
    for (const path of ["daily", "minute"]) {
      expect(await bucketsOf(`/stats/${path}?${RANGE}`, "data")).toEqual([A, B]);
    }
    expect(await bucketsOf("/bucket/stats", "stats")).toEqual([A, B]);
    expect(await bucketsOf("/repo/stats", "stats")).toEqual([]);
    expect(await bucketsOf("/v2/stats/storage/breakdown/buckets?window=7d", "entities", "entityId")).toEqual([A, B]);
  });

  test("an answer that is too large by itself is refused in the dialect's words", async () => {
    await openWithFourRows("03-01T12:00:00", "03-02T12:00:00");
    const range = "startDate=2026-03-01&endDate=2026-03-02T23:59:59Z";
    const message = "Date range too large (maximum 3 rows). Ask for a shorter range or fewer buckets";
    const { status, body } = await server.get(`/stats/daily?${range}`);
    expect([status, body]).toEqual([400, { success: false, message }]);
    expect(await bucketsOf(`/stats/daily?${range}&bucketId=${A}`, "data")).toEqual([A, A]);
    // A day has 1440 minutes.
    expect((await server.get(`/stats/minute?${range}&bucketId=${A}`)).body).toEqual({ success: false, message });
  });
});
