/**
 * Files from the signed form to the statistics, over a real socket: uploaded, replaced, delivered whole, in part, broken
 * off, and counted with exactly the bytes that were sent. And everything that must leave no trace.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openParts, type Parts } from "../src/app.ts";
import { hashTokenSecret } from "../src/catalog/token-secret.ts";
import { readConfig } from "../src/config.ts";
import { ROLE_SCOPES } from "../src/model/token.ts";
import { keepFilesInOrder } from "../src/open-files.ts";
import { buildFixedClock } from "../src/platform/clock.ts";
import { buildLogger } from "../src/platform/log.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00Z");
const UPLOAD_BYTES_MAX = 20_000_000;
const FORBIDDEN = {
  error: "You are currently not allowed to execute this action. Please contact the administrator of your space.",
};
const NOT_FOUND = ["This record could not be found"];

let folder: string;
let parts: Parts;
let origin: string;
let port: number;
const clock = buildFixedClock(NOW_MS);

async function start(): Promise<void> {
  const overrides = { dataDir: folder, logLevel: "silent", uploadBytesMax: UPLOAD_BYTES_MAX } as const;
  const config = readConfig({ environment: {}, overrides });
  parts = await openParts(config, clock, buildLogger("silent"), { metersOwnTraffic: true });
  await parts.server.listen({ host: "127.0.0.1", port: 0 });
  port = (parts.server.server.address() as AddressInfo).port;
  origin = `http://127.0.0.1:${port}`;
}

beforeEach(async () => {
  clock.set(NOW_MS);
  folder = mkdtempSync(join(tmpdir(), "assetmeter-files-"));
  await start();
  const { catalog } = parts;
  for (const organization of [1, 2]) {
    await catalog.createOrganization({ id: organization, name: `Org ${organization}` });
    await catalog.createSpace({ organization, id: 606, name: "Space" });
    const token = { organization, role: "admin", scopes: ROLE_SCOPES.admin, user: null, expiresAtMs: null } as const;
    await catalog.createToken({
      ...token,
      name: "t",
      spaces: null,
      secretHash: hashTokenSecret(`admin-${organization}`),
    });
  }
  await catalog.createSpace({ organization: 1, id: 607, name: "Other" });
});
afterEach(async () => {
  await parts.close();
  rmSync(folder, { recursive: true });
});

type Sent = { readonly token?: string; readonly body?: unknown; readonly headers?: Record<string, string> };

async function ask(method: string, path: string, { token = "admin-1", body, headers = {} }: Sent = {}) {
  const response = await fetch(path.startsWith("http") ? path : origin + path, {
    method,
    headers: { ...(token === "" ? {} : { authorization: token }), "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

type Signed = {
  readonly fields: Record<string, string>;
  readonly post_url: string;
  readonly public_url: string;
  readonly pretty_url: string;
  readonly id: number;
};

async function sign(body: Record<string, unknown>): Promise<Signed> {
  const answer = await ask("POST", "/v1/spaces/606/assets", { body });
  expect(answer.status).toBe(200);
  return answer.body;
}

function buildForm(
  fields: Record<string, string>,
  content: string | Uint8Array,
  type = "application/octet-stream",
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([content as Uint8Array<ArrayBuffer>], { type }), "anything");
  return form;
}

async function send(url: string, form: FormData): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { method: "POST", body: form });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

/** Signs and sends; the asset is there afterwards. */
async function upload(body: Record<string, unknown>, content: string | Uint8Array): Promise<Signed> {
  const signed = await sign(body);
  expect(await send(signed.post_url, buildForm(signed.fields, content))).toEqual({ status: 204, body: null });
  return signed;
}

