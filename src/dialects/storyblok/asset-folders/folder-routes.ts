/**
 * The asset folders of a space: list, read, create, change, delete. The list is not paged.
 * @see https://www.storyblok.com/docs/api/management/asset-folders "Asset Folders", read 2026-11-20
 */
import { Type } from "typebox";
import type { AssetFolder, FolderFilter } from "../../../model/asset.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { NOT_IN_SPACE } from "../assets/asset-fields.ts";
import { buildNotFound, FieldError, type FieldFault, refuseFaults } from "../errors.ts";
import { PARAMETERS_BODY, readBody, readParameters, unwrap, type WireParameters } from "../parameters.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { parseId, parseInteger, parseSearchText, readLast, readList } from "../values.ts";
import { readBooleanValue } from "../wire-values.ts";
import { AssetFolderSchema, readFolderFields, toFolder } from "./folder-object.ts";

type Deps = Pick<StoryblokDeps, "catalog">;
type FolderParameters = SpaceParameters & { readonly folder: number };
type Sent = { readonly sent: WireParameters };

const LIST_PATH = "/v1/spaces/:space_id/asset_folders";
const PATH = `${LIST_PATH}/:id`;

/** A folder that nobody has: catalogue ids begin at 1. */
const NO_FOLDER = -1;

const FolderPathSchema = Type.Object({
  space_id: Type.Integer({ minimum: 1 }),
  id: Type.Integer({ minimum: 1 }),
});
const WrappedSchema = Type.Object({ asset_folder: AssetFolderSchema });
const BODY = {
  ...PARAMETERS_BODY,
  schema: Type.Object({
    asset_folder: Type.Object({
      name: Type.Optional(Type.String()),
      parent_id: Type.Optional(Type.Union([Type.Integer(), Type.Null()], { description: "0 and null: the root." })),
    }),
  }),
};
const NOT_FOUND = { description: "The folder does not exist in this space, or the token is not for the space." };
const REFUSED = { description: "The name is blank or too long, or the parent is not one that the folder can have." };

/** All routes of folders. */
export function buildFolderRoutes(deps: Deps): readonly Route[] {
  return [
    buildListRoute(deps),
    buildReadRoute(deps),
    buildCreateRoute(deps),
    ...(["PUT", "PATCH"] as const).map((method) => buildUpdateRoute(deps, method)),
    buildDeleteRoute(deps),
  ] as readonly Route[];
}

function buildListRoute({ catalog }: Deps): Route<SpaceParameters & { readonly filter: FolderFilter }> {
  return {
    method: "GET",
    path: LIST_PATH,
    scope: "assets:read",
    summary: "Retrieve multiple asset folders",
    description: "All folders of a space by name, not paged.",
    query: Type.Object({
      search: Type.Optional(Type.String({ description: "A part of the name, ignoring case." })),
      with_parent: Type.Optional(Type.Integer({ description: "Direct children of this folder; 0 for the root." })),
      by_ids: Type.Optional(Type.String({ description: "Ids by comma." })),
      by_uuids: Type.Optional(Type.String({ description: "UUIDs by comma." })),
    }),
    pathParameters: SpacePathSchema,
    responses: {
      200: { description: "The folders.", schema: Type.Object({ asset_folders: Type.Array(AssetFolderSchema) }) },
      404: NOT_FOUND,
    },
    readParameters: (request) => ({ ...toSpaceParameters(request), filter: readFolderFilter(request.query) }),
    async answer({ principal, space, filter }) {
      await readVisibleSpace(catalog, principal, space);
      const folders = await catalog.listFolders(principal.organization, space, filter);
      return { status: 200, body: { asset_folders: folders.map(toFolder) } };
    },
  };
}

/** The filter that a query string asks for. An id that no folder can have matches nothing, rather than everything. */
function readFolderFilter(query: URLSearchParams): FolderFilter {
  const name = parseSearchText(readLast(query, "search"));
  const parent = readLast(query, "with_parent");
  const ids = readList(query, "by_ids");
  const uuids = readList(query, "by_uuids");
  return {
    ...(name === null ? {} : { nameContains: name }),
    ...(parent === null || parent === "" ? {} : { parent: toParent(parseInteger(parent)) }),
    ...(ids.length === 0 ? {} : { ids: ids.map((id) => parseId(id) ?? NO_FOLDER) }),
    ...(uuids.length === 0 ? {} : { uuids: uuids.map((uuid) => uuid.toLowerCase()) }),
  };
}

function toParent(id: number | null): number | null {
  if (id === 0) return null;
  return id !== null && id > 0 && Number.isSafeInteger(id) ? id : NO_FOLDER;
}

function buildReadRoute({ catalog }: Deps): Route<FolderParameters> {
  return {
    method: "GET",
    path: PATH,
    scope: "assets:read",
    summary: "Retrieve one asset folder",
    pathParameters: FolderPathSchema,
    responses: { 200: { description: "The folder.", schema: WrappedSchema }, 404: NOT_FOUND },
    readParameters: toFolderParameters,
    async answer(parameters) {
      return { status: 200, body: { asset_folder: toFolder(await findFolder({ catalog }, parameters)) } };
    },
  };
}

