/**
 * What the operations of a Google Cloud Storage usage log count as. A table of endings, because only `GET_Object` and the
 * empty method were seen in real logs; the rest of the names is not in the pages that were read.
 *
 * @see https://docs.cloud.google.com/storage/docs/access-logs, read 2026-11-20
 */
import type { OperationRule } from "../store-operation.ts";

const upload = { kind: "upload", count: 1, object: "stored" } as const;

const delivery: OperationRule = { kind: "delivery", operation: "GET", count: 1, received: false, object: "same" };

/**
 * The JSON API answers what is known of an object, unless its content is asked for.
 *
 * @see https://docs.cloud.google.com/storage/docs/json_api/v1/objects/get "When alt=media is included", read 2026-11-30
 */
const CONTENT = /^(?:https?:\/\/[^/]*)?\/download\/|^[^?]*\?(?:.*&)?alt=media(?:&|$)/s;

/** One entry of the table. */
export type GcsOperation = { readonly ending: RegExp; readonly uri?: RegExp; readonly rule: OperationRule };

/**
 * What ends in `ending`, lower case with spaces for dots and underscores, and asks for `uri` where one is said, counts as `rule`;
 * the first one that fits.
 */
export const GCS_OPERATIONS: readonly GcsOperation[] = [
  { ending: /get object$/, rule: delivery },
  { ending: /objects get$/, uri: CONTENT, rule: delivery },
  { ending: /put object$/, rule: { ...upload, operation: "PUT", received: true } },
  // An access control of an object, or a bucket, is inserted too: its few bytes would become the object's size.
  { ending: /(post object|^insert|objects insert)$/, rule: { ...upload, operation: "POST", received: true } },
  { ending: /(copy|rewrite|compose)( object)?$/, rule: { ...upload, operation: "COPY", received: false } },
  {
    ending: /(delete object|objects delete)$/,
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
