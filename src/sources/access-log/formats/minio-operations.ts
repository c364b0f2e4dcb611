/**
 * What the requests of a MinIO audit log count as, by `api.name`. `PutObject` is what the vendor's sample shows; the other
 * names are those of the S3 API and do not stand in the pages that were read.
 *
 * @see https://github.com/minio/minio docs/logging/README.md and https://github.com/minio/pkg
 *      logger/message/audit/entry.go, read 2026-11-20
 */
import type { OperationRule } from "../store-operation.ts";

const upload = { kind: "upload", count: 1 } as const;

/** By name; every other one is an API request under its own name. */
export const MINIO_OPERATIONS: ReadonlyMap<string, OperationRule> = new Map<string, OperationRule>([
  ["GetObject", { kind: "delivery", operation: "GET", count: 1, received: false, object: "same" }],
  ["PutObject", { ...upload, operation: "PUT", received: true, object: "stored" }],
  ["PostPolicyBucket", { ...upload, operation: "POST", received: true, object: "stored" }],
  ["PutObjectPart", { ...upload, operation: "PUT", received: true, object: "part" }],
  ["CompleteMultipartUpload", { ...upload, operation: "POST", received: false, object: "completed" }],
  // What S3's REST.COPY.PART is. As an API request it would leave no trace of bytes that the completed object has.
  ["CopyObjectPart", { ...upload, operation: "COPY", received: false, object: "part" }],
  ["CopyObject", { ...upload, operation: "COPY", received: false, object: "stored" }],
  ["DeleteObject", { kind: "delete", operation: "DELETE", count: 1, received: false, object: "gone" }],
]);

/** A bulk deletion: one API request, and one deletion without a request for each object. */
export const MINIO_BULK_DELETION = "DeleteMultipleObjects";

/** One object of a bulk deletion. */
export const MINIO_BULK_DELETED: OperationRule = {
  kind: "delete",
  operation: "DELETE",
  count: 0,
  received: false,
  object: "gone",
};
