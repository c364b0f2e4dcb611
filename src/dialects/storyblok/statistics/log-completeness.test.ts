import { describe, expect, test } from "vitest";
import type { Source, SourceCounts } from "../../../model/source.ts";
import { DEFAULT_SETTINGS } from "../../../model/source-settings.ts";
import { buildLogCompleteness } from "./log-completeness.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00Z");
const HOUR_MS = 3_600_000;

const LOG: Source = {
  organization: 1,
  name: "cdn",
  format: "combined",
  space: 101,
  latenessBoundMs: HOUR_MS,
  tracksWatermark: true,
  registersUnknown: true,
  createdAtMs: 0,
  settings: DEFAULT_SETTINGS,
};

const countsOf = (source: string, watermarkMs: number | null): SourceCounts => ({
  source,
  received: 0,
  accepted: 0,
  late: 0,
  duplicates: 0,
  rejected: {},
  firstEventMs: null,
  lastEventMs: null,
  watermarkMs,
});

describe("buildLogCompleteness", () => {
  test("a log that is behind its bound is known up to its watermark, for its own space only", () => {
    const watermarkMs = NOW_MS - HOUR_MS - 1;
    const untilMs = buildLogCompleteness([LOG], [countsOf("cdn", watermarkMs)], NOW_MS);
    expect(untilMs(101)).toBe(watermarkMs);
    expect(untilMs(102)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a log that is exactly at its bound is not late", () => {
    const untilMs = buildLogCompleteness([LOG], [countsOf("cdn", NOW_MS - HOUR_MS)], NOW_MS);
    expect(untilMs(101)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a log that has delivered nothing is known up to no time", () => {
    expect(buildLogCompleteness([LOG], [], NOW_MS)(101)).toBe(Number.NEGATIVE_INFINITY);
    expect(buildLogCompleteness([LOG], [countsOf("cdn", null)], NOW_MS)(101)).toBe(Number.NEGATIVE_INFINITY);
  });

  test("a source that tracks no watermark is never waited for", () => {
    const events: Source = { ...LOG, tracksWatermark: false };
    expect(buildLogCompleteness([events], [countsOf("cdn", 0)], NOW_MS)(101)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a log without a space holds up every space, and the log furthest behind decides", () => {
    const other: Source = { ...LOG, name: "origin", space: null };
    const counts = [countsOf("cdn", 2_000), countsOf("origin", 1_000)];
    const untilMs = buildLogCompleteness([LOG, other], counts, NOW_MS);
    expect(untilMs(101)).toBe(1_000);
    expect(untilMs(102)).toBe(1_000);
  });

  test("a log whose rules choose the space holds up every space, also when its source has one", () => {
    const settings = { ...DEFAULT_SETTINGS, rules: [{ match: { path: "/f/{space}/**" }, set: { space: "{space}" } }] };
    const untilMs = buildLogCompleteness([{ ...LOG, settings }], [countsOf("cdn", 1_000)], NOW_MS);
    expect(untilMs(102)).toBe(1_000);
  });
});
