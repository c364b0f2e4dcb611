/**
 * The trash of a space: GET restore takes an asset out of it, GET clear_trash deletes all that is in it for good. The
 * vendor made both of them GETs.
 * @see https://www.storyblok.com/docs/api/management/assets/restore-an-asset "Restore an Asset", read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { type AnswerUsage, PartlyDone } from "../../../model/served-request.ts";
import type { Principal } from "../../../model/token.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { AssetSchema, toAsset } from "../asset-object.ts";
import { buildNotFound } from "../errors.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { parseId, readLast } from "../values.ts";
import { type AssetParameters, findAsset } from "./find-asset.ts";

/** Assets that are deleted for good in one transaction, some 50 ms: everything else waits for it. */
const PURGED_MAX = 1_000;

type Deps = Pick<StoryblokDeps, "catalog" | "clock">;

/** Both routes. */
export function buildTrashRoutes(deps: Deps): readonly Route[] {
  return [buildRestoreRoute(deps), buildClearTrashRoute(deps)] as readonly Route[];
}

function buildRestoreRoute({ catalog, clock }: Deps): Route<AssetParameters> {
  return {
    method: "GET",
    path: "/v1/spaces/:space_id/assets/restore",
    scope: "assets:write",
    summary: "Restore a deleted asset",
    query: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    pathParameters: SpacePathSchema,
    responses: {
      200: { description: "The asset, not wrapped.", schema: AssetSchema },
      404: { description: "The asset does not exist in this space, or the token is not for the space." },
    },
    readParameters(request) {
      const asset = parseId(readLast(request.query, "id") ?? "");
      if (asset === null) throw buildNotFound();
      return { ...toSpaceParameters(request), asset };
    },
    async answer(parameters, { baseUrl }) {
      const { organization, id } = await findAsset(catalog, parameters);
      await catalog.restoreAssets(organization, parameters.space, [id]);
      return { status: 200, body: toAsset(await findAsset(catalog, parameters), { baseUrl, nowMs: clock.now() }) };
    },
  };
}

function buildClearTrashRoute({ catalog }: Deps): Route<SpaceParameters> {
  return {
    method: "GET",
    path: "/v1/spaces/:space_id/assets/clear_trash",
    scope: "assets:write",
    summary: "Delete all assets of the trash for good",
    description: "Their files are gone and they cannot be read any more; their traffic stays in the statistics.",
    pathParameters: SpacePathSchema,
    responses: {
      204: { description: "The trash is empty." },
      404: { description: "The space does not exist, or the token is not for it." },
    },
    readParameters: toSpaceParameters,
    async answer({ principal, space }) {
      await readVisibleSpace(catalog, principal, space);
      return { status: 204, usage: [await purgeAll(catalog, principal, space)] };
    },
  };
}

/**
 * Piece by piece: a million assets in one transaction would hold up the whole server. Answers what is no longer stored;
 * where a later piece fails the ones before it are gone, and are said with the failure.
 */
async function purgeAll(catalog: Deps["catalog"], principal: Principal, space: number): Promise<AnswerUsage> {
  const fileBytes: number[] = [];
  try {
    for (;;) {
      const purged = await catalog.purgeTrash(principal.organization, space, PURGED_MAX);
      for (const bytes of purged.fileBytes) fileBytes.push(bytes);
      if (purged.assets < PURGED_MAX) return toUsage(principal, space, fileBytes);
    }
  } catch (error) {
    if (fileBytes.length === 0) throw error;
    throw new PartlyDone([toUsage(principal, space, fileBytes)], error);
  }
}

/** What is no longer stored, as one fact: who empties the trash asks once. */
function toUsage({ organization, user }: Principal, space: number, fileBytes: readonly number[]): AnswerUsage {
  return {
    ...{ kind: "delete", organization, space, user, asset: null, operation: "DELETE", count: 1, bytesIn: 0 },
    sizeDelta: -fileBytes.reduce((sum, bytes) => sum + bytes, 0),
    objectsDelta: -fileBytes.length,
  };
}
