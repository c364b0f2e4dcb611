/**
 * A listening server for the vendor's packages, and what they find there: organization 1 with the spaces 606 and 700,
 * four assets, folders, tags, usage, tokens. Remembers what was asked, as it stood on the wire.
 */
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openParts } from "../../../src/app.ts";
import { hashTokenSecret } from "../../../src/catalog/token-secret.ts";
import { readConfig } from "../../../src/config.ts";
import { ROLE_SCOPES, type Scope } from "../../../src/model/token.ts";
import { buildFixedClock } from "../../../src/platform/clock.ts";
import { buildLogger } from "../../../src/platform/log.ts";

/** What the server's clock says. */
export const NOW_MS = Date.parse("2026-11-20T12:00:00Z");

/** The token of an admin who acts for user 1. */
export const TOKEN = "am_management";

/** A token that may read assets of space 606 and nothing else. */
export const ASSET_TOKEN = "am_assets";

/** The error of an unknown record as both packages hand it on. */
export const NOT_FOUND = "This record could not be found";

/** Starts the server in a temporary folder. */
export async function startServer(options: { readonly requestsPerSecondMax?: number; readonly meters?: boolean } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-storyblok-"));
  const config = readConfig({
    environment: {},
    overrides: { dataDir: folder, logLevel: "silent", requestsPerSecondMax: options.requestsPerSecondMax ?? 0 },
  });
  const parts = await openParts(config, buildFixedClock(NOW_MS), buildLogger("silent"), {
    metersOwnTraffic: options.meters ?? false,
  });
  const asked: string[] = [];
  parts.server.addHook("onRequest", async (request) => {
    asked.push(`${request.method} ${request.originalUrl}`);
  });
  await parts.server.listen({ host: "127.0.0.1", port: 0 });
  const origin = `http://127.0.0.1:${(parts.server.server.address() as AddressInfo).port}`;
  const createToken = (
    secret: string,
    scopes: readonly Scope[],
    spaces: readonly number[] | null,
    user: number | null,
  ) =>
    parts.catalog.createToken({
      ...{ organization: 1, name: secret, role: "admin", scopes, spaces, user, expiresAtMs: null },
      secretHash: hashTokenSecret(secret),
    });
  await parts.catalog.createOrganization({ id: 1, name: "Org", monthlyTrafficBytesMax: 100_000_000 });
  await parts.catalog.createSpace({ organization: 1, id: 606, name: "My Space" });
  await parts.catalog.createSpace({ organization: 1, id: 700, name: "Large Space" });
  await parts.catalog.createUser({ organization: 1, id: 1, name: "A B", email: "a@example.com", role: "admin" });
  await createToken(TOKEN, ROLE_SCOPES.admin, null, 1);
  await createToken(ASSET_TOKEN, ["assets:read"], [606], null);
  return {
    ...parts,
    origin,
    /** Methods and targets since the last call, and forgets them. */
    takeAsked: () => asked.splice(0),
    async stop() {
      await parts.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A running server; see startServer. */
export type CompatServer = Awaited<ReturnType<typeof startServer>>;

const DAY_MS = 86_400_000;

/** Four assets of space 606, one second apart, the fourth in the trash; folder 11 with 12 inside; tags 7 and 8. */
export async function addAssets({ catalog }: CompatServer): Promise<void> {
  const place = { organization: 1, space: 606 };
  await catalog.createFolder({ ...place, id: 11, name: "Marketing" });
  await catalog.createFolder({ ...place, id: 12, name: "Ads", parent: 11 });
  await catalog.createTag({ ...place, id: 7, name: "featured" });
  await catalog.createTag({ ...place, id: 8, name: "b" });
  const create = (id: number, name: string, fields: object) =>
    catalog.createAsset({
      ...place,
      id,
      path: `/f/606/x/000000000${id}/${name}`,
      createdAtMs: NOW_MS - 10 * DAY_MS + id * 1_000,
      updatedAtMs: NOW_MS - DAY_MS - id * 1_000,
      contentBytes: 100 * id,
      ...fields,
    });
  await create(1, "x-y-beach.png", { folder: 11, alt: "A sunny beach", tagIds: [7], isPrivate: true, extId: "e-1" });
  await create(2, "cat.png", { title: "Cat", tagIds: [8], expireAtMs: NOW_MS + DAY_MS });
  await create(3, "dog.png", { copyright: "Agency" });
  await create(4, "gone.png", { deletedAtMs: NOW_MS - 1 });
}

/** API requests and deliveries of space 606: 59 requests of 3,000 bytes, and 8,400 bytes of asset 1. */
export async function addUsage({ server }: CompatServer): Promise<void> {
  const event = (id: string, type: string, time: string, data: object) => ({
    ...{ specversion: "1.0", id, source: "platform", type: `assetmeter.${type}`, time },
    data: { space_id: 606, ...data },
  });
  const sent = await server.inject({
    method: "POST",
    url: "/usage/v1/events",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/cloudevents-batch+json" },
    payload: JSON.stringify([
      event("1", "api", "2026-03-01T10:00:00Z", { count: 11, bytes_out: 1_000 }),
      event("2", "api", "2026-03-17T10:00:00Z", { count: 48, bytes_out: 2_000 }),
      event("3", "delivery", "2026-03-02T10:00:00Z", { asset_id: 1, bytes_out: 8_400 }),
    ]),
  });
  if (sent.json().accepted !== 3) throw new Error(sent.body);
}
