import { describe, expect, test } from "vitest";
import type { StatType } from "../stat-type.ts";
import { readTimeSeriesRequest } from "./parameters.ts";

/** 2026-03-02T12:00:00Z; its UNIX second is 1772452800, 364 days before it 1741003200. */
const NOW_MS = 1_772_452_800_000;

const read = (text: string, type: StatType = "api", nowMs = NOW_MS) =>
  readTimeSeriesRequest(type, new URLSearchParams(text), nowMs);

describe("readTimeSeriesRequest", () => {
  test("without parameters the range is the last 24 hours, for the whole group and every operation", () => {
    expect(read("")).toEqual({
      type: "api",
      subtype: null,
      startS: 1_772_366_400,
      endS: 1_772_452_800,
      startText: "1772366400",
      endText: "1772452800",
      user: null,
      fillsWithZero: false,
      granularity: null,
    });
  });

  test("values that count as not sent leave the defaults", () => {
    const text = "stat_type=null&stat_subtype=&start_time=undefined&end_time=&user_id=undefined&fill=null";
    expect(read(text)).toEqual(read(""));
  });

  test("a moment inside a second counts as that second", () => {
    expect(read("", "api", NOW_MS + 999)).toEqual(read(""));
  });

  test("the range is repeated as it was sent", () => {
    expect(read("start_time=001772440200&end_time=1772451000")).toMatchObject({
      startS: 1_772_440_200,
      startText: "001772440200",
      endText: "1772451000",
    });
  });

  test("a template reads the same encoded and as it is", () => {
    expect(read("stat_subtype=%2Fapi%2Fv1%2Fassets%2F%7BASSET_ID%7D%2Fdata").subtype).toBe(
      "/api/v1/assets/{ASSET_ID}/data",
    );
    expect(read("stat_subtype=/api/v1/assets/{ASSET_ID}/data").subtype).toBe("/api/v1/assets/{ASSET_ID}/data");
  });

  test("only an end: the start is one day before it", () => {
    expect(read("end_time=1772451000")).toMatchObject({ startS: 1_772_364_600, startText: "1772364600" });
  });

  test("only an end near the look-back: the start is raised to 364 days ago", () => {
    expect(read("end_time=1741006800").startText).toBe("1741003200");
  });

  test("only an end inside the tolerance beyond the look-back: the start is the end, never after it", () => {
    expect(read("end_time=1741003150")).toMatchObject({ startS: 1_741_003_150, endS: 1_741_003_150 });
  });

  test("only a start: the end is now", () => {
    expect(read("start_time=1772440200")).toMatchObject({ endS: 1_772_452_800, endText: "1772452800" });
  });

  test("a range of one second is a range", () => {
    expect(read("start_time=1772440200&end_time=1772440200").endS).toBe(1_772_440_200);
  });

  test("a minute ahead of the clock, and a minute beyond 364 days, are inside the tolerance", () => {
    expect(read("end_time=1772452860").endS).toBe(1_772_452_860);
    expect(read("start_time=1741003140").startS).toBe(1_741_003_140);
  });

  test("user_id=* is the whole group, an id is kept as sent", () => {
    expect(read("user_id=*").user).toBeNull();
    expect(read("user_id=9999999999999999").user).toBe("9999999999999999");
  });

  test("unknown parameters are ignored, also repeated ones", () => {
    expect(read("period=abc&x=1&x=2")).toEqual(read(""));
  });

  test("512 characters are a subtype, counted as people count them", () => {
    expect(read(`stat_subtype=${"a".repeat(512)}`).subtype).toHaveLength(512);
    expect([...(read(`stat_subtype=${"😀".repeat(512)}`).subtype ?? "")]).toHaveLength(512);
  });

  const INTEGER = "must be an integer UNIX timestamp in seconds";
  test.each<[StatType, string, string]>([
    ["api", "fill=zero&fill=zero", "Parameter fill must not be repeated"],
    ["api", "start_time=&start_time=", "Parameter start_time must not be repeated"],
    ["api", "stat_type=cdn", "stat_type must be api on this path"],
    ["cdn", "stat_type=CDN", "stat_type must be cdn on this path"],
    ["storage", "stat_subtype=asset", "stat_subtype must be ASSET for storage"],
    ["cdn", "stat_subtype=requests", "stat_subtype must be traffic or request for cdn"],
    ["api", `stat_subtype=${"a".repeat(513)}`, "stat_subtype must be at most 512 characters"],
    ["api", "start_time=1.5", `start_time ${INTEGER}`],
    ["api", "start_time=-1", `start_time ${INTEGER}`],
    ["api", "start_time=1e9", `start_time ${INTEGER}`],
    ["api", "start_time=+12", `start_time ${INTEGER}`],
    ["api", "start_time=%2B12", `start_time ${INTEGER}`],
    ["api", "start_time=2026-03-02", `start_time ${INTEGER}`],
    ["api", "start_time=1772440200&end_time=x", `end_time ${INTEGER}`],
    ["api", `end_time=${"1".repeat(16)}`, `end_time ${INTEGER}`],
    ["api", "end_time=1772452861", "start_time and end_time must not be in the future"],
    ["api", "end_time=1772456400", "start_time and end_time must not be in the future"],
    ["api", "start_time=1772440200000", "start_time and end_time must not be in the future"],
    ["api", "start_time=1741003139", "start_time and end_time must be within the last 364 days"],
    ["api", "end_time=1741003139", "start_time and end_time must be within the last 364 days"],
    ["api", "start_time=1772451001&end_time=1772451000", "start_time must not be after end_time"],
    ["api", "user_id=abc", "user_id must be a positive integer"],
    ["api", "user_id=0", "user_id must be a positive integer"],
    ["api", "user_id=07", "user_id must be a positive integer"],
    ["api", `user_id=${"1".repeat(17)}`, "user_id must be a positive integer"],
    ["api", "fill=ZERO", "fill must be none or zero"],
    ["api", "granularity=minute", "granularity must be hour, day, week or month"],
    ["api", "granularity=day&granularity=day", "Parameter granularity must not be repeated"],
  ])("%s?%s is refused with %j", (type, text, message) => {
    expect(() => read(text, type)).toThrow(expect.objectContaining({ code: "request/invalid", message }));
  });

  test("of several wrong parameters the first in the order of the checks is named", () => {
    const mistakes = [
      ["fill=1&fill=2", "Parameter fill must not be repeated"],
      ["stat_type=cdn", "stat_type must be storage on this path"],
      ["stat_subtype=x", "stat_subtype must be ASSET for storage"],
      ["start_time=x", `start_time ${INTEGER}`],
      ["end_time=1772456400", "start_time and end_time must not be in the future"],
    ] as const;
    const messages = mistakes.map((_, index) => {
      const text = mistakes.slice(index).map(([parameter]) => parameter);
      return catchMessage(() => read([...text, "user_id=x"].join("&"), "storage"));
    });
    expect(messages).toEqual(mistakes.map(([, message]) => message));
    expect(catchMessage(() => read("end_time=0&start_time=1&fill=x"))).toMatch("within the last 364 days");
    expect(catchMessage(() => read("start_time=1772440200&end_time=1772440100&user_id=x"))).toMatch("not be after");
    expect(catchMessage(() => read("user_id=x&fill=x"))).toBe("user_id must be a positive integer");
  });
});

function catchMessage(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was refused";
}
