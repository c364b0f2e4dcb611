/**
 * Buckets of the catalogue.
 */
import { type Bucket, isPlainEndpoint } from "../model/bucket.ts";
import { AppError } from "../platform/errors.ts";
import type { BucketChanges, Catalog } from "./catalog.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import type { CatalogRow } from "./catalog-tables.ts";
import { checkName } from "./check-input.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";
import { conflict, readRepoSpace, requireOrganization, requireSpace } from "./existence.ts";

type BucketMethods = Pick<Catalog, "createBucket" | "updateBucket" | "listBuckets" | "deleteBucket" | "resolveBuckets">;
type NamedBucket = { readonly id: string; readonly space: number | null };

/** The methods for buckets. Names are unique among the organization's buckets that are not deleted. */
export function buildBuckets(context: CatalogContext): BucketMethods {
  const { database, clock, ids } = context;
  return {
    async createBucket(input) {
      const id = input.id ?? ids.uuid();
      checkName(id, "bucket's id");
      checkName(input.name, "bucket's name");
      checkEndpoint(input.endpoint);
      const { organization, name, space = null, repo = null, endpoint = "" } = input;
      const { region = "", storageName: storage_name = "", storageType: storage_type = "" } = input;
      return database.write(async (queries) => {
        await requireOrganization(queries, organization);
        await requireSpace(queries, organization, space);
        await requireOwnRepo(queries, organization, { space, repo });
        const values = { organization, id, name, space, repo, endpoint, region, storage_name, storage_type };
        const row = await queries
          .insertInto("buckets")
          .values({ ...values, created_at_ms: clock.now(), deleted_at_ms: null })
          .onConflict((oc) => oc.doNothing())
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) throw conflict(`bucket with the id ${id} or the name "${name}"`);
        return toBucket(row);
      });
    },
    async updateBucket(organization, id, changes) {
      const { name, space, endpoint, region, storageName, storageType } = changes;
      if (name !== undefined) checkName(name, "bucket's name");
      checkEndpoint(endpoint);
      return database.write(async (queries) => {
        await requireSpace(queries, organization, space ?? null);
        if (name !== undefined) await requireFreeName(queries, organization, { id, name });
        const repo = await chooseRepo(queries, organization, { id, changes });
        const row = await queries
          .updateTable("buckets")
          .set((eb) => ({
            // Naming the id keeps the statement whole when nothing else changes.
            id: eb.ref("id"),
            ...(name === undefined ? {} : { name }),
            ...(space === undefined ? {} : { space }),
            ...(repo === undefined ? {} : { repo }),
            ...(endpoint === undefined ? {} : { endpoint }),
            ...(region === undefined ? {} : { region }),
            ...(storageName === undefined ? {} : { storage_name: storageName }),
            ...(storageType === undefined ? {} : { storage_type: storageType }),
          }))
          .where("organization", "=", organization)
          .where("id", "=", id)
          .where("deleted_at_ms", "is", null)
          .returningAll()
          .executeTakeFirst();
        return row === undefined ? null : toBucket(row);
      });
    },
    async listBuckets(organization, wanted) {
      if (wanted?.length === 0) return [];
      const rows = await database.read((queries) => {
        const live = queries
          .selectFrom("buckets")
          .selectAll()
          .where("organization", "=", organization)
          .where("deleted_at_ms", "is", null)
          .orderBy("created_at_ms")
          .orderBy("id");
        const few = wanted !== undefined && wanted.length <= IN_LIST_MAX;
        return few ? live.where("id", "in", [...wanted]).execute() : live.execute();
      });
      const only = wanted === undefined ? null : new Set(wanted);
      return rows.filter((row) => only === null || only.has(row.id)).map(toBucket);
    },
    async deleteBucket(organization, id) {
      return database.write(async (queries) => {
        const row = await queries
          .updateTable("buckets")
          // A bucket that is deleted already keeps its time.
          .set((eb) => ({ repo: null, deleted_at_ms: eb.fn.coalesce("deleted_at_ms", eb.val(clock.now())) }))
          .where("organization", "=", organization)
          .where("id", "=", id)
          .returning("id")
          .executeTakeFirst();
        return row !== undefined;
      });
    },
    async resolveBuckets(organization, buckets, register, bucketsMax = Number.POSITIVE_INFINITY) {
      // The first one of an id decides the space of a new bucket.
      const byId = new Map<string, NamedBucket>();
      for (const bucket of buckets) if (!byId.has(bucket.id)) byId.set(bucket.id, bucket);
      const known = await database.read((queries) => readBucketSpaces(queries, organization, [...byId.keys()]));
      const missing = [...byId.values()].filter((bucket) => !known.has(bucket.id));
      if (!register || missing.length === 0) return known;
      for (const { id } of missing) checkName(id, "bucket's id");
      const ids = missing.map((bucket) => bucket.id);
      // Who makes up names when there are too many is answered without the lock that writers wait for. Another process may
      // have added the last of those that are allowed, so they are looked for once more behind the count.
      const count = await database.read((queries) => countBuckets(queries, organization));
      if (count >= bucketsMax) {
        return new Map([...known, ...(await database.read((queries) => readBucketSpaces(queries, organization, ids)))]);
      }
      const added = await database.write(async (queries) => {
        await registerBuckets(context, queries, { organization, buckets: missing, bucketsMax });
        // Another process may have been first, and have put a bucket into another space.
        return readBucketSpaces(queries, organization, ids);
      });
      return new Map([...known, ...added]);
    },
  };
}

