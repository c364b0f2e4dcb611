/**
 * The internal tags of a space: list, read, create, rename, delete.
 * @see https://www.storyblok.com/docs/api/management/internal-tags "Internal Tags", read 2026-11-20
 */
import { Type } from "typebox";
import type { Page } from "../../../catalog/catalog.ts";
import { TAG_OBJECT_TYPES, type Tag, type TagFilter } from "../../../model/asset.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { buildNotFound, FieldError } from "../errors.ts";
import { buildPagingHeaders, readPage } from "../paging.ts";
import { PARAMETERS_BODY, readBody, readParameters, unwrap, type WireParameters } from "../parameters.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { parseBoolean, parseId, parseSearchText, readLast, readList } from "../values.ts";
import { readTag, readTagName, TagSchema, toCountedTag, toTag } from "./tag-object.ts";

type Deps = Pick<StoryblokDeps, "catalog">;
type TagParameters = SpaceParameters & { readonly tag: number };
type Sent = { readonly sent: WireParameters };
type ListParameters = SpaceParameters & { readonly filter: TagFilter; readonly page: Page; readonly counts: boolean };

const LIST_PATH = "/v1/spaces/:space_id/internal_tags";
const PATH = `${LIST_PATH}/:id`;

/** A tag that nobody has: catalogue ids begin at 1. */
const NO_TAG = -1;

const TagPathSchema = Type.Object({ space_id: Type.Integer({ minimum: 1 }), id: Type.Integer({ minimum: 1 }) });
const WrappedSchema = Type.Object({ internal_tag: TagSchema });
const BODY = {
  ...PARAMETERS_BODY,
  schema: Type.Object({
    internal_tag: Type.Object({ name: Type.String(), object_type: Type.Optional(TagSchema.properties.object_type) }),
  }),
};
const SHOWN = { description: "The tag.", schema: WrappedSchema };
const NOT_FOUND = { description: "The tag does not exist in this space, or the token is not for the space." };
const REFUSED = { description: "The name is blank, too long or taken." };

/** All routes of tags. */
export function buildTagRoutes(deps: Deps): readonly Route[] {
  return [
    buildListRoute(deps),
    buildReadRoute(deps),
    buildCreateRoute(deps),
    ...(["PUT", "PATCH"] as const).map((method) => buildRenameRoute(deps, method)),
    buildDeleteRoute(deps),
  ] as readonly Route[];
}

function buildListRoute({ catalog }: Deps): Route<ListParameters> {
  return {
    method: "GET",
    path: LIST_PATH,
    scope: "assets:read",
    summary: "Retrieve multiple internal tags",
    description: "One page of a space's tags by name. The `total` header counts all matches.",
    query: Type.Object({
      page: Type.Optional(Type.Integer({ default: 1, minimum: 1 })),
      per_page: Type.Optional(Type.Integer({ default: 25, minimum: 1, maximum: 1000 })),
      search: Type.Optional(Type.String({ description: "A part of the name, ignoring case." })),
      by_object_type: Type.Optional(TagSchema.properties.object_type),
      by_ids: Type.Optional(Type.String({ description: "Ids by comma." })),
      with_assets_count: Type.Optional(Type.Boolean({ default: false })),
    }),
    pathParameters: SpacePathSchema,
    responses: {
      200: {
        description: "The tags. Headers: `total`, `per-page`.",
        schema: Type.Object({ internal_tags: Type.Array(TagSchema) }),
      },
      404: NOT_FOUND,
    },
    readParameters: (request) => ({
      ...toSpaceParameters(request),
      filter: readTagFilter(request.query),
      page: readPage(request.query),
      counts: parseBoolean(readLast(request.query, "with_assets_count")) === true,
    }),
    async answer({ principal, space, filter, page, counts }) {
      await readVisibleSpace(catalog, principal, space);
      const { organization } = principal;
      const { tags, total } = await catalog.listTags(organization, space, filter, page);
      return {
        status: 200,
        headers: buildPagingHeaders(total, page),
        body: { internal_tags: counts ? await countTags({ catalog }, organization, tags) : tags.map(toTag) },
      };
    },
  };
}

