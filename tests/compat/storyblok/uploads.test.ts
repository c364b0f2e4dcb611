/**
 * Uploading, replacing and private files with storyblok-js-client 7.7.6 and @storyblok/management-api-client 0.7.0, as
 * they are on npm, against a listening server. Read 2026-11-20.
 */
import { connect } from "node:net";
import { createManagementApiClient } from "@storyblok/management-api-client";
import StoryblokClient from "storyblok-js-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ASSET_TOKEN, type CompatServer, startServer, TOKEN } from "./storyblok-server.contract.ts";

let server: CompatServer;
let management: StoryblokClient;

beforeEach(async () => {
  server = await startServer({ meters: true });
  await server.catalog.createFolder({ organization: 1, space: 606, id: 11, name: "Folder" });
  management = new StoryblokClient({ oauthToken: TOKEN, endpoint: `${server.origin}/v1` });
});
afterEach(() => server.stop());

type Signed = { readonly id: number; readonly post_url: string; readonly fields: Readonly<Record<string, string>> };
type Asset = { readonly id: number; readonly filename: string };

const read = async (path: string) => (await management.get(path)).data as unknown as Record<string, unknown>;

/** What the users of js-client do: the package signs, the form is their own. */
async function sign(parameters: object): Promise<Signed> {
  const { data } = await management.post("spaces/606/assets", parameters as never);
  return data as unknown as Signed;
}

async function sendForm({ post_url, fields }: Signed, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new File([bytes], "anything", { type: "application/octet-stream" }));
  return (await fetch(post_url, { method: "POST", body: form })).status;
}

/** Bytes of every value, so that a shifted range or a cut end shows. */
const RUN = Uint8Array.from({ length: 251 }, (_, index) => index);
const pattern = (length: number) => new Uint8Array(Buffer.alloc(length, RUN));
const download = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { headers });
  return { status: answer.status, headers: answer.headers, bytes: new Uint8Array(await answer.arrayBuffer()) };
};

describe("storyblok-js-client", () => {
  test("signs, uploads, finishes and replaces; the bytes that come back are those that were sent", async () => {
    const signed = await sign({ filename: "x.png", size: "4x4", asset_folder_id: 11, validate_upload: 1 });
    expect(await sendForm(signed, pattern(1_000))).toBe(204);
    expect(await read(`spaces/606/assets/${signed.id}/finish_upload`)).toMatchObject({ id: signed.id, alt: null });
    const asset = (await read(`spaces/606/assets/${signed.id}`)) as unknown as Asset;
    expect(asset).toMatchObject({ asset_folder_id: 11, content_length: 1_000, content_type: "image/png" });
    expect(asset.filename).toMatch(/\/f\/606\/4x4\/[0-9a-f]{10}\/x\.png$/);
    expect((await download(asset.filename)).bytes).toEqual(pattern(1_000));
    const replacing = await sign({ filename: "other.png", id: signed.id });
    expect(replacing.id).toBe(signed.id);
    expect((await download(asset.filename)).bytes).toEqual(pattern(1_000));
    expect(await sendForm(replacing, pattern(2_000))).toBe(204);
    expect((await download(asset.filename)).bytes).toEqual(pattern(2_000));
    expect(await read(`spaces/606/assets/${signed.id}`)).toMatchObject({
      content_length: 2_000,
      filename: asset.filename,
    });
  });

  test("reads a private file through a signed address, and nobody reads it without", async () => {
    const signed = await sign({ filename: "p.png", is_private: true });
    await sendForm(signed, pattern(500));
    const { filename } = (await read(`spaces/606/assets/${signed.id}`)) as unknown as Asset;
    expect((await download(filename)).status).toBe(403);
    const content = new StoryblokClient({ accessToken: ASSET_TOKEN, endpoint: `${server.origin}/v2` });
    const { data } = await content.get("cdn/assets/me", { filename } as never);
    const { asset } = data as unknown as { asset: { signed_url: string; is_private: boolean } };
    expect(asset).toMatchObject({ filename, is_private: true, content_length: 500 });
    expect((await download(asset.signed_url)).bytes).toEqual(pattern(500));
    await expect(content.get("cdn/assets/me", { filename: `${filename}x` } as never)).rejects.toMatchObject({
      status: 404,
    });
    await read(`spaces/606/assets/${signed.id}/publish`);
    expect((await download(filename)).bytes).toEqual(pattern(500));
  });

  test("a deleted file is not delivered, a restored one is; emptying the trash ends it and what it stored", async () => {
    const signed = await sign({ filename: "d.png" });
    await sendForm(signed, pattern(300));
    const { filename } = (await read(`spaces/606/assets/${signed.id}`)) as unknown as Asset;
    await management.delete(`spaces/606/assets/${signed.id}`, {});
    expect((await download(filename)).status).toBe(404);
    await management.get("spaces/606/assets/restore", { id: signed.id } as never);
    expect((await download(filename)).bytes).toEqual(pattern(300));
    expect(await readStoredBytes()).toEqual({ stored_bytes: 300, objects: 1 });
    await management.delete(`spaces/606/assets/${signed.id}`, {});
    const headers = { authorization: TOKEN };
    expect((await fetch(`${server.origin}/v1/spaces/606/assets/clear_trash`, { headers })).status).toBe(204);
    expect((await download(filename)).status).toBe(404);
    expect(await readStoredBytes()).toEqual({ stored_bytes: 0, objects: 0 });
  });
});

