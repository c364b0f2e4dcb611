import { describe, expect, it } from "vitest";
import { buildDedupeHorizon } from "./dedupe-horizon.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20);

/** A horizon of 35 days in a store that was opened now, and the time that has passed since. */
function open(notedMs: number | null) {
  let passedMs = 0;
  const horizon = buildDedupeHorizon({
    notedMs,
    nowMs: NOW_MS,
    horizonMs: 35 * DAY_MS,
    elapsedMs: () => 1000 + passedMs,
  });
  return { horizon, pass: (ms: number) => (passedMs += ms) };
}

describe("buildDedupeHorizon", () => {
  it("lies the horizon before the arrival while clock and time agree", () => {
    const { horizon, pass } = open(NOW_MS);
    pass(3 * DAY_MS);
    expect(horizon.rememberedFromMs(NOW_MS + 3 * DAY_MS)).toBe(NOW_MS - 32 * DAY_MS);
  });

  it("does not jump with a clock that is set on a year", () => {
    const { horizon, pass } = open(NOW_MS);
    pass(1000);
    expect(horizon.rememberedFromMs(NOW_MS + 365 * DAY_MS)).toBe(NOW_MS + 1000 - 35 * DAY_MS);
    expect(horizon.aheadMs(NOW_MS + 365 * DAY_MS)).toBe(365 * DAY_MS - 1000);
    expect([horizon.aheadMs(NOW_MS + 1000), horizon.aheadMs(NOW_MS - DAY_MS)]).toEqual([0, 0]);
  });

  it("saves up no jump of a clock that was right for 200 days, whether it was looked at every day or not at all", () => {
    for (const looks of [200, 1]) {
      const { horizon, pass } = open(NOW_MS);
      for (let look = 1; look < looks; look++) {
        pass(DAY_MS);
        horizon.rememberedFromMs(NOW_MS + look * DAY_MS);
      }
      pass((200 - looks + 1) * DAY_MS);
      // Set on by 190 days, and looked at two times within a minute.
      expect(horizon.aheadMs(NOW_MS + 390 * DAY_MS)).toBe(190 * DAY_MS);
      pass(60_000);
      expect(horizon.rememberedFromMs(NOW_MS + 390 * DAY_MS + 60_000)).toBe(NOW_MS + 165 * DAY_MS + 120_000);
      horizon.settle(NOW_MS);
      expect(horizon.toNote()).toBe(NOW_MS + 200 * DAY_MS + 120_000);
    }
  });

  it("moves back with a clock that is set back: more is remembered, never less", () => {
    expect(open(NOW_MS).horizon.rememberedFromMs(NOW_MS - DAY_MS)).toBe(NOW_MS - 36 * DAY_MS);
  });

  it("lets nothing arrive before the time that is believed: a clock set back and right again forgets nothing of it", () => {
    const { horizon, pass } = open(NOW_MS);
    expect(horizon.arrive(NOW_MS - 100 * DAY_MS)).toEqual({
      arrivedMs: NOW_MS,
      rememberedFromMs: NOW_MS - 135 * DAY_MS,
    });
    pass(60_000.25);
    expect(horizon.arrive(NOW_MS + 60_000)).toEqual({
      arrivedMs: NOW_MS + 60_000,
      rememberedFromMs: NOW_MS + 60_000 - 35 * DAY_MS,
    });
    // A clock that is ahead is not believed, and facts arrive when it says: they are remembered longer.
    pass(0.5);
    expect(horizon.arrive(NOW_MS + 50 * DAY_MS)).toEqual({
      arrivedMs: NOW_MS + 50 * DAY_MS,
      rememberedFromMs: NOW_MS + 60_000.5 - 35 * DAY_MS,
    });
    expect(horizon.arrive(NOW_MS).arrivedMs).toBe(NOW_MS + 60_000);
  });

  it("is right with the clock at the first commit of a new store, and from then on no faster than time passes", () => {
    const { horizon } = open(null);
    const setOnMs = NOW_MS + 9_000 * DAY_MS;
    // Until then nothing is stored; retention would note what it drops for good.
    expect(horizon.aheadMs(setOnMs)).toBe(9_000 * DAY_MS);
    expect(horizon.arrive(setOnMs)).toEqual({ arrivedMs: setOnMs, rememberedFromMs: setOnMs - 35 * DAY_MS });
    expect(horizon.toNote()).toBe(setOnMs);
    horizon.settle(setOnMs);
    expect(horizon.arrive(setOnMs + DAY_MS).rememberedFromMs).toBe(setOnMs - 35 * DAY_MS);
  });

  it("catches up at twice the speed of time after the store was closed", () => {
    const { horizon, pass } = open(NOW_MS - 30 * DAY_MS);
    expect(horizon.rememberedFromMs(NOW_MS)).toBe(NOW_MS - 65 * DAY_MS);
    pass(30 * DAY_MS);
    expect(horizon.rememberedFromMs(NOW_MS + 30 * DAY_MS)).toBe(NOW_MS - 5 * DAY_MS);
  });

  it("is noted at once in a new store, then once a minute", () => {
    const { horizon, pass } = open(null);
    horizon.rememberedFromMs(NOW_MS);
    expect(horizon.toNote()).toBe(NOW_MS);
    horizon.settle(NOW_MS);
    expect(horizon.toNote()).toBeNull();
    pass(60_000);
    horizon.rememberedFromMs(NOW_MS + 60_000);
    expect(horizon.toNote()).toBe(NOW_MS + 60_000);
  });

  it("believes every clock where no other time is known", () => {
    const horizon = buildDedupeHorizon({ notedMs: null, nowMs: 0, horizonMs: 10, elapsedMs: undefined });
    expect([horizon.rememberedFromMs(1_000_000), horizon.toNote()]).toEqual([999_990, null]);
    expect(horizon.arrive(5)).toEqual({ arrivedMs: 5, rememberedFromMs: -5 });
  });
});
