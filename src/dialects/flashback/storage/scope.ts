/**
 * The things that a request means: visible ones, narrowed to a workspace, a repo or one bucket.
 */
import type { Catalog } from "../../../catalog/catalog.ts";
import type { Bucket, Repo } from "../../../model/bucket.ts";
import type { Space } from "../../../model/organization.ts";
import { maySeeSpace, type Principal } from "../../../model/token.ts";
import { AppError } from "../../../platform/errors.ts";
import { listVisibleBuckets, listVisibleRepos } from "../visible-buckets.ts";
import type { Breakdown } from "./entities.ts";
import type { StorageRequest } from "./parameters.ts";

/** What lies in the scope, repos and spaces where they are needed. With a bucket asked for, that one and what it is in. */
export type ScopedThings = {
  readonly buckets: readonly Bucket[];
  readonly repos: readonly Repo[];
  readonly spaces: readonly Space[];
};

/** Reads them. Throws `catalog/not-found` for an id that is unknown, foreign or outside of the scope. */
export async function readScope(
  catalog: Catalog,
  principal: Principal,
  request: Pick<StorageRequest, "scope" | "scopeId" | "bucketId"> & { readonly needs: readonly Breakdown[] },
): Promise<ScopedThings> {
  const { scope, bucketId, needs } = request;
  const all: ScopedThings = {
    buckets: await listVisibleBuckets(catalog, principal, bucketId === undefined ? undefined : [bucketId]),
    repos: scope === "repo" || needs.includes("repos") ? await listVisibleRepos(catalog, principal) : [],
    spaces: scope === "workspace" || needs.includes("workspaces") ? await listVisibleSpaces(catalog, principal) : [],
  };
  return toBucketScope(toScope(all, principal, request), request.bucketId);
}

async function listVisibleSpaces(catalog: Catalog, principal: Principal): Promise<readonly Space[]> {
  return (await catalog.listSpaces(principal.organization)).filter(({ id }) => maySeeSpace(principal, id));
}

function toScope(
  all: ScopedThings,
  principal: Principal,
  { scope, scopeId }: Pick<StorageRequest, "scope" | "scopeId">,
): ScopedThings {
  if (scope === "org") {
    if (scopeId === undefined || scopeId === String(principal.organization)) return all;
    throw notFound("Organization");
  }
  if (scope === "workspace") {
    const space = all.spaces.find(({ id }) => String(id) === scopeId);
    if (space === undefined) throw notFound("Workspace");
    const buckets = all.buckets.filter((bucket) => bucket.space === space.id);
    // A repo without a workspace may hold buckets of any: by its own workspace alone theirs would be missing here.
    const holders = new Set(buckets.map((bucket) => bucket.repo));
    const repos = all.repos.filter((repo) => repo.space === space.id || holders.has(repo.id));
    return { buckets, repos, spaces: [space] };
  }
  const repo = all.repos.find(({ id }) => id === scopeId);
  if (repo === undefined) throw notFound("Repo");
  const buckets = all.buckets.filter((bucket) => bucket.repo === repo.id);
  const ids = new Set([repo.space, ...buckets.map((bucket) => bucket.space)]);
  return { buckets, repos: [repo], spaces: all.spaces.filter((space) => ids.has(space.id)) };
}

function toBucketScope(things: ScopedThings, bucketId: string | undefined): ScopedThings {
  if (bucketId === undefined) return things;
  const bucket = things.buckets.find(({ id }) => id === bucketId);
  if (bucket === undefined) throw notFound("Bucket");
  return {
    buckets: [bucket],
    repos: things.repos.filter((repo) => repo.id === bucket.repo),
    spaces: things.spaces.filter((space) => space.id === bucket.space),
  };
}

/** Its message is shown: it names the kind of thing and not the id. */
function notFound(what: string): AppError {
  return new AppError("catalog/not-found", `${what} not found`);
}
