/**
 * UsageRow: what is stored of one event. The same facts, with the identity reduced to 128 bits.
 */
import type { UsageEvent } from "./usage-event.ts";

/** Bytes of an identity: 16, that is 128 bits. Two of 10^12 different events share one with a chance below 10^-14. */
export const IDENTITY_BYTES = 16;

/**
 * One stored fact. `identity` is IDENTITY_BYTES bytes: SHA-256 over organization, source and id, cut to 128 bits.
 * The original id is not stored: whoever has it can compute the identity.
 */
export type UsageRow = Omit<UsageEvent, "id"> & {
  readonly identity: Uint8Array;
};
