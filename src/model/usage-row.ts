/**
 * UsageRow: what is stored of one event. The same facts, with the identity reduced to 96 bits.
 */
import type { UsageEvent } from "./usage-event.ts";

/** Bytes of an identity: 12, that is 96 bits. Among 10^9 different events two share one with a chance of 6 in 10^12. */
export const IDENTITY_BYTES = 12;

/**
 * What a log says that an object is afterwards: not by how much it changed. The store keeps the last change of each object
 * by time, and makes the row's deltas of it.
 */
export type ObjectChange = {
  /** Names the object within its organization. */
  readonly key: string;
  /** Bytes afterwards; null where nobody says, which changes nothing. */
  readonly size: number | null;
  readonly exists: boolean;
  /** True where an old version stays: its size is never taken away. */
  readonly keepsVersions?: boolean;
  /** Set where the object is uploaded in parts, and the last request of it does not say its size. */
  readonly upload?: MultipartUpload;
};

/**
 * Bytes of the largest part of an upload that is believed: a part has a number of up to five digits, and so many of these add up
 * to a number that is exact. 90 GB; the largest part that S3, MinIO and their like take has 5 GiB.
 */
export const PART_BYTES_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 100_000);

/**
 * One request of a multipart upload. A part has its own size and is no object; a completion has none, and is an object of
 * the size of its parts.
 */
export type MultipartUpload = {
  /** A hash that tells the upload from others of the same object. */
  readonly id: string;
  /** From 1 to 99,999; null for the completion. */
  readonly part: number | null;
};

/**
 * One stored fact. `identity` is IDENTITY_BYTES bytes: SHA-256 over organization, source and id, cut to 96 bits.
 * The original id is not stored: whoever has it can compute the identity.
 */
export type UsageRow = Omit<UsageEvent, "id"> & {
  readonly identity: Uint8Array;
  /** Set where the deltas have to be found by the store. */
  readonly object?: ObjectChange;
};
