/**
 * What the operations of a Google Cloud Storage usage log count as. A table of endings, because only `GET_Object` and the
 * empty method were seen in real logs; the rest of the names is not in the pages that were read.
 *
 * @see https://docs.cloud.google.com/storage/docs/access-logs, read 2026-11-20
 */
import type { OperationRule } from "../store-operation.ts";

const upload = { kind: "upload", count: 1, object: "stored" } as const;

/** What ends in `ending`, lower case with spaces for dots and underscores, counts as `rule`; the first one that fits. */
export const GCS_OPERATIONS: readonly { readonly ending: RegExp; readonly rule: OperationRule }[] = [
  {
    ending: /get object$/,
    rule: { kind: "delivery", operation: "GET", count: 1, received: false, object: "same" },
  },
  { ending: /put object$/, rule: { ...upload, operation: "PUT", received: true } },
  // An access control of an object, or a bucket, is inserted too: its few bytes would become the object's size.
  { ending: /(post object|^insert|objects insert)$/, rule: { ...upload, operation: "POST", received: true } },
  { ending: /(copy|rewrite|compose)( object)?$/, rule: { ...upload, operation: "COPY", received: false } },
  {
    ending: /delete object$/,
    rule: { kind: "delete", operation: "DELETE", count: 1, received: false, object: "gone" },
  },
];

/** A deletion that a lifecycle rule made: nobody's request. */
export const GCS_EXPIRY: OperationRule = {
  kind: "delete",
  operation: "EXPIRE",
  count: 0,
  received: false,
  object: "gone",
};
