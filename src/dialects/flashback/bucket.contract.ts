/**
 * A bucket for the tests of what is pure.
 */
import type { Bucket } from "../../model/bucket.ts";

/** A bucket of organization 42 and space 5 that is named like its id, unless said otherwise. */
export function buildTestBucket(id: string, fields: Partial<Bucket> = {}): Bucket {
  return {
    organization: 42,
    id,
    name: id,
    space: 5,
    repo: null,
    endpoint: "",
    region: "",
    storageName: "",
    storageType: "",
    createdAtMs: 0,
    deletedAtMs: null,
    ...fields,
  };
}
