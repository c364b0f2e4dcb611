/**
 * Completeness: a number that may still grow is never called complete.
 */
import { describe, expect, test } from "vitest";
import type { Source, SourceCounts } from "../model/source.ts";
import { DEFAULT_SETTINGS } from "../model/source-settings.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { buildCompleteness, queryCompleteUntilMs, queryEstimate, readCompleteness } from "./completeness.ts";

const NOW_MS = 1_000_000;

/** A log without a space, late by at most 100 ms, unless said otherwise. */
function source(name: string, fields: Partial<Source> = {}): Source {
  return {
    organization: 1,
    name,
    format: "combined",
    space: null,
    latenessBoundMs: 100,
    tracksWatermark: true,
    registersUnknown: true,
    createdAtMs: 0,
    settings: DEFAULT_SETTINGS,
    ...fields,
  };
}

function counts(name: string, watermarkMs: number | null): SourceCounts {
  const none = {
    received: 0,
    accepted: 0,
    late: 0,
    duplicates: 0,
    rejected: {},
    firstEventMs: null,
    lastEventMs: null,
  };
  return { source: name, ...none, watermarkMs };
}

describe("isEstimated", () => {
  const sampled = source("cdn", { space: 5, settings: { ...DEFAULT_SETTINGS, sampleRate: 0.1 } });
  const sent = (name: string) => ({ ...counts(name, null), accepted: 1, firstEventMs: 500 });

  test("is true for spaces that a sampled source feeds, once it sent something from before the end of the range", () => {
    const { isEstimated } = buildCompleteness(
      [sampled, source("own", { space: 6 })],
      [sent("cdn"), sent("own")],
      NOW_MS,
    );
    expect([isEstimated(null, 501), isEstimated(5, 501)]).toEqual([true, true]);
    expect([isEstimated(6, 501), isEstimated(5, 500), isEstimated(null, 500)]).toEqual([false, false, false]);
    expect(buildCompleteness([sampled], [counts("cdn", null)], NOW_MS).isEstimated(null, NOW_MS)).toBe(false);
  });

  test("of a query is that of any space that it filters by, and absent where no source is sampled", () => {
    const completeness = buildCompleteness([sampled], [sent("cdn")], NOW_MS);
    const range = { startMs: 0, endMs: NOW_MS };
    expect(queryEstimate(completeness, { filter: { space: [6, 5] }, range })).toEqual({ isEstimated: true });
    expect(queryEstimate(completeness, { filter: { space: [6] }, range })).toEqual({});
    expect(queryEstimate(completeness, { filter: {}, range })).toEqual({ isEstimated: true });
  });
});

describe("buildCompleteness", () => {
  test("without a source everything is complete until now", () => {
    expect(buildCompleteness([], [], NOW_MS).untilMs(null)).toBe(NOW_MS);
  });

  test("a log is complete up to its watermark", () => {
    expect(buildCompleteness([source("cdn")], [counts("cdn", 400_000)], NOW_MS).untilMs(null)).toBe(400_000);
  });

  test("a log is never complete nearer to now than its lateness bound, whatever its watermark says", () => {
    expect(buildCompleteness([source("cdn")], [counts("cdn", NOW_MS + 5)], NOW_MS).untilMs(null)).toBe(999_900);
  });

  test("a log that has delivered nothing is complete up to no time at all", () => {
    expect(buildCompleteness([source("cdn")], [], NOW_MS).untilMs(null)).toBe(0);
    expect(buildCompleteness([source("cdn")], [counts("cdn", null)], NOW_MS).untilMs(null)).toBe(0);
  });

  test("a source without a watermark is complete up to now minus its bound", () => {
    const events = source("events", { format: "cloudevents", tracksWatermark: false, latenessBoundMs: 300 });
    expect(buildCompleteness([events], [], NOW_MS).untilMs(null)).toBe(999_700);
  });

  test("the latest source decides", () => {
    const sources = [source("a"), source("b"), source("c")];
    const known = [counts("a", 700_000), counts("b", 500_000), counts("c", 600_000)];
    expect(buildCompleteness(sources, known, NOW_MS).untilMs(null)).toBe(500_000);
  });

  test("the log of another space does not hold a space back", () => {
    const sources = [source("five", { space: 5 }), source("six", { space: 6 })];
    const completeness = buildCompleteness(sources, [counts("five", 500_000), counts("six", 600_000)], NOW_MS);
    expect(completeness.untilMs(6)).toBe(600_000);
    expect(completeness.untilMs(7)).toBe(NOW_MS);
    expect(completeness.untilMs(null)).toBe(500_000);
  });

  test("a source without a space holds every space back", () => {
    expect(buildCompleteness([source("all")], [counts("all", 500_000)], NOW_MS).untilMs(6)).toBe(500_000);
  });

  test("events may name other spaces than their source's, so they hold every space back", () => {
    const events = source("events", { format: "cloudevents", space: 5, tracksWatermark: false, latenessBoundMs: 300 });
    expect(buildCompleteness([events], [], NOW_MS).untilMs(6)).toBe(999_700);
  });
});

describe("queryCompleteUntilMs", () => {
  const completeness = buildCompleteness(
    [source("five", { space: 5 }), source("six", { space: 6 })],
    [counts("five", 500_000), counts("six", 600_000)],
    NOW_MS,
  );

  test("a query for some spaces is as complete as the latest of them", () => {
    expect(queryCompleteUntilMs(completeness, { space: [6] }, NOW_MS)).toBe(600_000);
    expect(queryCompleteUntilMs(completeness, { space: [6, 5] }, NOW_MS)).toBe(500_000);
  });

  test("a query for all spaces, or for usage without one, waits for every source", () => {
    expect(queryCompleteUntilMs(completeness, {}, NOW_MS)).toBe(500_000);
    expect(queryCompleteUntilMs(completeness, { space: [6, null] }, NOW_MS)).toBe(500_000);
  });

  test("a query for no space at all is complete until now", () => {
    expect(queryCompleteUntilMs(completeness, { space: [] }, NOW_MS)).toBe(NOW_MS);
  });
});

describe("readCompleteness", () => {
  test("the sources and counts of the asked organization are used", async () => {
    const completeness = await readCompleteness(
      {
        store: { readSourceCounts: async (organization) => (organization === 7 ? [counts("cdn", 400_000)] : []) },
        listSources: async (organization) => (organization === 7 ? [source("cdn")] : []),
        clock: buildFixedClock(NOW_MS),
      },
      7,
    );
    expect(completeness.untilMs(null)).toBe(400_000);
  });
});
