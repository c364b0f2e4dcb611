/**
 * The endpoints of buckets, asked over the whole server.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AskedServer } from "../../ask-server.contract.ts";
import { A, B, C, createBuckets, NOW_MS, openWithTokens, REPO } from "../worked-example.contract.ts";

const BODY = {
  name: "new",
  bucket: "bk",
  storageType: "S3",
  key: "AKIAEXAMPLEKEY",
  secret: "wJalrEXAMPLESECRET",
  endpoint: "https://s3.example.com",
  region: "us-east-1",
  workspaceId: "5",
};

let server: AskedServer;
beforeEach(async () => {
  server = await openWithTokens();
  await createBuckets(server);
  await server.createToken("member", { role: "member" });
  await server.createToken("six", { spaces: [6] });
});
afterEach(() => server.close());

type Listed = Readonly<Record<string, unknown>>;
const list = async (search = "", token = "admin"): Promise<readonly Listed[]> =>
  ((await server.get(`/bucket${search}`, token)).body as { readonly buckets: readonly Listed[] }).buckets;
const remove = (id: string, token: string | null = "admin") =>
  server.send("DELETE", `/bucket/${id}`, token === null ? {} : { authorization: `Bearer ${token}` });

describe("GET /bucket", () => {
  test("200: buckets by creation, with their repo, without anything secret", async () => {
    const buckets = await list();
    expect(buckets.map(({ id }) => id)).toEqual([A, B, C]);
    expect(buckets[0]).toEqual({
      id: A,
      name: "media",
      bucket: "",
      storageType: "",
      key: "",
      secret: {},
      endpoint: "https://S3.example.com:9000",
      region: "",
      status: "UNKNOWN",
      lastStatusAt: null,
      createdAt: "2026-03-02T11:59:57.000Z",
      workspaceId: "5",
      repos: [{ id: REPO, name: "site", storageType: "", createdAt: "2026-03-02T12:00:00.000Z" }],
    });
    expect(buckets[2]).toMatchObject({ repos: [] });
  });

  test("200: what the client sends without a filter is all, an unknown workspace none", async () => {
    expect(await list("?workspaceId=undefined&walletAddress=undefined")).toHaveLength(3);
    expect(await list("?workspaceId=5")).toHaveLength(3);
    expect(await list("?workspaceId=6")).toEqual([]);
    expect(await list("?workspaceId=99")).toEqual([]);
    expect(await list("", "stranger")).toEqual([]);
    expect(await list("", "six")).toEqual([]);
  });

  test("200: a bucket that usage registered has no workspace", async () => {
    await server.count([{ bucket: "from-usage", timeMs: NOW_MS, kind: "upload" }]);
    expect((await list()).at(-1)).toMatchObject({ id: "from-usage", workspaceId: "", endpoint: "", repos: [] });
  });
});

describe("POST /bucket", () => {
  test("200: the bucket is listed as sent; its credentials are nowhere", async () => {
    const { status, body, text } = await server.sendJson("POST", "/bucket", BODY);
    expect(body).toEqual({ success: true, bucketId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(status).toBe(200);
    const listed = await server.get("/bucket");
    const { bucketId } = body as { readonly bucketId: string };
    expect((await list()).at(-1)).toMatchObject({
      ...{ id: bucketId, name: "new", bucket: "bk", storageType: "S3", key: "", secret: {} },
      ...{ endpoint: "https://s3.example.com", region: "us-east-1", workspaceId: "5", repos: [] },
    });
    expect(text + listed.text + JSON.stringify(await server.catalog.listBuckets(42))).not.toMatch(/AKIAEX|wJalr/);
  });

  test.each([
    [{ name: undefined }, "name is required"],
    [{ name: "x".repeat(256) }, "Invalid name"],
    [{ bucket: "" }, "bucket is required"],
    [{ storageType: "TAPE" }, "Invalid storageType"],
    [{ workspaceId: undefined }, "workspaceId is required"],
    [{ workspaceId: 5 }, "Invalid workspaceId"],
    [{ endpoint: "https://u:p@s3.example.com" }, "Invalid endpoint"],
  ])("400: %j", async (fields, message) => {
    const { status, body } = await server.sendJson("POST", "/bucket", { ...BODY, ...fields });
    expect(body).toEqual({ success: false, message });
    expect(status).toBe(400);
  });

  test.each([
    ["no body", undefined, "application/json"],
    ["broken JSON", '{"name"', "application/json"],
    ["a list", "[]", "application/json"],
    ["a form", "name=n", "application/x-www-form-urlencoded"],
    ["another type", "name", "text/plain"],
  ])("400: %s", async (_, payload, type) => {
    const answer = await server.send(
      "POST",
      "/bucket",
      { authorization: "Bearer admin", "content-type": type },
      payload,
    );
    expect(answer.body).toEqual({ success: false, message: "Invalid JSON body" });
    expect(answer.status).toBe(400);
  });

  test("409: a name of a live bucket, in this case; 200 once it is deleted", async () => {
    const { status, body } = await server.sendJson("POST", "/bucket", { ...BODY, name: "media" });
    const message = "Bucket name is already in use";
    expect(body).toEqual({ success: false, message, error_code: "NAME_ALREADY_USED" });
    expect(status).toBe(409);
    expect((await server.sendJson("POST", "/bucket", { ...BODY, name: "Media" })).status).toBe(200);
    await remove(A);
    expect((await server.sendJson("POST", "/bucket", { ...BODY, name: "media" })).status).toBe(200);
  });

  test("413: a body above 64 KiB", async () => {
    const { status, body } = await server.sendJson("POST", "/bucket", { ...BODY, region: "x".repeat(65_536) });
    expect(body).toEqual({ success: false, message: "Request body too large" });
    expect(status).toBe(413);
  });

  test("401, 404, 403 in this order: no token, no such workspace, no right to change it", async () => {
    expect((await server.sendJson("POST", "/bucket", {}, null)).status).toBe(401);
    for (const [token, workspaceId] of [
      ["member", "99"],
      ["six", "5"],
    ] as const) {
      const { status, body } = await server.sendJson("POST", "/bucket", { ...BODY, workspaceId }, token);
      expect(body).toEqual({ success: false, message: "Workspace not found" });
      expect(status).toBe(404);
    }
    const { status, body } = await server.sendJson("POST", "/bucket", BODY, "member");
    expect(body).toEqual({ success: false, message: "Insufficient permissions" });
    expect(status).toBe(403);
    expect(await list()).toHaveLength(3);
  });
});

describe("PUT /bucket/{id}", () => {
  test("200: fields that are left out stay as they are, the repo too", async () => {
    const before = (await list())[0];
    const answer = await server.sendJson("PUT", `/bucket/${A}`, { name: "renamed", secret: "wJalr", workspaceId: "5" });
    expect(answer.body).toEqual({
      ...{ success: true, bucketId: A, message: "Bucket updated", status: "UNKNOWN", latency_ms: 0 },
    });
    expect((await list())[0]).toEqual({ ...before, name: "renamed" });
    await server.sendJson("PUT", `/bucket/${A}`, { endpoint: "", storageType: "GCS", bucket: "b2" });
    expect((await list())[0]).toMatchObject({ name: "renamed", endpoint: "", storageType: "GCS", bucket: "b2" });
  });

  test("200: another workspace takes the history along and ends the link to the repo", async () => {
    await server.count([{ bucket: A, timeMs: NOW_MS, kind: "upload", bytesIn: 7 }]);
    expect((await server.sendJson("PUT", `/bucket/${A}`, { workspaceId: "6" })).status).toBe(200);
    expect((await list())[0]).toMatchObject({ workspaceId: "6", repos: [] });
    const { body } = await server.get("/v2/stats/storage?scope=workspace&id=6");
    expect(body).toMatchObject({ summary: { total: 7 } });
    expect((await server.get(`/repo/stats?repoId=${REPO}`)).body).toMatchObject({ stats: [{ totalUploadBytes: "0" }] });
  });

  test("400, 401, 403, 404, 409", async () => {
    const put = async (id: string, body: unknown, token: string | null = "admin") => {
      const answer = await server.sendJson("PUT", `/bucket/${id}`, body, token);
      return [answer.status, (answer.body as { readonly message: string }).message];
    };
    expect(await put(A, [])).toEqual([400, "Invalid JSON body"]);
    expect(await put("nope", { storageType: "x" })).toEqual([400, "Invalid storageType"]);
    expect(await put(A, {}, null)).toEqual([401, "Unauthorized"]);
    expect(await put(A, {}, "member")).toEqual([403, "Insufficient permissions"]);
    expect(await put("nope", {}, "member")).toEqual([404, "Bucket not found"]);
    expect(await put(A, {}, "stranger")).toEqual([404, "Bucket not found"]);
    expect(await put(A, { workspaceId: "99" })).toEqual([404, "Workspace not found"]);
    expect(await put(A, { name: "backup" })).toEqual([409, "Bucket name is already in use"]);
    expect(await put(A, { name: "media" })).toEqual([200, "Bucket updated"]);
  });
});

describe("DELETE /bucket/{id}", () => {
  test("200 once, then 404; the bucket leaves lists and statistics", async () => {
    expect((await remove(A)).body).toEqual({ success: true, message: "Bucket deleted" });
    expect((await remove(A)).body).toEqual({ success: false, message: "Bucket not found" });
    expect((await remove(A)).status).toBe(404);
    expect((await list()).map(({ id }) => id)).toEqual([B, C]);
    await server.count([{ bucket: A, timeMs: NOW_MS, kind: "upload", bytesIn: 7 }]);
    expect((await server.get("/v2/stats/storage")).body).toMatchObject({ summary: { total: 0 } });
  });

  test("401, 403, 404", async () => {
    expect((await remove(A, null)).status).toBe(401);
    expect((await remove(A, "member")).status).toBe(403);
    expect((await remove("nope", "member")).status).toBe(404);
    expect((await remove(A, "stranger")).status).toBe(404);
    expect(await list()).toHaveLength(3);
  });
});

describe("POST /bucket/{id}/validate", () => {
  const validate = (id: string, body: unknown, token: string | null = "admin") =>
    server.sendJson("POST", `/bucket/${id}/validate`, body, token);

  test("200: a registered bucket, with its name or without", async () => {
    await server.sendJson("PUT", `/bucket/${A}`, { bucket: "bk" });
    for (const body of [{}, { bucket: "bk", key: "k", secret: "s", endpoint: "https://x:y@z" }]) {
      const answer = await validate(A, body, "member");
      expect(answer.body).toEqual({
        success: true,
        message: "Bucket is registered; no connection was made",
        latency_ms: 0,
        status: "UNKNOWN",
      });
    }
  });

  test("400, 401, 404", async () => {
    await server.sendJson("PUT", `/bucket/${A}`, { bucket: "bk" });
    expect((await validate(A, { bucket: "other" })).body).toEqual({ success: false, message: "bucket does not match" });
    expect((await validate(A, { bucket: 5 })).status).toBe(400);
    expect((await validate(A, [])).body).toEqual({ success: false, message: "Invalid JSON body" });
    expect((await validate(A, {}, null)).status).toBe(401);
    expect((await validate(A, {}, "stranger")).body).toEqual({ success: false, message: "Bucket not found" });
  });
});

test("405 names the methods that there are", async () => {
  const answer = await server.send("GET", `/bucket/${A}`, { authorization: "Bearer admin" });
  expect([answer.status, answer.headers.allow]).toEqual([405, "DELETE, PUT"]);
});
