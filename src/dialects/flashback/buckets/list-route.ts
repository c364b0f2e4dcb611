/**
 * GET /bucket: the buckets that the bearer may see.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference/storage-apis/bucket-management, read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { readFirst } from "../../wire-parameters.ts";
import { buildResponses } from "../answer-schemas.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";
import { toPrincipal } from "../principal.ts";
import { listVisibleBuckets, listVisibleRepos } from "../visible-buckets.ts";
import { toWireBucket } from "./wire-bucket.ts";

const RepoSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  storageType: Type.String(),
  createdAt: Type.String(),
});

const BucketSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  bucket: Type.String({ description: "The bucket's name at its storage." }),
  storageType: Type.String(),
  key: Type.Literal(""),
  secret: Type.Object({}, { description: "Always empty: credentials are not kept." }),
  endpoint: Type.String(),
  region: Type.String(),
  status: Type.Literal("UNKNOWN"),
  lastStatusAt: Type.Null(),
  createdAt: Type.String(),
  workspaceId: Type.String({ description: "Empty for a bucket without a workspace." }),
  repos: Type.Array(RepoSchema, { maxItems: 1 }),
});

/** The route. */
export function buildBucketListRoute(deps: FlashbackDeps): Route<{ readonly workspaceId: string | undefined }> {
  return {
    method: "GET",
    path: "/bucket",
    scope: "stats:read",
    summary: "Buckets, by their creation",
    query: Type.Object({
      workspaceId: Type.Optional(Type.String({ description: "Only those of this workspace." })),
    }),
    responses: buildResponses(
      Type.Object({ success: Type.Literal(true), buckets: Type.Array(BucketSchema) }),
      "The buckets; none for an unknown workspace.",
    ),
    readParameters: ({ query }) => ({ workspaceId: readFirst(query, "workspaceId") }),
    answer: async ({ workspaceId }, request) => {
      const principal = toPrincipal(request);
      const repos = new Map((await listVisibleRepos(deps.catalog, principal)).map((repo) => [repo.id, repo]));
      const visible = await listVisibleBuckets(deps.catalog, principal);
      const buckets = visible.filter(({ space }) => workspaceId === undefined || String(space) === workspaceId);
      const shown = buckets.map((bucket) => toWireBucket(bucket, repos.get(bucket.repo ?? "")));
      return { status: 200, body: { success: true, buckets: shown } };
    },
  };
}
