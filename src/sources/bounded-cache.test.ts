/** The memory of answers: bounded in number and age. */
import { describe, expect, test } from "vitest";
import { buildFixedClock } from "../platform/clock.ts";
import { buildBoundedCache } from "./bounded-cache.ts";

function build(entriesMax = 100) {
  const clock = buildFixedClock(1_000_000);
  return { clock, cache: buildBoundedCache<string, number>({ entriesMax, ageMsMax: 1_000, clock }) };
}

describe("buildBoundedCache", () => {
  test("an answer is remembered, an unknown key is undefined", () => {
    const { cache } = build();
    cache.set("a", 1);
    expect(cache.get("a")).toBe(1);
    expect(cache.get("b")).toBeUndefined();
  });

  test("an answer is forgotten after its age at the latest, however often it is asked for", () => {
    const { cache, clock } = build();
    cache.set("a", 1);
    for (let ms = 100; ms < 500; ms += 100) {
      clock.set(1_000_000 + ms);
      expect(cache.get("a")).toBe(1);
    }
    clock.set(1_001_000);
    cache.get("a");
    clock.set(1_002_000);
    expect(cache.get("a")).toBeUndefined();
  });

  test("a long pause forgets everything at once", () => {
    const { cache, clock } = build();
    cache.set("a", 1);
    clock.set(1_001_000);
    expect(cache.get("a")).toBeUndefined();
  });

  test("a clock that was set back does not make an answer immortal", () => {
    const { cache, clock } = build();
    cache.set("a", 1);
    clock.set(0);
    cache.get("a");
    clock.set(1_000);
    expect(cache.get("a")).toBeUndefined();
  });

  test("the newest half of the allowed entries is there, and never more than all of them", () => {
    const { cache } = build(10);
    for (let i = 0; i < 100; i++) cache.set(`key ${i}`, i);
    const there = Array.from({ length: 100 }, (_, i) => cache.get(`key ${i}`)).filter((value) => value !== undefined);
    expect(there.length).toBeLessThanOrEqual(10);
    expect(there.slice(-5)).toEqual([95, 96, 97, 98, 99]);
  });
});