const listStored = (): string[] =>
  readdirSync(join(folder, "files"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

async function listAssets(): Promise<{ id: number }[]> {
  return (await ask("GET", "/v1/spaces/606/assets")).body.assets;
}

async function expectNoTrace(): Promise<void> {
  expect(await listAssets()).toEqual([]);
  expect(listStored()).toEqual([]);
  expect(await parts.catalog.listUnusedFiles({ wantedUntilMs: Infinity, unwantedUntilMs: Infinity })).toEqual([]);
}

async function readAssetsTraffic(): Promise<Record<number, number>> {
  await parts.ownTraffic?.settle();
  const { body } = await ask("GET", "/v1/orgs/me/statistics/assets_traffic", {
    headers: { "x-filespin-internal-request": "true" },
  });
  return Object.fromEntries(body.assets.map((row: { id: number; total_bytes: number }) => [row.id, row.total_bytes]));
}

/** Sums of count, bytes in, size and objects, by what is grouped by, as texts with spaces between. */
async function scanUsage(
  groupBy: readonly ("kind" | "operation" | "space" | "user")[],
): Promise<readonly (readonly [string, readonly number[]])[]> {
  const rows = await parts.store.scan({
    organization: 1,
    segments: [{ table: "usage_raw", startMs: NOW_MS, endMs: NOW_MS + 1 }],
    filter: {},
    groupBy,
    sums: (["count", "bytesIn", "sizeDelta", "objectsDelta"] as const).map((measure) => ({ measure, kinds: null })),
    windows: null,
    keep: null,
    orderBySum: null,
    rowsMax: null,
  });
  return rows.map(({ group, sums }) => [group.map(String).join(" "), sums.map(Number)]);
}

describe("sign", () => {
  test("answers the form of the vendor, for an asset that is nowhere yet", async () => {
    const signed = await sign({ filename: "C:\\Bilder\\Über uns.v2.PNG", size: "400X500", asset_folder_id: 0 });
    expect(signed).toEqual({
      pretty_url: expect.stringMatching(/^\/\/127\.0\.0\.1:\d+\/f\/606\/400x500\/[0-9a-f]{10}\/uber-uns_v2\.png$/),
      public_url: `http:${signed.pretty_url}`,
      fields: {
        key: signed.public_url.slice(origin.length + 1),
        acl: "public-read",
        Expires: "Sat, 20 Nov 2027 12:00:00 GMT",
        "Cache-Control": "public, max-age=31536000",
        "Content-Type": "image/png",
        policy: expect.any(String),
        "x-amz-credential": "assetmeter/20261120/local/s3/aws4_request",
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-date": "20261120T120000Z",
        "x-amz-signature": expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      post_url: `${origin}/s3/assets`,
      id: 1_000_001,
      locked: false,
      meta_data: {},
    });
    const policy = JSON.parse(Buffer.from(signed.fields.policy!, "base64").toString());
    expect(policy).toMatchObject({ expiration: "2026-11-20T12:10:00.000Z" });
    expect(policy.conditions).toContainEqual(["content-length-range", 1, UPLOAD_BYTES_MAX]);
    for (const name of ["acl", "Cache-Control", "Content-Type", "key", "Expires", "x-amz-date"]) {
      expect(policy.conditions).toContainEqual({ [name]: signed.fields[name] });
    }
    expect((await ask("GET", "/v1/spaces/606/assets/1000001")).status).toBe(404);
    expect((await ask("GET", signed.public_url)).status).toBe(404);
    const finish = await ask("GET", "/v1/spaces/606/assets/1000001/finish_upload");
    expect([finish.status, finish.body.errors]).toEqual([422, { file: ["can't be blank"] }]);
    await expectNoTrace();
  });

  test.each([
    ["a query string", "POST", "/v1/spaces/606/assets?filename=a.png&size=4x4&alt=A&internal_tag_ids=7", undefined],
    ["JSON", "POST", "/v1//spaces/606/assets/", { filename: "a.png", size: "4x4", alt: "A", internal_tag_ids: ["7"] }],
  ])("takes its parameters from %s", async (_, method, path, body) => {
    await parts.catalog.createTag({ organization: 1, space: 606, id: 7, name: "t" });
    const { body: signed } = await ask(method, path, { ...(body === undefined ? {} : { body }) });
    expect((await send(signed.post_url, buildForm(signed.fields, "x"))).status).toBe(204);
    const { body: asset } = await ask("GET", `/v1/spaces/606/assets/${signed.id}`);
    expect(asset).toMatchObject({ alt: "A", internal_tag_ids: [7], content_length: 1, short_filename: "a.png" });
  });

  test.each([
    [{}, "filename", "can't be blank"],
    [{ filename: "  " }, "filename", "can't be blank"],
    [{ filename: "a.png", size: "big" }, "size", "is invalid"],
    [{ filename: "a.png", asset_folder_id: 99 }, "asset_folder_id", "does not exist in this space"],
    [{ filename: "a.png", asset_folder_id: 5 }, "asset_folder_id", "does not exist in this space"],
    [{ filename: "a.png", internal_tag_ids: [6] }, "internal_tag_ids", "does not exist in this space"],
    [{ filename: "a.png", expire_at: "soon" }, "expire_at", "is invalid"],
  ])("refuses %j with 422 naming %s", async (body, field, text) => {
    await parts.catalog.createFolder({ organization: 1, space: 607, id: 5, name: "Foreign" });
    await parts.catalog.createTag({ organization: 1, space: 607, id: 6, name: "foreign" });
    const answer = await ask("POST", "/v1/spaces/606/assets", { body });
    expect([answer.status, answer.body]).toEqual([
      422,
      { error: `Validation failed: ${field} ${text}`, errors: { [field]: [text] } },
    ]);
  });

  test.each([99, "9007199254740993", "x", -1, 0.5])(
    "an asset to replace that is no such thing (%s) is 404",
    async (id) => {
      const answer = await ask("POST", "/v1/spaces/606/assets", { body: { filename: "a.png", id } });
      expect([answer.status, answer.body]).toEqual([404, NOT_FOUND]);
    },
  );

  test.each([
    ["..", "_"],
    ["../../etc/passwd", "passwd"],
    ["a\0b.png", "a-b.png"],
    ["\u202Egnp.exe", "gnp.exe"],
    ["a//b", "b"],
    ["x".repeat(4_096), "x".repeat(200)],
    [`${"y".repeat(4_000)}.${"z".repeat(90)}`, `${"y".repeat(179)}.${"z".repeat(20)}`],
    ["日本語.png", "file.png"],
    ["index.html\r\nSet-Cookie: a=b", "index.htmlsetcookieab"],
  ])("the name %j is stored under a harmless one and delivered", async (filename, expected) => {
    const { public_url } = await upload({ filename }, "x");
    expect(public_url.split("/").at(-1)).toBe(expected);
    const response = await fetch(public_url);
    expect([response.status, await response.text()]).toEqual([200, "x"]);
    expect(response.headers.get("content-disposition")).toBe(`inline; filename=${expected}`);
  });
});

describe("the form", () => {
  test("makes the asset live, listed, readable and downloadable with its answer", async () => {
    const { id, public_url } = await upload({ filename: "a.txt" }, "hello");
    expect(await listAssets()).toMatchObject([
      { id, filename: public_url, content_length: 5, content_type: "text/plain" },
    ]);
    const finish = await ask("GET", `/v1/spaces/606/assets/${id}/finish_upload`);
    const nothing = { alt: null, copyright: null, focus: null, is_private: false, title: null };
    expect([finish.status, finish.body]).toEqual([200, { id, filename: public_url, ...nothing }]);
    expect(listStored()).toHaveLength(1);
  });

  test("sent again within ten minutes overwrites the bytes, and later is refused", async () => {
    const signed = await upload({ filename: "a.txt" }, "first");
    expect((await send(signed.post_url, buildForm(signed.fields, "second"))).status).toBe(204);
    expect(await (await fetch(signed.public_url)).text()).toBe("second");
    expect(await listAssets()).toHaveLength(1);
    clock.set(NOW_MS + 600_000);
    expect(await send(signed.post_url, buildForm(signed.fields, "third"))).toEqual({ status: 403, body: FORBIDDEN });
    expect(await (await fetch(signed.public_url)).text()).toBe("second");
  });

  test("a replaced file keeps id and address; its metadata changes with the bytes; the old bytes go", async () => {
    const { id, public_url } = await upload({ filename: "a.txt", alt: "Old", title: "T" }, "first");
    const again = await sign({ filename: "other.png", id, alt: "New" });
    expect([again.id, again.public_url, again.fields["Content-Type"]]).toEqual([id, public_url, "text/plain"]);
    expect(await (await fetch(public_url)).text()).toBe("first");
    expect((await ask("GET", `/v1/spaces/606/assets/${id}`)).body.alt).toBe("Old");
    expect((await send(again.post_url, buildForm(again.fields, "second!"))).status).toBe(204);
    expect(await (await fetch(public_url)).text()).toBe("second!");
    const { body } = await ask("GET", `/v1/spaces/606/assets/${id}`);
    expect(body).toMatchObject({ alt: "New", title: "T", content_length: 7 });
    clock.set(NOW_MS + 60_000);
    expect(await keepFilesInOrder({ ...parts, clock }, false)).toBe(1);
    expect(listStored()).toHaveLength(1);
  });

  const fieldsWithout = (fields: Record<string, string>, name: string) =>
    Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));

  test.each(["key", "policy"])("without the field %s is 400 and leaves no trace", async (name) => {
    const { fields, post_url } = await sign({ filename: "a.txt" });
    const answer = await send(post_url, buildForm(fieldsWithout(fields, name), "x"));
    expect(answer).toEqual({ status: 400, body: { error: `The field ${name} is missing.` } });
    await expectNoTrace();
  });

  test.each([
    ["x-amz-signature", "0".repeat(64)],
    ["x-amz-signature", ""],
    ["key", "f/606/x/0123456789/other.txt"],
    ["acl", "private"],
    ["Content-Type", "text/html"],
    ["Expires", "Sat, 20 Nov 2038 12:00:00 GMT"],
    ["policy", Buffer.from('{"expiration":"2038-01-01T00:00:00Z","conditions":[]}').toString("base64")],
    ["policy", "not base64 at all"],
  ])("with a forged %s (%s) is 403 and leaves no trace", async (name, value) => {
    const { fields, post_url } = await sign({ filename: "a.txt" });
    expect(await send(post_url, buildForm({ ...fields, [name]: value }, "x"))).toEqual({
      status: 403,
      body: FORBIDDEN,
    });
    expect((await send(post_url, buildForm(fieldsWithout(fields, "x-amz-signature"), "x"))).status).toBe(403);
    await expectNoTrace();
  });

  test("with something behind the file, two files, no file or an empty one is 400 and leaves no trace", async () => {
    const { fields, post_url } = await sign({ filename: "a.txt" });
    const behind = buildForm(fields, "x".repeat(100_000));
    behind.append("alt", "late");
    const twice = buildForm(fields, "x");
    twice.append("file", new Blob(["y"]), "b");
    const none = new FormData();
    for (const [name, value] of Object.entries(fields)) none.append(name, value);
    for (const form of [behind, twice, none, buildForm(fields, "")]) {
      const answer = await send(post_url, form);
      expect([answer.status, Object.keys(answer.body as object)]).toEqual([400, ["error"]]);
    }
    await expectNoTrace();
  });

  test("one byte over the bound is 413 and leaves no trace, exactly the bound is taken", async () => {
    const { fields, post_url } = await sign({ filename: "a.bin" });
    const large = buildForm(fields, new Uint8Array(UPLOAD_BYTES_MAX + 1));
    expect(await send(post_url, large)).toEqual({ status: 413, body: { error: "Request body too large" } });
    await expectNoTrace();
    expect((await send(post_url, buildForm(fields, new Uint8Array(UPLOAD_BYTES_MAX)))).status).toBe(204);
  });

  test.each(["application/json", "multipart/form-data", "text/plain", ""])("as %j is 400", async (type) => {
    const response = await fetch(`${origin}/s3/assets`, {
      method: "POST",
      body: "x",
      headers: { "content-type": type },
    });
    expect([response.status, Object.keys((await response.json()) as object)]).toEqual([400, ["error"]]);
    await expectNoTrace();
  });

  /** The bytes of a form, with a length that may be a lie, over a socket that ends early. */
  async function sendRaw(fields: Record<string, string>, extraLength: number, cut: number): Promise<string> {
    const request = new Request(origin, { method: "POST", body: buildForm(fields, "x".repeat(50_000)) });
    const body = Buffer.from(await request.arrayBuffer());
    const socket = connect(port, "127.0.0.1");
    const head = [
      "POST /s3/assets HTTP/1.1",
      "Host: h",
      "Connection: close",
      `Content-Type: ${request.headers.get("content-type")}`,
      `Content-Length: ${body.length + extraLength}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    socket.write(body.subarray(0, body.length - cut));
    // A client that is still to send something leaves; one that has sent all waits for the answer.
    if (extraLength + cut > 0) socket.end();
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    await once(socket, "close");
    return Buffer.concat(chunks).toString().split("\r\n")[0]!;
  }

  test("that breaks off, or is shorter than its length says, leaves no trace", async () => {
    const { fields } = await sign({ filename: "a.txt" });
    for (const cut of [10, 20_000, 49_000]) {
      await sendRaw(fields, 0, cut);
      // The client has gone: the server tidies up without anybody who waits for it.
      await vi.waitFor(expectNoTrace);
    }
    await sendRaw(fields, 1_000, 0);
    // Closing waits for what is still running: were the upload completed, it would be by then.
    await parts.close();
    await start();
    await expectNoTrace();
  });

  test("that ends without its last boundary is 400 and leaves no trace", async () => {
    const { fields } = await sign({ filename: "a.txt" });
    expect(await sendRaw(fields, -30, 30)).toBe("HTTP/1.1 400 Bad Request");
    expect(await sendRaw(fields, -20_000, 20_000)).toBe("HTTP/1.1 400 Bad Request");
    await expectNoTrace();
  });

  test("100 at once of one form, and 100 of one name, are whole and leave one file each", async () => {
    const { fields, post_url, public_url } = await sign({ filename: "a.txt" });
    const contents = Array.from({ length: 100 }, (_, index) => `${index} ${"x".repeat(1_000)}`);
    const statuses = await Promise.all(
      contents.map(async (content) => (await send(post_url, buildForm(fields, content))).status),
    );
    expect(new Set(statuses)).toEqual(new Set([204]));
    expect(contents).toContain(await (await fetch(public_url)).text());
    const others = await Promise.all(contents.map((content) => upload({ filename: "same.txt" }, content)));
    expect(new Set(others.map(({ public_url: url }) => url)).size).toBe(100);
    expect(new Set(others.map(({ id }) => id)).size).toBe(100);
    const served = await Promise.all(others.map(async ({ public_url: url }) => (await fetch(url)).text()));
    expect(served).toEqual(contents);
    clock.set(NOW_MS + 60_000);
    await keepFilesInOrder({ ...parts, clock }, false);
    expect(listStored()).toHaveLength(101);
  }, 120_000);

  test("of an asset that was deleted meanwhile is 404 and leaves no file", async () => {
    const { id, fields, post_url } = await upload({ filename: "a.txt" }, "x");
    await ask("DELETE", `/v1/spaces/606/assets/${id}`);
    expect(await send(post_url, buildForm(fields, "y"))).toEqual({ status: 404, body: NOT_FOUND });
    expect(listStored()).toHaveLength(1);
  });

  test("whose bytes never come is forgotten after a day, and what a crash left is gone after the next start", async () => {
    const { id } = await sign({ filename: "a.txt" });
    const key = "00000000-left-by-a-crash";
    await parts.catalog.noteUnusedFile(key);
    await parts.files.put(
      key,
      (async function* () {
        yield Buffer.from("x");
      })(),
      { bytesMin: 1, bytesMax: 9 },
    );
    await keepFilesInOrder({ ...parts, clock }, false);
    expect(listStored()).toEqual([key]);
    await parts.close();
    clock.set(NOW_MS + 86_400_001);
    await start();
    await expectNoTrace();
    expect((await ask("GET", `/v1/spaces/606/assets/${id}/finish_upload`)).status).toBe(404);
  });
});

describe("delivery", () => {
  test("has the headers of the contract, without any token", async () => {
    const { public_url } = await upload({ filename: "a.html" }, "<script>alert(1)</script>");
    const response = await fetch(public_url);
    expect(await response.text()).toBe("<script>alert(1)</script>");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html",
      "content-length": "25",
      "accept-ranges": "bytes",
      "cache-control": "public, max-age=3600",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox",
      "content-disposition": "inline; filename=a.html",
      "access-control-allow-origin": "*",
      etag: expect.any(String),
      "last-modified": expect.stringMatching(/GMT$/),
    });
  });

  test("a page that is sent as a picture is served as a picture that must not be sniffed", async () => {
    const { fields, post_url, public_url } = await sign({ filename: "a.png" });
    await send(post_url, buildForm(fields, "<html><script>alert(1)</script></html>", "text/html"));
    const { headers } = await fetch(public_url);
    expect([headers.get("content-type"), headers.get("x-content-type-options")]).toEqual(["image/png", "nosniff"]);
  });

  test("ranges, conditions and HEAD are answered as HTTP says", async () => {
    const { public_url } = await upload({ filename: "a.txt" }, "abcdefghij");
    const get = async (headers: Record<string, string>, method = "GET") => {
      const response = await fetch(public_url, { method, headers });
      return [response.status, await response.text(), response.headers.get("content-range")];
    };
    const etag = (await fetch(public_url)).headers.get("etag")!;
    expect(await get({ range: "bytes=2-4" })).toEqual([206, "cde", "bytes 2-4/10"]);
    expect(await get({ range: "bytes=-2" })).toEqual([206, "ij", "bytes 8-9/10"]);
    expect(await get({ range: "bytes=0-1,4-5" })).toEqual([200, "abcdefghij", null]);
    expect(await get({ range: "bytes=10-" })).toEqual([416, '{"error":"Range Not Satisfiable"}', "bytes */10"]);
    expect(await get({ "if-none-match": etag })).toEqual([304, "", null]);
    expect(await get({ range: "bytes=2-4", "if-range": etag })).toEqual([206, "cde", "bytes 2-4/10"]);
    expect(await get({ range: "bytes=2-4", "if-range": '"other"' })).toEqual([200, "abcdefghij", null]);
    expect(await get({}, "HEAD")).toEqual([200, "", null]);
    expect((await fetch(public_url, { method: "HEAD" })).headers.get("content-length")).toBe("10");
  });

  test("a file without a size is found with and without its segment, and nothing else is", async () => {
    const { public_url } = await upload({ filename: "a.txt" }, "x");
    const short = public_url.replace("/x/", "/");
    const escaped = public_url.replace("a.txt", "%61.txt");
    for (const url of [public_url, short, escaped, public_url.replace("/f/", "/f//")]) {
      expect([url, (await fetch(url)).status]).toEqual([url, 200]);
    }
    const others = [
      `${public_url}/m/300x0`,
      public_url.replace("606", "607"),
      `${origin}/f/606/x`,
      `${origin}/f/606/%2e%2e%2fx`,
    ];
    for (const url of [...others, `${origin}/f/${"a".repeat(4_000)}`, public_url.replace("a.txt", "A.txt")]) {
      const answer = await ask("GET", url, { token: "" });
      expect([url, answer.status, answer.body]).toEqual([url, 404, NOT_FOUND]);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    }
  });

  test("deleted, restored and expired files answer as they should", async () => {
    const { id, public_url } = await upload({ filename: "a.txt", expire_at: "2026-11-20T12:30:00Z" }, "x");
    expect((await fetch(public_url)).headers.get("cache-control")).toBe("public, max-age=1800");
    await ask("DELETE", `/v1/spaces/606/assets/${id}`);
    expect((await fetch(public_url)).status).toBe(404);
    await ask("GET", `/v1/spaces/606/assets/restore?id=${id}`);
    expect((await fetch(public_url)).status).toBe(200);
    clock.set(NOW_MS + 1_800_000);
    expect((await fetch(public_url)).status).toBe(404);
    expect((await ask("GET", `/v1/spaces/606/assets/${id}`)).status).toBe(200);
  });

  test("clearing the trash removes the bytes, and no upload of the asset can be confirmed any more", async () => {
    const { id, public_url } = await upload({ filename: "a.txt" }, "x");
    await ask("DELETE", `/v1/spaces/606/assets/${id}`);
    expect((await ask("GET", "/v1/spaces/606/assets/clear_trash")).status).toBe(204);
    expect((await fetch(public_url)).status).toBe(404);
    const finish = await ask("GET", `/v1/spaces/606/assets/${id}/finish_upload`);
    expect([finish.status, finish.body]).toEqual([404, NOT_FOUND]);
    clock.set(NOW_MS + 60_000);
    await keepFilesInOrder({ ...parts, clock }, false);
    expect(listStored()).toEqual([]);
  });

  test("pages of other origins may use files, the form and content routes, and nothing else", async () => {
    for (const path of ["/f/606/x/0123456789/a.txt", "/s3/assets", "/v2/cdn/assets/me"]) {
      const response = await fetch(origin + path, { method: "OPTIONS", headers: { origin: "https://example.com" } });
      expect([path, response.status, response.headers.get("access-control-allow-origin")]).toEqual([path, 204, "*"]);
    }
    const management = await ask("GET", "/v1/spaces/606/assets");
    expect(management.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("a private file", () => {
  const me = (filename: string, token = "admin-1") =>
    ask("GET", `/v2/cdn/assets/me?filename=${encodeURIComponent(filename)}&version=published&token=${token}`, {
      token: "",
    });

  test("is read by a signed address for an hour, and by no other", async () => {
    const { public_url } = await upload({ filename: "a.txt", is_private: true }, "secret");
    expect((await ask("GET", public_url, { token: "" })).body).toEqual(FORBIDDEN);
    const { status, body } = await me(public_url);
    expect([status, body.asset]).toMatchObject([200, { filename: public_url, is_private: true, content_length: 6 }]);
    const url: string = body.asset.signed_url;
    const read = await fetch(url);
    expect([read.status, await read.text(), read.headers.get("cache-control")]).toEqual([
      200,
      "secret",
      "private, no-store",
    ]);
    const other = await upload({ filename: "b.txt", is_private: true }, "other");
    const forged = [
      url.replace("Expires=1", "Expires=2"),
      url.replace(/Signature=.{4}/, "Signature=AAAA"),
      url.replace(/Signature=[^&]*/, "Signature="),
      url.replace(public_url, other.public_url),
      url.replace(/Expires=\d+&/, ""),
    ];
    for (const address of forged) expect([address, (await fetch(address)).status]).toEqual([address, 403]);
    clock.set(NOW_MS + 3_600_000);
    expect((await fetch(url)).status).toBe(403);
  });

  test("becomes public with its date, and its own address is the signed one then", async () => {
    const { public_url } = await upload({ filename: "a.txt", is_private: 1, publish_at: "2026-11-20T13:00:00Z" }, "x");
    expect((await fetch(public_url)).status).toBe(403);
    clock.set(NOW_MS + 3_600_000);
    expect((await fetch(public_url)).headers.get("cache-control")).toBe("public, max-age=3600");
    expect((await me(public_url)).body.asset).toMatchObject({ is_private: false, signed_url: public_url });
  });

  test("is found by its path alone, for tokens of its space", async () => {
    const { public_url } = await upload({ filename: "a.txt", is_private: true }, "x");
    const path = public_url.slice(origin.length);
    for (const filename of [path, `//a.storyblok.com${path}`, `https://s3.amazonaws.com/a.storyblok.com${path}?cv=1`]) {
      expect([filename, (await me(filename)).status]).toEqual([filename, 200]);
    }
    expect((await me(public_url, "admin-2")).body).toEqual(NOT_FOUND);
    expect((await me("/f/606/x/0123456789/none.txt")).body).toEqual(NOT_FOUND);
    expect((await me("")).body).toMatchObject({ errors: { filename: ["can't be blank"] } });
    expect((await me(public_url, "wrong")).status).toBe(401);
    expect((await me(public_url, "")).status).toBe(401);
    expect((await ask("GET", `/v1/spaces/606/assets?token=admin-1`, { token: "" })).status).toBe(401);
  });
});

