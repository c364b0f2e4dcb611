/**
 * The bucket and the workspace that a request names: found if visible, and refused to whoever may only look.
 */
import type { Catalog } from "../../../catalog/catalog.ts";
import type { Bucket } from "../../../model/bucket.ts";
import { hasScope, maySeeSpace, type Principal } from "../../../model/token.ts";
import { AppError } from "../../../platform/errors.ts";
import { listVisibleBuckets } from "../visible-buckets.ts";

/** The visible bucket of this id. Throws `catalog/not-found` for an unknown, deleted or foreign one. */
export async function readVisibleBucket(catalog: Catalog, principal: Principal, id: string): Promise<Bucket> {
  const [bucket] = await listVisibleBuckets(catalog, principal, [id]);
  if (bucket === undefined) throw new AppError("catalog/not-found", "Bucket not found");
  return bucket;
}

/** The id of a visible workspace. Throws `catalog/not-found` for an unknown or foreign one. */
export async function readVisibleSpace(catalog: Catalog, principal: Principal, id: string): Promise<number> {
  const spaces = await catalog.listSpaces(principal.organization);
  const space = spaces.find((one) => String(one.id) === id && maySeeSpace(principal, one.id));
  if (space === undefined) throw new AppError("catalog/not-found", "Workspace not found");
  return space.id;
}

/** Throws `access/forbidden` unless the bearer may change things. Asked last: what is not visible does not exist. */
export function requireWriteRight(principal: Principal): void {
  if (!hasScope(principal, "assets:write")) throw new AppError("access/forbidden", "Insufficient permissions");
}
