/**
 * What the operations of an S3 access log count as. A table, because the vendor adds operations; what is not in it is an
 * API request under its own name.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html, read 2026-11-20: REST.COPY.OBJECT_GET,
 *      BATCH.DELETE.OBJECT, REST.GET.VERSIONING, REST.PUT.OBJECT and the classes of operations. The other names are as
 *      logs show them and do not stand in the pages that were read.
 */
import type { OperationRule, RefusedOperation } from "../store-operation.ts";

const delivery = { kind: "delivery", operation: "GET", count: 1, received: false, object: "same" } as const;
const remove = { kind: "delete", received: false, object: "gone" } as const;
const upload = { kind: "upload", count: 1 } as const;
const halfOfCopy = {
  refused: "sub-request",
  detail: "The reading half of a copy: its writing half is counted.",
} as const;

/** By operation. A bulk deletion is one request, which its own line counts; an expiry is nobody's request. */
export const S3_OPERATIONS: ReadonlyMap<string, OperationRule | RefusedOperation> = new Map<
  string,
  OperationRule | RefusedOperation
>([
  ["REST.GET.OBJECT", delivery],
  ["WEBSITE.GET.OBJECT", delivery],
  ["REST.PUT.OBJECT", { ...upload, operation: "PUT", received: true, object: "stored" }],
  ["REST.POST.OBJECT", { ...upload, operation: "POST", received: true, object: "stored" }],
  ["REST.PUT.PART", { ...upload, operation: "PUT", received: true, object: "part" }],
  ["REST.POST.UPLOAD", { ...upload, operation: "POST", received: false, object: "completed" }],
  ["REST.COPY.OBJECT", { ...upload, operation: "COPY", received: false, object: "stored" }],
  ["REST.COPY.PART", { ...upload, operation: "COPY", received: false, object: "part" }],
  ["REST.COPY.OBJECT_GET", halfOfCopy],
  ["REST.COPY.PART_GET", halfOfCopy],
  ["REST.DELETE.OBJECT", { ...remove, operation: "DELETE", count: 1 }],
  ["BATCH.DELETE.OBJECT", { ...remove, operation: "DELETE", count: 0 }],
  ["S3.EXPIRE.OBJECT", { ...remove, operation: "EXPIRE", count: 0 }],
  ["S3.CREATE.DELETEMARKER", { ...remove, operation: "EXPIRE", count: 0 }],
]);

/** Operations of lifecycle rules begin with this; what the table does not know of them is no request (transitions). */
export const S3_LIFECYCLE_PREFIX = "S3.";
