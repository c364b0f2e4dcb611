/** A program that was written for Flashback, against a real server: only the base URL is another. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, type RealServer, startRealServer } from "../real-server.contract.ts";
import { buildFlashbackClient, FlashbackError } from "./flashback-client.contract.ts";

const KEY = "AKIAIOSFODNN7COMPAT";
const SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYCOMPAT";
const HOUR_MS = 3_600_000;

const NEW_BUCKET = {
  ...{ name: "media", bucket: "acme-media", storageType: "S3", key: KEY, secret: SECRET, workspaceId: "1" },
  ...{ endpoint: "https://s3.example.com", region: "us-east-1" },
};

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer();
});
afterAll(() => server.remove());

describe.each([
  ["at the root", ""],
  ["with a slash at the end of its base URL", "/"],
  ["under the fixed prefix", "/flashback"],
])("a client %s", (where, path) => {
  it("logs in, registers a bucket, reads what it counted in every way, and removes it", async () => {
    const client = buildFlashbackClient(server.url + path);
    const { accessToken, refreshToken, user } = await client.login("Ann@example.com", PASSWORD);
    expect(user).toMatchObject({ email: "ann@example.com", orgId: "1", orgRole: 1 });
    await expect(client.getBuckets()).rejects.toMatchObject({ status: 401, data: { success: false } });
    client.setToken(accessToken);
    client.setToken((await client.refresh(refreshToken)).accessToken);

    const { bucketId } = await client.createBucket({ ...NEW_BUCKET, name: `media ${where}` });
    const { buckets } = await client.getBuckets();
    expect(buckets).toMatchObject([{ id: bucketId, bucket: "acme-media", key: "", secret: {} }]);
    await client.updateBucket(bucketId, { name: `renamed ${where}`, secret: SECRET });
    expect(await client.validateBucket(bucketId, { bucket: "acme-media", key: KEY, secret: SECRET })).toMatchObject({
      success: true,
    });

    const before = Date.now();
    await server.count([
      {
        type: "upload",
        data: { bucket_id: bucketId, bytes_in: 9_007_199_254_740_991, size_delta: 1000, objects_delta: 1 },
      },
      { type: "upload", data: { bucket_id: bucketId, bytes_in: 9, size_delta: -50 } },
      { type: "delivery", data: { bucket_id: bucketId, bytes_out: 536_870_912 } },
    ]);
    // 9007199254740991 + 9: a client that reads text keeps every digit.
    const totals = { totalUploadBytes: "9007199254741000", totalDownloadBytes: "536870912", totalSizeChange: "950" };
    expect(await client.getBucketStats()).toEqual({ success: true, stats: [{ bucketId, totalCount: "1", ...totals }] });
    expect(await client.getBucketStats([bucketId, "a b", "ü"])).toMatchObject({ stats: [{ bucketId }] });
    expect(await client.getUnitStats([bucketId])).toMatchObject({ stats: [{ unitId: bucketId, ...totals }] });
    expect(await client.getRepoStats()).toEqual({ success: true, stats: [] });

    const [start, end] = [new Date(before - HOUR_MS), new Date(before + HOUR_MS)];
    for (const read of [client.getDailyStats, client.getMinuteStats]) {
      const { data } = (await read(start, end, { bucketId: [bucketId], hosts: ["s3.example.com"] })) as {
        readonly data: readonly Record<string, string>[];
      };
      const sum = (field: string) => data.reduce((total, row) => total + BigInt(row[field] ?? ""), 0n);
      expect([sum("upl_bytes"), sum("dwl_bytes"), sum("size_change")]).toEqual([9007199254741000n, 536870912n, 950n]);
    }
    const { summary, series, meta } = await client.getStorageStats({ scope: "workspace", id: "1", window: "24h" });
    expect(meta).toMatchObject({ scopeId: "1", timeBucketSize: "10m" });
    expect(series.reduce((sum: number, point: { requests: number }) => sum + point.requests, 0)).toBe(3);
    expect(summary.total).toBeGreaterThan(9_007_199_791_000_000);
    for (const by of ["buckets", "workspaces"] as const) {
      const { entities } = await client.getBreakdown(by, { includeSeries: true, limit: 1, offset: 0 });
      expect(entities).toMatchObject([{ totals: { sizeChange: 950, requests: 3, latencyMs: 0 } }]);
    }

    expect(await client.deleteBucket(bucketId)).toEqual({ success: true, message: "Bucket deleted" });
    await expect(client.deleteBucket(bucketId)).rejects.toBeInstanceOf(FlashbackError);
    expect(await client.getBuckets()).toEqual({ success: true, buckets: [] });
  });
});

describe("errors", () => {
  it("reach the program with their status and a body that it can read", async () => {
    const client = buildFlashbackClient(server.url);
    await expect(client.login("ann@example.com", "wrong password")).rejects.toMatchObject({
      status: 401,
      data: { success: false, error_code: "INVALID_CREDENTIALS" },
    });
    const { accessToken, refreshToken } = await client.login("bob@example.com", PASSWORD);
    client.setToken(accessToken);
    await expect(client.createBucket(NEW_BUCKET)).rejects.toMatchObject({ status: 403, data: { success: false } });
    await client.refresh(refreshToken);
    await expect(client.refresh(refreshToken)).rejects.toMatchObject({
      status: 401,
      data: { error_code: "INVALID_REFRESH_TOKEN" },
    });
    await server.run(["user", "disable", "--org", "1", "--id", "2"]);
    await expect(client.getBucketStats()).rejects.toMatchObject({ status: 403 });
  });
});

describe("ten thousand ids in one query", () => {
  it("are refused in words, and the server goes on", async () => {
    const client = buildFlashbackClient(server.url);
    client.setToken((await client.login("ann@example.com", PASSWORD)).accessToken);
    const tooMany = Array.from({ length: 10_000 }, (_, index) => index.toString(36));
    await expect(client.getRepoStats(tooMany)).rejects.toMatchObject({
      status: 400,
      data: { success: false, message: "Too many repoId values (maximum 1000)" },
    });
    const uuids = tooMany.map((_, index) => `0b54c1d2-7a39-4b0e-9f27-${String(index).padStart(12, "0")}`);
    await expect(client.getBucketStats(uuids)).rejects.toMatchObject({
      status: 400,
      data: { success: false, message: "Too many bucketId values (maximum 1000)" },
    });
    expect(await client.getBucketStats(uuids.slice(0, 1000))).toEqual({ success: true, stats: [] });
  });
});

describe("secrets", () => {
  it("stay good over a rotation of the signing key, and are in no log, no file and no backup", async () => {
    const client = buildFlashbackClient(server.url);
    const { accessToken, refreshToken } = await client.login("ann@example.com", PASSWORD);
    client.setToken(accessToken);
    await server.run(["key", "rotate"]);
    expect(await client.getBuckets()).toMatchObject({ success: true });
    // A bucket whose name is taken, a broken body and a body that is too large: what is refused is not quoted either.
    const { bucketId } = await client.createBucket(NEW_BUCKET);
    await expect(client.createBucket(NEW_BUCKET)).rejects.toMatchObject({ status: 409 });
    await expect(client.createBucket({ ...NEW_BUCKET, region: SECRET.repeat(3000) })).rejects.toMatchObject({
      status: 413,
    });
    await expect(client.createBucket({ ...NEW_BUCKET, endpoint: `https://${KEY}:${SECRET}@s3` })).rejects.toMatchObject(
      {
        status: 400,
      },
    );
    await client.validateBucket(bucketId, { key: KEY, secret: SECRET });
    const { listing, contents } = await server.backUp();
    // What may be kept is found, so what is not found is not there.
    expect(listing).toContain("catalog.sqlite");
    expect(contents).toContain("acme-media");
    const written = await server.stop();
    expect(written).toContain("acme-media");
    for (const secret of [KEY, SECRET, PASSWORD, accessToken, refreshToken, server.token]) {
      for (const text of [listing, contents, written]) expect(text.includes(secret)).toBe(false);
    }
  });
});
