/**
 * Several assets at once: to the trash and back, into a folder, with new tags. Ids that the space does not have are
 * skipped; when none is left nothing was found.
 * @see https://www.storyblok.com/docs/api/management/assets/delete-multiple-assets "Delete Multiple Assets", read 2026-11-20
 */
import { type TSchema, Type } from "typebox";
import type { Catalog } from "../../../catalog/catalog.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { buildNotFound, FieldError, refuseFaults } from "../errors.ts";
import { PARAMETERS_BODY, readParameters, toObject, unwrap, type WireParameters } from "../parameters.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readIds, readItems } from "../wire-values.ts";
import { NOT_IN_SPACE, readFolderId } from "./asset-fields.ts";
import { findPlaceFaults, hasAssetTags, type SpaceIdentity } from "./asset-places.ts";

/** Who asks what of which space; the lists are read after the space has been looked up. */
export type BulkParameters = SpaceParameters & { readonly sent: WireParameters };

/** Assets of one request, at most; the vendor's bound. */
const ASSETS_MAX = 100;

type Deps = Pick<StoryblokDeps, "catalog">;
type Change = (catalog: Catalog, place: SpaceIdentity, sent: WireParameters) => Promise<string | null>;

/** The four routes. */
export function buildBulkAssetRoutes(deps: Deps): readonly Route<BulkParameters>[] {
  const ids = Type.Array(Type.Integer(), { minItems: 1, maxItems: ASSETS_MAX });
  return [
    buildRoute(deps, "bulk_destroy", "Delete multiple assets", Type.Object({ ids }), destroy),
    buildRoute(deps, "bulk_restore", "Restore multiple assets", Type.Object({ ids }), restore),
    buildRoute(
      deps,
      "bulk_update",
      "Move multiple assets",
      Type.Object({ ids, asset: Type.Object({ asset_folder_id: Type.Integer() }) }),
      move,
    ),
    buildRoute(
      deps,
      "bulk_tags_association",
      "Set the tags of multiple assets",
      Type.Object({
        assets_tags: Type.Array(
          Type.Object({ asset_id: Type.Integer(), internal_tag_list_ids: Type.Array(Type.Integer()) }),
        ),
      }),
      setTags,
    ),
  ];
}

function buildRoute(
  { catalog }: Deps,
  name: string,
  summary: string,
  schema: TSchema,
  change: Change,
): Route<BulkParameters> {
  return {
    method: "POST",
    path: `/v1/spaces/:space_id/assets/${name}`,
    scope: "assets:write",
    summary,
    pathParameters: SpacePathSchema,
    body: { ...PARAMETERS_BODY, schema },
    responses: {
      200: { description: "Done.", schema: Type.Object({ message: Type.String() }) },
      204: { description: "Done, where there is nothing to say." },
      400: { description: "The body is not JSON." },
      404: { description: "None of the assets is in this space, or the token is not for the space." },
      422: { description: "The list is empty, too long, or names a folder or tag that the space does not have." },
    },
    readParameters: (request: RouteRequest) => ({
      ...toSpaceParameters(request),
      sent: readParameters(request),
    }),
    async answer({ principal, space, sent }) {
      await readVisibleSpace(catalog, principal, space);
      const message = await change(catalog, { organization: principal.organization, space }, sent);
      return message === null ? { status: 204 } : { status: 200, body: { message } };
    },
  };
}

const destroy: Change = async (catalog, { organization, space }, sent) => {
  const wanted = readWantedIds(sent);
  const found = new Set(await catalog.deleteAssets(organization, space, wanted));
  requireSome(found);
  // In the order in which they were sent.
  return `Asset(s) ${wanted.filter((id) => found.has(id)).join(", ")} deleted successfully`;
};

const restore: Change = async (catalog, { organization, space }, sent) => {
  requireSome(new Set(await catalog.restoreAssets(organization, space, readWantedIds(sent))));
  return "Assets restored successfully";
};

/** The OpenAPI has the folder in `asset`, the vendor's page beside `ids`. */
const move: Change = async (catalog, place, sent) => {
  const ids = readWantedIds(sent);
  const { asset_folder_id: wanted } = unwrap(sent, "asset");
  const folder = readFolderId(wanted);
  // Left out it is not the root: a forgotten key would empty folders.
  if (wanted === undefined) throw new FieldError([{ field: "asset_folder_id", text: "can't be blank" }]);
  if (folder === undefined) throw new FieldError([{ field: "asset_folder_id", text: NOT_IN_SPACE }]);
  refuseFaults(await findPlaceFaults(catalog, place, { folder }));
  requireSome(new Set(await catalog.moveAssets(place.organization, place.space, ids, folder)));
  return "Assets moved successfully";
};

const setTags: Change = async (catalog, place, sent) => {
  const tagsByAsset = readTagsByAsset(sent);
  const tags = [...tagsByAsset.values()].flat();
  if (!(await hasAssetTags(catalog, place, tags))) throw buildTagError();
  requireSome(new Set(await catalog.setAssetTags(place.organization, place.space, tagsByAsset)));
  return null;
};

/** Ids that nothing can have are unknown ones. Throws FieldError for an empty and for a long list. */
function readWantedIds(sent: WireParameters): readonly number[] {
  const ids = readIds(sent.ids);
  requireLength("ids", ids);
  return [...new Set(ids)].filter((id) => id !== null);
}

function readTagsByAsset(sent: WireParameters): ReadonlyMap<number, readonly number[]> {
  const items = readItems(sent.assets_tags);
  requireLength("assets_tags", items);
  const tagsByAsset = new Map<number, readonly number[]>();
  for (const item of items) {
    const pair = toObject(item);
    if (pair === null) throw new FieldError([{ field: "assets_tags", text: "is invalid" }]);
    const tags = readIds(pair.internal_tag_list_ids);
    if (tags.includes(null)) throw buildTagError();
    const [asset] = readIds(pair.asset_id);
    if (typeof asset === "number") tagsByAsset.set(asset, tags as readonly number[]);
  }
  return tagsByAsset;
}

function requireLength(field: string, items: readonly unknown[]): void {
  if (items.length === 0) throw new FieldError([{ field, text: "can't be blank" }]);
  if (items.length > ASSETS_MAX) throw new FieldError([{ field, text: `is too long (maximum is ${ASSETS_MAX})` }]);
}

function requireSome(found: ReadonlySet<number>): void {
  if (found.size === 0) throw buildNotFound();
}

function buildTagError(): FieldError {
  return new FieldError([{ field: "internal_tag_list_ids", text: NOT_IN_SPACE }]);
}
