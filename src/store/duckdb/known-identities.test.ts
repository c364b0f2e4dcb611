import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildIdentityIndex, type Fingerprints } from "./known-identities.ts";

const DAY_MS = 86_400_000;

/** The indexes of the suspects. */
function indexes(suspects: readonly { readonly index: number }[]): number[] {
  return suspects.map(({ index }) => index);
}

/** Identities by number, spread over all fingerprints and segments as the first bytes of a hash are. */
function identities(numbers: readonly number[]): Fingerprints {
  return {
    prints: Uint32Array.from(numbers, (n) => Math.imul(n, 0x9e3779b1)),
    segments: Uint8Array.from(numbers, (n) => Math.imul(n, 0x85ebca6b) >>> 24),
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe("buildIdentityIndex", () => {
  it("suspects none of a thousand new identities and all of them the second time", () => {
    const index = buildIdentityIndex(DAY_MS);
    expect(index.add(identities(range(0, 1000)), 0)).toEqual([]);
    expect(indexes(index.add(identities(range(0, 1000)), 0))).toEqual(range(0, 1000));
  });

  it("suspects the second of two equal identities of one list, and says which it is", () => {
    expect(indexes(buildIdentityIndex(DAY_MS).add(identities([7, 8, 7, 9, 8]), 0))).toEqual([2, 4]);
  });

  it("keeps identities whose first 32 bits are 0, all ones or equal to others apart by their segment", () => {
    const index = buildIdentityIndex(DAY_MS);
    const odd = { prints: Uint32Array.of(0, 0xffffffff, 0), segments: Uint8Array.of(0, 255, 1) };
    expect(index.add(odd, 0)).toEqual([]);
    expect(indexes(index.add(odd, 0))).toEqual([0, 1, 2]);
  });

  it("misses none of 300,000 identities after all the growing that they need, at most 9.5 bytes each", () => {
    const index = buildIdentityIndex(DAY_MS);
    for (let from = 0; from < 300_000; from += 10_000) index.add(identities(range(from, from + 10_000)), from);
    expect(index.add(identities(range(0, 300_000)), 0)).toHaveLength(300_000);
    expect(index.bytes()).toBeLessThan(300_000 * 9.5);
  });

  it("needs no more than 7 bytes for each of the identities that room was made for", () => {
    const index = buildIdentityIndex(DAY_MS);
    index.reserve(1_000_000);
    const reserved = index.bytes();
    for (let from = 0; from < 1_000_000; from += 50_000) index.add(identities(range(from, from + 50_000)), 0);
    expect(reserved).toBeLessThan(7 * 1_000_000);
    expect(index.bytes()).toBeLessThan(7.2 * 1_000_000);
  });

  it("keeps equal fingerprints in a crowded segment and the order in which they came does not matter", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 600 }), (numbers) => {
        const index = buildIdentityIndex(DAY_MS);
        // Neighbours at the very end of the last slots: every one displaces another into the tail.
        const crowd = {
          prints: Uint32Array.from(numbers, (n) => 0xffffffff - n),
          segments: new Uint8Array(numbers.length),
        };
        const seen = new Set<number>();
        const repeated = numbers.flatMap((n, at) => {
          const isKnown = seen.has(n);
          seen.add(n);
          return isKnown ? [at] : [];
        });
        expect(indexes(index.add(crowd, 0))).toEqual(repeated);
        expect(index.add(crowd, 0)).toHaveLength(numbers.length);
      }),
    );
  });

  it("forgets a period when it is over, a part at each call, and keeps the days after it", () => {
    const index = buildIdentityIndex(DAY_MS);
    index.add(identities(range(0, 1000)), 0);
    index.add(identities(range(1000, 2000)), DAY_MS);
    index.dropBefore(DAY_MS);
    for (let call = 0; call < 256; call++) index.add(identities([]), DAY_MS);
    expect(index.add(identities(range(1000, 2000)), DAY_MS)).toHaveLength(1000);
    expect(index.add(identities(range(0, 1000)), DAY_MS)).toEqual([]);
  });

  it("says when a known identity arrived, also when it came again later", () => {
    const index = buildIdentityIndex(DAY_MS);
    index.add(identities([5]), DAY_MS + 1);
    const suspect = { index: 0, fromMs: DAY_MS, untilMs: 2 * DAY_MS };
    expect(index.add(identities([5]), 3 * DAY_MS)).toEqual([suspect]);
    expect(index.add(identities([5]), 9 * DAY_MS)).toEqual([suspect]);
  });

  it("keeps two identities that look alike when the first one is forgotten, and then knows no time of them", () => {
    const index = buildIdentityIndex(DAY_MS);
    index.add(identities([5]), 0);
    index.add(identities([5]), DAY_MS);
    index.share(identities([5]), DAY_MS);
    index.dropBefore(DAY_MS);
    for (let call = 0; call < 256; call++) index.add(identities([]), DAY_MS);
    const anyTime = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
    expect(index.add(identities([5]), DAY_MS)).toEqual([{ index: 0, ...anyTime }]);
  });

  it("knows a new identity whose look-alike is let go of while it is looked up", () => {
    const index = buildIdentityIndex(DAY_MS);
    index.add(identities([5]), 0);
    expect(index.add(identities([5]), DAY_MS)).toHaveLength(1);
    index.dropBefore(DAY_MS);
    for (let call = 0; call < 256; call++) index.add(identities([]), DAY_MS);
    index.share(identities([5]), DAY_MS);
    expect(index.add(identities([5]), DAY_MS)).toEqual([{ index: 0, fromMs: DAY_MS, untilMs: 2 * DAY_MS }]);
  });

  it("says the time of two identities that look alike and arrived in one period", () => {
    const index = buildIdentityIndex(DAY_MS);
    index.add(identities([5]), 0);
    index.add(identities([5]), 1);
    index.share(identities([5]), 1);
    expect(index.add(identities([5]), DAY_MS)).toEqual([{ index: 0, fromMs: 0, untilMs: DAY_MS }]);
  });

  it("forgets nothing of a thousand periods that a clock jumps through, but those that are over", () => {
    const index = buildIdentityIndex(DAY_MS);
    for (let day = 0; day < 1000; day++) index.add(identities([day]), ((day * 367) % 1000) * DAY_MS);
    index.dropBefore(0);
    expect(index.add(identities(range(0, 1000)), 0)).toHaveLength(1000);
  });
});
