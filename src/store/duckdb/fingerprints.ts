/**
 * Identities -> the parts of them that the index in memory holds: the first 32 bits, and the 8 behind them.
 */
import type { UsageRow } from "../../model/usage-row.ts";
import { LOW_BYTES } from "./identity-columns.ts";
import type { Fingerprints, Suspect } from "./known-identities.ts";

/** The fingerprints of identities whose first columns lie one behind the other, LOW_BYTES bytes each. */
export function readFingerprints(identities: Uint8Array): Fingerprints {
  const count = identities.length / LOW_BYTES;
  const view = new DataView(identities.buffer, identities.byteOffset, identities.byteLength);
  const [prints, segments] = [new Uint32Array(count), new Uint8Array(count)];
  for (let index = 0; index < count; index++) {
    const start = index * LOW_BYTES;
    prints[index] = view.getUint32(start, true);
    segments[index] = identities[start + 4]!;
  }
  return { prints, segments };
}

/** The fingerprints of rows, in their order. */
export function fingerprintsOf(rows: readonly UsageRow[]): Fingerprints {
  const [prints, segments] = [new Uint32Array(rows.length), new Uint8Array(rows.length)];
  for (let index = 0; index < rows.length; index++) {
    const { identity } = rows[index] as UsageRow;
    prints[index] = identity[0]! | (identity[1]! << 8) | (identity[2]! << 16) | (identity[3]! << 24);
    segments[index] = identity[4]!;
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
