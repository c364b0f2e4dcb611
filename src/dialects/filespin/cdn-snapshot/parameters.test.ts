import { describe, expect, test } from "vitest";
import { readCdnSnapshotRequest } from "./parameters.ts";

const read = (text: string) => readCdnSnapshotRequest(new URLSearchParams(text));

describe("readCdnSnapshotRequest", () => {
  test("without parameters: bytes of the last 24 hours of the whole group", () => {
    expect(read("")).toEqual({ subtype: "traffic", periodHours: 24, user: null });
  });

  test.each([
    ["type=request", "request"],
    ["stat_subtype=request", "request"],
    ["type=traffic&stat_subtype=request", "traffic"],
    ["type=undefined&stat_subtype=request", "request"],
    ["type=traffic&stat_subtype=bytes", "traffic"],
  ])("%s reads %s", (text, subtype) => {
    expect(read(text).subtype).toBe(subtype);
  });

  test("group_by means nothing here", () => {
    expect(read("group_by=day&group_by=month")).toEqual(read(""));
  });

  test.each([
    ["type=bytes", "type must be traffic or request"],
    ["stat_subtype=bytes", "type must be traffic or request"],
    ["type=traffic&type=traffic", "Parameter type must not be repeated"],
    ["period=0&type=x", "period must be an integer from 1 to 8736"],
    ["user_id=x&type=x", "user_id must be a positive integer"],
  ])("%s is refused with %j", (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "request/invalid", message }));
  });
});