describe("management-api-client", () => {
  const connectClient = () =>
    createManagementApiClient({ personalAccessToken: TOKEN, spaceId: 606, baseUrl: server.origin });

  test("assets.upload, create and signResponseObject, with what is on the wire", async () => {
    const client = connectClient();
    server.takeAsked();
    const file = new File([pattern(1_234)], "up.png");
    const uploaded = await client.assets.upload({
      body: { short_filename: "up.png", asset_folder_id: 11, is_private: false },
      file: file as never,
    });
    expect(server.takeAsked()).toEqual([
      "POST /v1/spaces/606/assets?filename=up.png&asset_folder_id=11&is_private=false",
      "POST /s3/assets",
      `GET /v1/spaces/606/assets/${uploaded.id}/finish_upload`,
      `GET /v1/spaces/606/assets/${uploaded.id}`,
    ]);
    expect(uploaded).toMatchObject({ short_filename: "up.png", asset_folder_id: 11, content_length: 1_234 });
    expect((await download((uploaded as unknown as Asset).filename)).bytes).toEqual(pattern(1_234));
    const created = await client.assets.create({
      body: { short_filename: "made.png", alt: "A", meta_data: { alt: "A", alt__i18n__de: "Ein A" } },
      file: file as never,
    });
    expect(created).toMatchObject({ alt: "A", meta_data: { alt: "A", alt__i18n__de: "Ein A" } });
    await server.catalog.createTag({ organization: 1, space: 606, id: 1, name: "one" });
    await server.catalog.createTag({ organization: 1, space: 606, id: 2, name: "two" });
    server.takeAsked();
    const query = { filename: "x.png", size: "4x4", asset_folder_id: 11, validate_upload: true, alt: "x" };
    const signed = await client.assets.signResponseObject({ query: { ...query, internal_tag_ids: [1, 2] } as never });
    expect(server.takeAsked()).toEqual([
      "POST /v1/spaces/606/assets?filename=x.png&size=4x4&asset_folder_id=11&validate_upload=true&alt=x&internal_tag_ids=1&internal_tag_ids=2",
    ]);
    expect(await sendForm(signed.data as unknown as Signed, pattern(7))).toBe(204);
    expect((await client.assets.get((signed.data as unknown as Signed).id)).data).toMatchObject({
      alt: "x",
      internal_tag_ids: [1, 2],
    });
  });

  test("assets.update with a file makes a second asset, as the package asks for; finalize may be repeated", async () => {
    const client = connectClient();
    const file = new File([pattern(10)], "a.png");
    const { id } = await client.assets.upload({ body: { short_filename: "a.png" }, file: file as never });
    await client.assets.update(id, {
      body: { short_filename: "n.png", asset: { alt: "New" } } as never,
      file: new File([pattern(20)], "n.png") as never,
    } as never);
    const { data } = await client.assets.list({ query: { sort_by: "short_filename:asc" } });
    expect(data?.assets.map(({ short_filename, alt }) => [short_filename, alt])).toEqual([
      ["a.png", "New"],
      ["n.png", null],
    ]);
    expect((await client.assets.finalize(id)).data).toMatchObject({ id, alt: "New" });
  });

  test("an upload, downloaded whole, in part and broken off, is in assets_traffic with exactly the bytes sent", async () => {
    const size = 20_000_000;
    const file = new File([pattern(size)], "large.bin");
    const { id, filename } = (await connectClient().assets.upload({
      body: { short_filename: "large.bin" },
      file: file as never,
    })) as unknown as Asset;
    expect((await download(filename)).bytes).toHaveLength(size);
    const range = await download(filename, { range: "bytes=1000-1999" });
    expect([range.status, range.bytes]).toEqual([206, pattern(2_000).slice(1_000)]);
    expect(await readTraffic(id)).toBe(size + 1_000);
    const received = await breakOff(filename);
    let counted = size + 1_000;
    for (let tries = 0; tries < 200 && counted === size + 1_000; tries++) counted = await readTraffic(id);
    // What was handed to the network: at least what was read of the body, and never all of it.
    expect(counted - size - 1_000).toBeGreaterThanOrEqual(received);
    expect(counted - size - 1_000).toBeLessThan(size);
  });
});

/** The bytes sent of an asset, as the statistics say once everything that was served is counted. */
async function readTraffic(asset: number): Promise<number> {
  await server.ownTraffic?.settle();
  const { assets } = (await read("orgs/me/statistics/assets_traffic")) as {
    assets: { id: number; total_bytes: number }[];
  };
  return assets.find(({ id }) => id === asset)?.total_bytes ?? 0;
}

async function readStoredBytes(): Promise<unknown> {
  await server.ownTraffic?.settle();
  const url = `${server.origin}/usage/v1/query?metric=stored_bytes,objects&start=2026-11-20&end=2026-11-21`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  return ((await answer.json()) as { rows: { values: unknown }[] }).rows[0]?.values;
}

/** Reads some 100,000 bytes and hangs up; how many bytes of the file came. */
async function breakOff(url: string): Promise<number> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    if (received.length > 100_000) break;
  }
  socket.destroy();
  return received.length - received.indexOf("\r\n\r\n") - 4;
}