function buildCreateRoute({ catalog }: Deps): Route<SpaceParameters & Sent> {
  return {
    method: "POST",
    path: LIST_PATH,
    scope: "assets:write",
    summary: "Create an asset folder",
    description: "Folders of one parent may share a name.",
    pathParameters: SpacePathSchema,
    body: BODY,
    responses: { 201: { description: "The new folder.", schema: WrappedSchema }, 404: NOT_FOUND, 422: REFUSED },
    readParameters: (request) => ({
      ...toSpaceParameters(request),
      sent: unwrap(readParameters(request), "asset_folder"),
    }),
    async answer({ principal, space, sent }) {
      await readVisibleSpace(catalog, principal, space);
      const { fields, faults } = readFolderFields(sent, true);
      const { name = "", parent = null } = fields;
      const { organization } = principal;
      refuseFaults([...faults, ...(await findParentFaults({ catalog }, { organization, space, id: null }, parent))]);
      const folder = await catalog.createFolder({ organization, space, name, parent });
      return { status: 201, body: { asset_folder: toFolder(folder) } };
    },
  };
}

function buildUpdateRoute({ catalog }: Deps, method: "PUT" | "PATCH"): Route<FolderParameters & Sent> {
  return {
    method,
    path: PATH,
    scope: "assets:write",
    summary: "Update an asset folder",
    description: "Changes the fields that are sent, wrapped in `asset_folder` or bare.",
    pathParameters: FolderPathSchema,
    body: BODY,
    responses: { 204: { description: "Changed." }, 404: NOT_FOUND, 422: REFUSED },
    readParameters: (request) => ({ ...toFolderParameters(request), sent: unwrap(readBody(request), "asset_folder") }),
    async answer(parameters) {
      const { organization, space, id } = await findFolder({ catalog }, parameters);
      const { fields, faults } = readFolderFields(parameters.sent, false);
      const parent = fields.parent ?? null;
      refuseFaults([...faults, ...(await findParentFaults({ catalog }, { organization, space, id }, parent))]);
      try {
        await catalog.updateFolder(organization, id, fields);
      } catch (error) {
        if (!(error instanceof AppError && error.code === "catalog/conflict")) throw error;
        // Moved below the folder since it was looked at.
        throw new FieldError([{ field: "parent_id", text: "is invalid" }]);
      }
      return { status: 204 };
    },
  };
}

function buildDeleteRoute({ catalog }: Deps): Route<FolderParameters & { readonly recursive: boolean }> {
  return {
    method: "DELETE",
    path: PATH,
    scope: "assets:write",
    summary: "Delete an asset folder",
    description: "Folders inside it move up, with `recursive` they are deleted too. Assets stay and lose their folder.",
    query: Type.Object({ recursive: Type.Optional(Type.Boolean({ default: false })) }),
    pathParameters: FolderPathSchema,
    body: { ...PARAMETERS_BODY, schema: Type.Object({ recursive: Type.Optional(Type.Boolean()) }) },
    responses: { 204: { description: "Deleted." }, 404: NOT_FOUND },
    readParameters(request) {
      const recursive = readBooleanValue(readParameters(request).recursive);
      return { ...toFolderParameters(request), recursive: typeof recursive === "object" && recursive.value };
    },
    async answer(parameters) {
      const { organization, id } = await findFolder({ catalog }, parameters);
      await catalog.deleteFolder(organization, id, parameters.recursive);
      return { status: 204 };
    },
  };
}

function toFolderParameters(request: RouteRequest): FolderParameters {
  const folder = parseId(request.params.id ?? "");
  if (folder === null) throw buildNotFound();
  return { ...toSpaceParameters(request), folder };
}

async function findFolder({ catalog }: Deps, { principal, space, folder: id }: FolderParameters): Promise<AssetFolder> {
  await readVisibleSpace(catalog, principal, space);
  const folder = await catalog.readFolder(principal.organization, id);
  if (folder === null || folder.space !== space) throw buildNotFound();
  return folder;
}

/**
 * What is wrong with a folder's new parent: one that is not in the space, or is the folder itself (null for a new one) or inside
 * it. The root (null) always is right.
 */
async function findParentFaults(
  { catalog }: Deps,
  { organization, space, id }: { readonly organization: number; readonly space: number; readonly id: number | null },
  parent: number | null,
): Promise<readonly FieldFault[]> {
  if (parent === null) return [];
  let above = await catalog.readFolder(organization, parent);
  if (above?.space !== space) return [{ field: "parent_id", text: NOT_IN_SPACE }];
  while (id !== null && above !== null) {
    if (above.id === id) return [{ field: "parent_id", text: "is invalid" }];
    above = above.parent === null ? null : await catalog.readFolder(organization, above.parent);
  }
  return [];
}