/** The filter that a query string asks for. What no tag can have matches nothing, rather than everything. */
function readTagFilter(query: URLSearchParams): TagFilter {
  const name = parseSearchText(readLast(query, "search"));
  const wanted = readLast(query, "by_object_type") ?? "";
  const objectType = TAG_OBJECT_TYPES.find((known) => known === wanted);
  const ids = readList(query, "by_ids").map((id) => parseId(id) ?? NO_TAG);
  return {
    ...(name === null ? {} : { nameContains: name }),
    ...(objectType === undefined ? {} : { objectType }),
    ...(objectType === undefined && wanted !== "" ? { ids: [] } : ids.length === 0 ? {} : { ids }),
  };
}

async function countTags({ catalog }: Deps, organization: number, tags: readonly Tag[]) {
  const ids = tags.filter(({ objectType }) => objectType === "asset").map(({ id }) => id);
  const counts = await catalog.countTagAssets(organization, ids);
  return tags.map((tag) => toCountedTag(tag, counts.get(tag.id) ?? 0));
}

function buildReadRoute({ catalog }: Deps): Route<TagParameters> {
  return {
    method: "GET",
    path: PATH,
    scope: "assets:read",
    summary: "Retrieve one internal tag",
    pathParameters: TagPathSchema,
    responses: { 200: SHOWN, 404: NOT_FOUND },
    readParameters: toTagParameters,
    async answer(parameters) {
      return { status: 200, body: { internal_tag: toTag(await findTag({ catalog }, parameters)) } };
    },
  };
}

function buildCreateRoute({ catalog }: Deps): Route<SpaceParameters & Sent> {
  return {
    method: "POST",
    path: LIST_PATH,
    scope: "assets:write",
    summary: "Create an internal tag",
    description: "Names are unique within a space and object type. Answered with 200, as the vendor does.",
    pathParameters: SpacePathSchema,
    body: BODY,
    responses: { 200: SHOWN, 404: NOT_FOUND, 422: REFUSED },
    readParameters: (request) => ({
      ...toSpaceParameters(request),
      sent: unwrap(readParameters(request), "internal_tag"),
    }),
    async answer({ principal, space, sent }) {
      await readVisibleSpace(catalog, principal, space);
      const { name, objectType } = readTag(sent);
      const { organization } = principal;
      const tag = await refuseTaken(catalog.createTag({ organization, space, name, objectType }));
      return { status: 200, body: { internal_tag: toTag(tag) } };
    },
  };
}

function buildRenameRoute({ catalog }: Deps, method: "PUT" | "PATCH"): Route<TagParameters & Sent> {
  return {
    method,
    path: PATH,
    scope: "assets:write",
    summary: "Update an internal tag",
    description: "Changes the name; what a tag is for does not change.",
    pathParameters: TagPathSchema,
    body: BODY,
    responses: { 200: SHOWN, 404: NOT_FOUND, 422: REFUSED },
    readParameters: (request) => ({ ...toTagParameters(request), sent: unwrap(readBody(request), "internal_tag") }),
    async answer(parameters) {
      const before = await findTag({ catalog }, parameters);
      const { sent } = parameters;
      const tag =
        sent.name === undefined
          ? before
          : await refuseTaken(catalog.renameTag(before.organization, before.id, readTagName(sent)));
      if (tag === null) throw buildNotFound();
      return { status: 200, body: { internal_tag: toTag(tag) } };
    },
  };
}

function buildDeleteRoute({ catalog }: Deps): Route<TagParameters> {
  return {
    method: "DELETE",
    path: PATH,
    scope: "assets:write",
    summary: "Delete an internal tag",
    description: "Takes it off its assets.",
    pathParameters: TagPathSchema,
    body: PARAMETERS_BODY,
    responses: { 204: { description: "Deleted." }, 404: NOT_FOUND },
    readParameters: toTagParameters,
    async answer(parameters) {
      const { organization, id } = await findTag({ catalog }, parameters);
      await catalog.deleteTag(organization, id);
      return { status: 204 };
    },
  };
}

function toTagParameters(request: RouteRequest): TagParameters {
  const tag = parseId(request.params.id ?? "");
  if (tag === null) throw buildNotFound();
  return { ...toSpaceParameters(request), tag };
}

async function findTag({ catalog }: Deps, { principal, space, tag: id }: TagParameters): Promise<Tag> {
  await readVisibleSpace(catalog, principal, space);
  const tag = await catalog.readTag(principal.organization, id);
  if (tag === null || tag.space !== space) throw buildNotFound();
  return tag;
}

/** The catalogue's refusal of a name, in the vendor's words. */
async function refuseTaken<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof AppError && error.code === "catalog/conflict")) throw error;
    throw new FieldError([{ field: "name", text: "has already been taken" }]);
  }
}