describe("what is counted", () => {
  test("exactly the bytes that went out: whole, a range, twice nothing", async () => {
    const { id, public_url } = await upload({ filename: "a.bin" }, new Uint8Array(1_000_000));
    await (await fetch(public_url)).arrayBuffer();
    await (await fetch(public_url, { headers: { range: "bytes=10-109" } })).arrayBuffer();
    await fetch(public_url, { method: "HEAD" });
    const etag = (await fetch(public_url, { method: "HEAD" })).headers.get("etag")!;
    expect((await fetch(public_url, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await fetch(public_url, { headers: { "x-filespin-internal-request": "TRUE" } })).status).toBe(200);
    expect(await readAssetsTraffic()).toEqual({ [id]: 1_000_100 });
  });

  test("a delivery that its client breaks off counts what was sent, no byte less than came, and less than all", async () => {
    const size = UPLOAD_BYTES_MAX;
    const { id, public_url } = await upload({ filename: "a.bin" }, new Uint8Array(size));
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET ${public_url.slice(origin.length)} HTTP/1.1\r\nHost: h\r\n\r\n`);
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.length > 100_000) break;
    }
    socket.destroy();
    const bodyBytes = received.length - received.indexOf("\r\n\r\n") - 4;
    let counted = 0;
    for (let tries = 0; tries < 200 && counted === 0; tries++) {
      counted = (await readAssetsTraffic())[id] ?? 0;
    }
    expect(counted).toBeGreaterThanOrEqual(bodyBytes);
    expect(counted).toBeLessThan(size);
  });

  test("uploads store bytes once; a replaced file counts the difference; own requests are requests of their space", async () => {
    const { id, fields, post_url } = await upload({ filename: "a.txt" }, "12345");
    await send(post_url, buildForm(fields, "12345678"));
    await ask("GET", `/v1/spaces/606/assets/${id}`);
    await parts.ownTraffic?.settle();
    const sums = Object.fromEntries(await scanUsage(["kind", "operation", "space"]));
    expect(sums).toEqual({
      "api /v1/spaces/{ID}/assets 606": [1, 20, 0, 0],
      "api /v1/spaces/{ID}/assets/{ASSET_ID} 606": [1, 0, 0, 0],
      "upload POST 606": [2, 13, 8, 1],
    });
  });

  test("what a user uploads, replaces and deletes for good is that user's, though the form is sent without a token", async () => {
    const { id: user } = await parts.catalog.createUser({ organization: 1, name: "Ann", role: "admin" });
    const secretHash = hashTokenSecret("ann");
    const rights = { role: "admin", scopes: ROLE_SCOPES.admin, spaces: null, expiresAtMs: null } as const;
    await parts.catalog.createToken({ organization: 1, name: "Ann", user, secretHash, ...rights });
    for (const [token, filename] of [
      ["ann", "a.txt"],
      ["admin-1", "b.txt"],
    ] as const) {
      const { body } = await ask("POST", "/v1/spaces/606/assets", { token, body: { filename } });
      await send(body.post_url, buildForm(body.fields, "12345"));
      await ask("DELETE", `/v1/spaces/606/assets/${body.id}`, { token });
      if (token === "ann") await ask("GET", "/v1/spaces/606/assets/clear_trash", { token });
    }
    await parts.ownTraffic?.settle();
    const rows = await scanUsage(["kind", "user"]);
    expect(Object.fromEntries(rows.filter(([group]) => !group.startsWith("api")))).toEqual({
      [`upload ${user}`]: [1, 5, 5, 1],
      "upload null": [1, 5, 5, 1],
      [`delete ${user}`]: [1, 0, -5, -1],
    });
  });

  test("bytes arrive as they were sent, hashed on the way", async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
    const { id, public_url } = await upload({ filename: "a.bin" }, content);
    const sha256 = createHash("sha256").update(content).digest("hex");
    expect((await parts.catalog.readAssetFile(1, id))?.sha256).toBe(sha256);
    expect(Buffer.from(await (await fetch(public_url)).arrayBuffer()).equals(content)).toBe(true);
  });
});
