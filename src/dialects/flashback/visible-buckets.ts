/**
 * The buckets and repos that a token may see: live ones of its organization, and of its spaces where it is limited.
 */
import type { Catalog } from "../../catalog/catalog.ts";
import type { Bucket, Repo } from "../../model/bucket.ts";
import { maySeeSpace, type Principal } from "../../model/token.ts";
import type { UsageFilter } from "../../model/usage-query.ts";
import { isTooManyRows } from "./too-many-rows.ts";

/**
 * Visible buckets. Without `ids` all of them by creation, then id; with `ids` in the order asked, and unknown, deleted
 * and foreign ones left out without a word: an answer must not tell which of the three an id is.
 */
export async function listVisibleBuckets(
  catalog: Catalog,
  principal: Principal,
  ids?: readonly string[],
): Promise<readonly Bucket[]> {
  return inAskedOrder(await listByCreation(catalog, principal, ids), ids);
}

/**
 * The buckets of listVisibleBuckets by creation, then id, whatever the order of `ids`. A repo that is not visible itself is
 * none of its buckets' either: no answer can name it, and nobody can ask by it.
 */
export async function listByCreation(
  catalog: Catalog,
  principal: Principal,
  ids?: readonly string[],
): Promise<readonly Bucket[]> {
  const all = await catalog.listBuckets(principal.organization, ids);
  const buckets = all.filter((bucket) => isVisible(bucket, principal));
  // Who is not limited sees every repo.
  if (principal.spaces === null || buckets.every(({ repo }) => repo === null)) return buckets;
  const repos = new Set((await listVisibleRepos(catalog, principal)).map(({ id }) => id));
  return buckets.map((bucket) => (bucket.repo === null || repos.has(bucket.repo) ? bucket : { ...bucket, repo: null }));
}

/** Visible repos, in the order and with the omissions of listVisibleBuckets. */
export async function listVisibleRepos(
  catalog: Catalog,
  principal: Principal,
  ids?: readonly string[],
): Promise<readonly Repo[]> {
  const repos = await catalog.listRepos(principal.organization);
  return inAskedOrder(
    repos.filter((repo) => isVisible(repo, principal)),
    ids,
  );
}

/**
 * Reads usage by bucket of `buckets`: where they are `all` that the organization has, without a filter, as a list of thousands
 * takes longer than all usage. Rows then come of deleted buckets, too, and of none: take those of `buckets` only. They count
 * for the most rows that a query answers as well; where it refuses, what is asked for may still fit, and is read by the list.
 */
export async function readOfBuckets<Answer>(
  principal: Principal,
  { buckets, isAll }: { readonly buckets: readonly Bucket[]; readonly isAll: boolean },
  read: (filter: UsageFilter) => Promise<Answer>,
): Promise<Answer> {
  if (isAll && principal.spaces === null) {
    try {
      return await read({});
    } catch (error) {
      if (!isTooManyRows(error)) throw error;
    }
  }
  return read({ bucket: buckets.map(({ id }) => id) });
}

function isVisible(thing: { readonly space: number | null }, principal: Principal): boolean {
  return thing.space === null ? principal.spaces === null : maySeeSpace(principal, thing.space);
}

function inAskedOrder<Thing extends { readonly id: string }>(
  things: readonly Thing[],
  ids: readonly string[] | undefined,
): readonly Thing[] {
  if (ids === undefined) return things;
  const byId = new Map(things.map((thing) => [thing.id, thing]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