/** Every list shows endpoints, so none may hold a credential. What was sent is not repeated in the message. */
function checkEndpoint(endpoint: string | undefined): void {
  if (endpoint === undefined || isPlainEndpoint(endpoint)) return;
  const what = "A bucket's endpoint must be a host or an http(s) URL of a host and a path, without anything secret.";
  throw new AppError("catalog/invalid", what);
}

/** Rejects unless the repo exists and, where it has a space, has the bucket's. Null asks for nothing. */
async function requireOwnRepo(
  queries: CatalogQueries,
  organization: number,
  { space, repo }: { readonly space: number | null; readonly repo: string | null },
): Promise<void> {
  if (repo === null) return;
  const repoSpace = await readRepoSpace(queries, organization, repo);
  if (repoSpace === null || repoSpace === space) return;
  throw new AppError(
    "catalog/invalid",
    `The repo ${repo} is of space ${repoSpace} and takes buckets of that space only.`,
  );
}

/** The repo that a changed bucket is in; undefined where it stays as it is. */
async function chooseRepo(
  queries: CatalogQueries,
  organization: number,
  { id, changes }: { readonly id: string; readonly changes: BucketChanges },
): Promise<string | null | undefined> {
  const { space: newSpace, repo: newRepo } = changes;
  if (newSpace === undefined && newRepo === undefined) return undefined;
  const before = await queries
    .selectFrom("buckets")
    .select(["space", "repo"])
    .where("organization", "=", organization)
    .where("id", "=", id)
    .where("deleted_at_ms", "is", null)
    .executeTakeFirst();
  // The change finds no bucket either, and says so.
  if (before === undefined) return undefined;
  const space = newSpace === undefined ? before.space : newSpace;
  if (newRepo !== undefined) {
    await requireOwnRepo(queries, organization, { space, repo: newRepo });
    return newRepo;
  }
  if (before.repo === null) return undefined;
  const repoSpace = await readRepoSpace(queries, organization, before.repo);
  return repoSpace === null || repoSpace === space ? undefined : null;
}

/** Rejects with `catalog/conflict` when another bucket that is not deleted has the name. */
async function requireFreeName(
  queries: CatalogQueries,
  organization: number,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  const holder = await queries
    .selectFrom("buckets")
    .select("id")
    .where("organization", "=", organization)
    .where("name", "=", name)
    .where("id", "!=", id)
    .where("deleted_at_ms", "is", null)
    .executeTakeFirst();
  if (holder !== undefined) throw conflict(`bucket with the name "${name}"`);
}

async function registerBuckets(
  { clock, ids }: CatalogContext,
  queries: CatalogQueries,
  wanted: { readonly organization: number; readonly buckets: readonly NamedBucket[]; readonly bucketsMax: number },
): Promise<void> {
  const { organization, buckets, bucketsMax } = wanted;
  await requireOrganization(queries, organization);
  for (const space of new Set(buckets.map((bucket) => bucket.space))) await requireSpace(queries, organization, space);
  const appeared = await readBucketSpaces(
    queries,
    organization,
    buckets.map((bucket) => bucket.id),
  );
  const created_at_ms = clock.now();
  let left = bucketsMax - (await countBuckets(queries, organization));
  const insert = ({ id, space }: NamedBucket, name: string) =>
    queries
      .insertInto("buckets")
      .values({ organization, id, name, space, repo: null, endpoint: "", created_at_ms, deleted_at_ms: null })
      .onConflict((oc) => oc.doNothing())
      .returning("id")
      .executeTakeFirst();
  for (const bucket of buckets) {
    if (appeared.has(bucket.id)) continue;
    if (left <= 0) return;
    left -= 1;
    // Somebody may have named another bucket like this id; usage must not be refused for that.
    if ((await insert(bucket, bucket.id)) === undefined) await insert(bucket, `${bucket.id} ${ids.uuid()}`);
  }
}

/** All that there ever were: records of deleted ones are still kept, and so are their names. */
async function countBuckets(queries: CatalogQueries, organization: number): Promise<number> {
  const { count } = await queries
    .selectFrom("buckets")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("organization", "=", organization)
    .executeTakeFirstOrThrow();
  return count;
}

async function readBucketSpaces(
  queries: CatalogQueries,
  organization: number,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { readonly space: number | null }>> {
  const known = new Map<string, { readonly space: number | null }>();
  for (const chunk of chunksOf(ids, IN_LIST_MAX)) {
    const rows = await queries
      .selectFrom("buckets")
      .select(["id", "space"])
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .execute();
    for (const { id, space } of rows) known.set(id, { space });
  }
  return known;
}

function toBucket(row: CatalogRow<"buckets">): Bucket {
  return {
    organization: row.organization,
    id: row.id,
    name: row.name,
    space: row.space,
    repo: row.repo,
    // Kept by an older version that took more for plain: what is in it must not be shown either.
    endpoint: isPlainEndpoint(row.endpoint) ? row.endpoint : "",
    region: row.region,
    storageName: row.storage_name,
    storageType: row.storage_type,
    createdAtMs: row.created_at_ms,
    deletedAtMs: row.deleted_at_ms,
  };
}
