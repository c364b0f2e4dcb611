/**
 * A generated year of usage: 1,000 spaces, 50,000 users, 1,000 buckets, a million assets by a Zipf distribution.
 * Deterministic: the same number of events gives the same year.
 */
import type { UsageRow } from "../src/model/usage-row.ts";

const DAY_MS = 86_400_000;

/** The first moment of the year. */
export const YEAR_START_MS = Date.UTC(2025, 10, 20);

/** The end of the year: no event is as late. */
export const YEAR_END_MS = YEAR_START_MS + 365 * DAY_MS;

/** Assets of the year. */
export const ASSETS = 1_000_000;

/** The space of an asset: each belongs to one. */
const spaceOf = (asset: number): number => 1 + (mix(asset, 4) % 1000);

/** Assets that most of the traffic is of, with their spaces: what a catalogue has to know to name them. */
export function listKnownAssets(): { readonly id: number; readonly space: number }[] {
  return Array.from({ length: 100_000 }, (_, index) => ({ id: 1 + index, space: spaceOf(1 + index) }));
}

const KINDS = ["api", "delivery", "delivery", "delivery", "upload"] as const;

/** Event number `index` of `events`, which are spread evenly over the year; everything else comes from its number. */
export function buildYearRow(index: number, events: number): UsageRow {
  const kind = KINDS[mix(index, 1) % KINDS.length] as UsageRow["kind"];
  // 1/u has the tail of a Zipf distribution: each of the first 1, 10, 100 … assets together gets as much as the next.
  const uniform = (mix(index, 2) + 1) / 2 ** 32;
  const asset = kind === "api" ? null : Math.min(ASSETS, Math.floor(ASSETS ** uniform));
  return {
    identity: buildIdentity(index),
    source: "bench",
    timeMs: YEAR_START_MS + Math.floor((index / events) * 365 * DAY_MS),
    organization: 1,
    kind,
    space: asset === null ? 1 + (mix(index, 3) % 1000) : spaceOf(asset),
    user: 1 + (mix(index, 5) % 50_000),
    bucket: `bucket-${1 + (mix(index, 6) % 1000)}`,
    asset,
    operation: kind === "api" ? `op-${mix(index, 7) % 20}` : "GET",
    count: 1,
    bytesIn: kind === "upload" ? 100_000 : 0,
    bytesOut: kind === "upload" ? 0 : mix(index, 8) % 1_000_000,
    sizeDelta: kind === "upload" ? 100_000 : 0,
    objectsDelta: kind === "upload" ? 1 : 0,
  };
}

/** Sixteen bytes that look random: what SHA-256 gives real events, in a tenth of the time. */
function buildIdentity(index: number): Uint8Array {
  const words = new Uint32Array(3);
  for (let word = 0; word < 3; word++) words[word] = mix(index, 100 + word);
  return new Uint8Array(words.buffer);
}

/** 32 bits of a number and a salt, mixed until neighbours have nothing in common (the finaliser of MurmurHash3). */
function mix(number: number, salt: number): number {
  let bits = (number ^ Math.imul(salt, 0x9e3779b1)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
