/**
 * Bucket → Flashback's object of it. Pure.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference/storage-apis/bucket-management (fields), and for
 * `repos` https://github.com/flashbacknetwork/FlashbackClient (commit bcb34e9), read 2026-11-20
 */
import type { Bucket, Repo } from "../../../model/bucket.ts";

/** The object; `repo` is the one that the bucket is in, or undefined. Credentials are never in it: there are none. */
export function toWireBucket(bucket: Bucket, repo: Repo | undefined) {
  return {
    id: bucket.id,
    name: bucket.name,
    bucket: bucket.storageName,
    storageType: bucket.storageType,
    // The two fields of the vendor's example, as empty as its text says they are.
    key: "",
    secret: {},
    endpoint: bucket.endpoint,
    region: bucket.region,
    ...UNTESTED,
    lastStatusAt: null,
    createdAt: new Date(bucket.createdAtMs).toISOString(),
    workspaceId: bucket.space === null ? "" : String(bucket.space),
    repos: repo === undefined ? [] : [toWireRepo(repo, bucket)],
  };
}

/** What is known of a storage that is never contacted. */
export const UNTESTED = { status: "UNKNOWN" } as const;

/** A repo has no kind of storage of its own: its buckets have one. */
function toWireRepo(repo: Repo, bucket: Bucket) {
  return {
    id: repo.id,
    name: repo.name,
    storageType: bucket.storageType,
    createdAt: new Date(repo.createdAtMs).toISOString(),
  };
}
