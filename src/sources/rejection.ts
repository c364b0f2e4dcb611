/**
 * Rejections: a record that cannot be counted is a value with a reason from a closed list, never an exception.
 */

/**
 * Every reason, with what a person should know. docs/errors.md lists the same; tests/docs.test.ts holds them together.
 * A reason is never renamed after a release.
 */
export const REJECTION_REASONS = {
  "not-an-event": "The record is not a CloudEvents 1.0 object with specversion, id, source and type.",
  "unknown-type": "The event's type is none of assetmeter.api, delivery, upload, delete, transcode, addon.",
  "missing-field": "A field that the record needs is absent.",
  "bad-field": "A field has the wrong type or is out of its bounds.",
  "bad-number": "A measure is not an integer from 0 to 2^53-1 (deltas: from -(2^53-1)).",
  "bad-time": "The time is not a real time in the record's format.",
  "in-future": "The time lies further ahead of this server's clock than the tolerance.",
  "too-old": "The time lies further back than the source's `oldestDays`.",
  "field-too-long": "A path or key is longer than 4,096 bytes, or an id longer than its bound.",
  "record-too-large": "The event is larger than the configured bound.",
  "line-too-long": "The line is longer than the configured bound; in `minio-audit` than 4 MB, where that is more.",
  "not-text": "The line has a NUL byte or a compressed file's header inside.",
  unterminated: "The last line has no line end and may be cut.",
  malformed: "The line does not have the format's shape.",
  "no-request": "The request field is empty or has no method.",
  "no-response": "There is no status and no byte was sent: nothing was answered.",
  "sub-request": "The line is one half of a request that another line counts.",
  "shield-hop": "The same request once more, as a shield of the network saw it.",
  "not-access": "The line is of another logger, or of something that is no request for an object.",
  "internal-request": "A header marks the request as one of the platform itself, which is not usage.",
  "ignored-by-rule": "A mapping rule of the source says to leave it out.",
  unmapped: "The source needs a space or bucket for every line, and no rule gives this one any.",
  "unknown-space": "The space does not exist in the organization, or the token is not for it.",
  "unknown-asset": "The asset is not in the catalogue and the source does not register unknown things.",
  "unknown-bucket":
    "The bucket is not in the catalogue and the source does not register unknown things, or the token is not for its space.",
  "unknown-user": "The user is not in the catalogue and the source does not register unknown things.",
  "too-many-sources": "The organization has as many sources as the configuration allows.",
  "too-many-buckets": "The bucket is new and the organization has as many buckets as the configuration allows.",
} as const;

/** One of the reasons above. */
export type RejectionReason = keyof typeof REJECTION_REASONS;

/** Why a record was refused. `detail` names the field and what it should be; it never repeats a secret. */
export type Rejection = { readonly reason: RejectionReason; readonly detail: string };
