/**
 * POST /bucket, PUT and DELETE /bucket/{id}, POST /bucket/{id}/validate: buckets are registered, changed and removed.
 * No storage is ever contacted.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference/storage-apis/bucket-management, read 2026-11-20
 */
import { type TSchema, Type } from "typebox";
import type { Bucket } from "../../../model/bucket.ts";
import type { Route } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import { readJsonObject } from "../../json-body.ts";
import { buildMoreResponses } from "../answer-schemas.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";
import { toPrincipal } from "../principal.ts";
import {
  type BucketFields,
  type NewBucketFields,
  readBucketChange,
  readNewBucket,
  STORAGE_TYPES,
} from "./bucket-body.ts";
import { readVisibleBucket, readVisibleSpace, requireWriteRight } from "./visible-things.ts";
import { UNTESTED } from "./wire-bucket.ts";

/** Bodies of this API are a few hundred bytes. */
const BODY_BYTES_MAX = 65_536;

const Fields = {
  name: Type.String({ minLength: 1, maxLength: 255 }),
  bucket: Type.String({ minLength: 1, maxLength: 255, description: "The bucket's name at its storage." }),
  storageType: Type.Union(STORAGE_TYPES.map((type) => Type.Literal(type))),
  workspaceId: Type.String(),
} as const;

const MoreFields = {
  key: Type.Optional(Type.String({ description: "Dropped at once." })),
  secret: Type.Optional(Type.String({ description: "Dropped at once." })),
  endpoint: Type.Optional(Type.String({ description: "Host or URL, without credentials and query." })),
  region: Type.Optional(Type.String()),
} as const;

const Done = { success: Type.Literal(true), message: Type.String() };
const Tested = { latency_ms: Type.Literal(0), status: Type.Literal("UNKNOWN") };

/** All four routes. */
export function buildBucketChangeRoutes(deps: FlashbackDeps): readonly Route[] {
  return [buildCreateRoute(deps), buildUpdateRoute(deps), buildDeleteRoute(deps), buildValidateRoute(deps)];
}

function buildCreateRoute(deps: FlashbackDeps): Route<NewBucketFields> {
  return {
    method: "POST",
    path: "/bucket",
    scope: "stats:read",
    summary: "Register a bucket",
    body: toJsonBody(Type.Object({ ...Fields, ...MoreFields })),
    bodyBytesMax: BODY_BYTES_MAX,
    responses: buildMoreResponses(Type.Object({ success: Type.Literal(true), bucketId: Type.String() }), {
      description: "The bucket's id.",
      notFound: "The workspace.",
      others: { 409: "The name is in use." },
    }),
    readParameters: ({ body }) => readNewBucket(body),
    answer: async ({ workspaceId, ...fields }, request) => {
      const principal = toPrincipal(request);
      const space = await readVisibleSpace(deps.catalog, principal, workspaceId);
      requireWriteRight(principal);
      const { id } = await deps.catalog.createBucket({
        ...toSentFields(fields),
        organization: principal.organization,
        name: fields.name,
        space,
      });
      return { status: 200, body: { success: true, bucketId: id } };
    },
  };
}

function buildUpdateRoute(deps: FlashbackDeps): Route<BucketFields> {
  return {
    method: "PUT",
    path: "/bucket/:id",
    scope: "stats:read",
    summary: "Change a bucket",
    description: "Fields that are left out stay as they are. Another workspace takes the bucket out of its repo.",
    body: toJsonBody(Type.Partial(Type.Object({ ...Fields, ...MoreFields }))),
    bodyBytesMax: BODY_BYTES_MAX,
    responses: buildMoreResponses(Type.Object({ ...Done, bucketId: Type.String(), ...Tested }), {
      description: "It is changed.",
      notFound: "The bucket or the workspace.",
      others: { 409: "The name is in use." },
    }),
    readParameters: ({ body }) => readBucketChange(body),
    answer: async ({ workspaceId, ...fields }, request) => {
      const principal = toPrincipal(request);
      const bucket = await readVisibleBucket(deps.catalog, principal, request.params.id ?? "");
      const space =
        workspaceId === undefined ? bucket.space : await readVisibleSpace(deps.catalog, principal, workspaceId);
      requireWriteRight(principal);
      const move = space === bucket.space ? {} : { space, repo: null };
      const changes = { ...toSentFields(fields), ...move };
      const changed = await deps.catalog.updateBucket(principal.organization, bucket.id, changes);
      if (changed === null) throw new AppError("catalog/not-found", "Bucket not found");
      const body = { success: true, bucketId: bucket.id, message: "Bucket updated", ...UNTESTED, latency_ms: 0 };
      return { status: 200, body };
    },
  };
}

function buildDeleteRoute(deps: FlashbackDeps): Route<null> {
  return {
    method: "DELETE",
    path: "/bucket/:id",
    scope: "stats:read",
    summary: "Remove a bucket",
    description: "It leaves every list and statistic; its records stay, its name is free again.",
    responses: buildMoreResponses(Type.Object(Done), { description: "It is removed.", notFound: "The bucket." }),
    readParameters: () => null,
    answer: async (_, request) => {
      const principal = toPrincipal(request);
      const { id } = await readVisibleBucket(deps.catalog, principal, request.params.id ?? "");
      requireWriteRight(principal);
      await deps.catalog.deleteBucket(principal.organization, id);
      return { status: 200, body: { success: true, message: "Bucket deleted" } };
    },
  };
}

function buildValidateRoute(deps: FlashbackDeps): Route<{ readonly storageName: string | undefined }> {
  return {
    method: "POST",
    path: "/bucket/:id/validate",
    scope: "stats:read",
    summary: "Check that a bucket is registered",
    body: toJsonBody(Type.Partial(Type.Object({ bucket: Fields.bucket, ...MoreFields }))),
    bodyBytesMax: BODY_BYTES_MAX,
    responses: buildMoreResponses(Type.Object({ ...Done, ...Tested }), {
      description: "It is registered.",
      notFound: "The bucket.",
    }),
    // Only the name is looked at. Credentials that come with it are not even checked for their type.
    readParameters: ({ body }) => ({ storageName: readSentName(readJsonObject(body).bucket) }),
    answer: async ({ storageName }, request) => {
      const bucket = await readVisibleBucket(deps.catalog, toPrincipal(request), request.params.id ?? "");
      if (storageName !== undefined && storageName !== bucket.storageName) {
        throw new AppError("request/invalid", "bucket does not match");
      }
      const message = "Bucket is registered; no connection was made";
      return { status: 200, body: { success: true, message, latency_ms: 0, ...UNTESTED } };
    },
  };
}

function toJsonBody(schema: TSchema) {
  return { mediaTypes: ["application/json"], schema };
}

/** The fields that were sent; one that is undefined would be taken for a change by nobody, but for a value by a type. */
function toSentFields(
  fields: Omit<BucketFields, "workspaceId">,
): Partial<Pick<Bucket, "name" | "storageName" | "storageType" | "endpoint" | "region">> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function readSentName(value: unknown): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw new AppError("request/invalid", "Invalid bucket");
  return value;
}
