/**
 * Identities -> the parts of them that the index in memory holds: the first 32 bits, and the 8 behind them.
 */
import type { Fingerprints, Suspect } from "./known-identities.ts";

/** The fingerprints of identities, or of their first columns, that lie one behind the other, `stride` bytes each. */
export function readFingerprints(identities: Uint8Array, stride: number): Fingerprints {
  const count = identities.length / stride;
  const [prints, segments] = [new Uint32Array(count), new Uint8Array(count)];
  for (let index = 0, at = 0; index < count; index++, at += stride) {
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
