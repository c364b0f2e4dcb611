/**
 * What the query string of /usage/v1/query means, and how it is refused.
 */
import { describe, expect, test } from "vitest";
import { AppError } from "../../platform/errors.ts";
import { type NativeQueryRequest, readNativeQuery } from "./query-parameters.ts";

const at = (text: string): number => Date.parse(text);
const NOW_MS = at("2026-04-10T12:34:56.789Z");

const read = (query: string, accept?: string): NativeQueryRequest =>
  readNativeQuery(new URLSearchParams(query), accept, { nowMs: NOW_MS, rowsMax: 500 });

/** The range that a query string asks for, printed. */
function rangeOf(query: string): string[] {
  const { range } = read(query).query;
  return [range.startMs, range.endMs].map((timeMs) => new Date(timeMs).toISOString());
}

function refusal(query: string): string {
  try {
    read(query);
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "not refused";
}

describe("readNativeQuery", () => {
  test("an empty query string asks for the requests of the last 30 days in one window", () => {
    expect(read("")).toEqual({
      query: {
        metrics: ["requests"],
        range: { startMs: at("2026-03-11T12:34:56.789Z"), endMs: NOW_MS },
        filter: {},
        groupBy: [],
        window: "none",
        timeZone: "UTC",
        order: { by: "group" },
        empty: "zero",
        rowsMax: 500,
      },
      limit: null,
      format: "json",
    });
  });

  test("every parameter arrives where it belongs", () => {
    const text =
      "metric=traffic,objects&start=2026-03-01&end=2026-04-01T08:30:00Z&window=day&time_zone=Europe/Berlin&group_by=space" +
      "&top=3&top_by=objects&order=traffic:asc&empty=omit&limit=20&format=csv";
    expect(read(text)).toEqual({
      query: {
        metrics: ["traffic", "objects"],
        range: { startMs: at("2026-02-28T23:00Z"), endMs: at("2026-04-01T08:30Z") },
        filter: {},
        groupBy: ["space"],
        window: "day",
        timeZone: "Europe/Berlin",
        top: { groups: 3, metric: "objects" },
        order: { by: "traffic", direction: "asc" },
        empty: "omit",
        rowsMax: 500,
      },
      limit: 20,
      format: "csv",
    });
  });

  test("filters are lists in which none stands for usage without such a thing", () => {
    const text = "space=1,2&user=none&bucket=a,none&asset=7&asset=8&kind=api,upload&operation=GET,none";
    expect(read(text).query.filter).toEqual({
      space: [1, 2],
      user: [null],
      bucket: ["a", null],
      asset: [7, 8],
      kind: ["api", "upload"],
      operation: ["GET", ""],
    });
  });

  test("a day is its midnight in the time zone, a time says its own zone", () => {
    expect(rangeOf("start=2026-03-29&end=2026-03-30&time_zone=Europe/Berlin")).toEqual([
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
    ]);
    expect(rangeOf("start=2026-03-29T00:00:00Z&end=2026-03-29T12:00:00%2B02:00&time_zone=Europe/Berlin")).toEqual([
      "2026-03-29T00:00:00.000Z",
      "2026-03-29T10:00:00.000Z",
    ]);
  });

  test("a plus sign that was not encoded is still an offset", () => {
    expect(rangeOf("start=2026-03-29T02:00:00+02:00&end=2026-03-30")[0]).toBe("2026-03-29T00:00:00.000Z");
  });

  test("without a start, a range that ends with a day begins with the midnight of the day 30 days before", () => {
    expect(rangeOf("end=2026-04-10&time_zone=Europe/Berlin")).toEqual([
      "2026-03-10T23:00:00.000Z",
      "2026-04-09T22:00:00.000Z",
    ]);
  });

  test("an order without a direction puts the largest first", () => {
    expect(read("order=requests").query.order).toEqual({ by: "requests", direction: "desc" });
  });

  test("the largest groups are those of the first metric unless top_by names another", () => {
    expect(read("metric=bytes_out,requests&group_by=space&top=5").query.top).toEqual({
      groups: 5,
      metric: "bytes_out",
    });
  });

  test("a client that accepts text/csv gets CSV unless it names a format", () => {
    expect(read("", "text/csv").format).toBe("csv");
    expect(read("format=json", "text/csv").format).toBe("json");
    expect(read("", "*/*").format).toBe("json");
  });

  test.each([
    ["spaces=5", /^query\/invalid: There is no parameter spaces\. Use some of metric, start/],
    ["metric=hits", /^query\/invalid: metric must be one of requests, .*"hits"/],
    ["metric=", /^query\/invalid: metric has an empty item/],
    ["space=", /^query\/invalid: space has an empty item/],
    ["space=1,,2", /^query\/invalid: space has an empty item/],
    ["space=abc", /^query\/invalid: space must be a whole number from 1, not "abc"/],
    ["space=0", /^query\/invalid: space must be/],
    ["asset=9007199254740992", /^query\/invalid: asset must be/],
    ["user=-1", /^query\/invalid: user must be/],
    ["kind=none", /^query\/invalid: kind must be one of api/],
    ["window=fortnight", /^query\/invalid: window must be one of none, minute/],
    ["window=day&window=hour", /^query\/invalid: window can be given only once/],
    ["start=2026-02-30", /^query\/invalid: start must be a day .*"2026-02-30"/],
    ["end=2026-03-01T10:00:00", /^query\/invalid: end must be a day .* with its zone/],
    ["time_zone=Mars", /^query\/unknown-time-zone: "Mars"/],
    ["order=requests:up", /^query\/invalid: order must be/],
    ["order=space", /^query\/invalid: order must be/],
    ["empty=null", /^query\/invalid: empty must be one of zero, omit/],
    ["top=0", /^query\/invalid: top must be a whole number/],
    ["limit=ten", /^query\/invalid: limit must be a whole number/],
    ["format=xml", /^query\/invalid: format must be one of json, csv/],
  ])("%s is refused with the parameter's name", (query, expected) => expect(refusal(query)).toMatch(expected));

  test("a refusal repeats at most 60 characters of what was sent", () => {
    expect(refusal(`window=${"x".repeat(5_000)}`).length).toBeLessThan(200);
  });
});
