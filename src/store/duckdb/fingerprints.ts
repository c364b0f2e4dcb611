/**
 * Identities -> the parts of them that the index in memory holds: the first 32 bits, and the 8 behind them.
 */
import { IDENTITY_BYTES } from "../../model/usage-row.ts";
import type { Fingerprints, Suspect } from "./known-identities.ts";

/** The fingerprints of identities that lie one behind the other, IDENTITY_BYTES bytes each. */
export function readFingerprints(identities: Uint8Array): Fingerprints {
  const count = identities.length / IDENTITY_BYTES;
  const [prints, segments] = [new Uint32Array(count), new Uint8Array(count)];
  for (let index = 0, at = 0; index < count; index++, at += IDENTITY_BYTES) {
    prints[index] =
      identities[at]! | (identities[at + 1]! << 8) | (identities[at + 2]! << 16) | (identities[at + 3]! << 24);
    segments[index] = identities[at + 4]!;
  }
  return { prints, segments };
}

/** Those of the fingerprints that are suspected. */
export function pick({ prints, segments }: Fingerprints, suspects: readonly Suspect[]): Fingerprints {
  return {
    prints: Uint32Array.from(suspects, ({ index }) => prints[index]!),
    segments: Uint8Array.from(suspects, ({ index }) => segments[index]!),
  };
}
