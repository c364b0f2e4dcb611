import { describe, expect, test } from "vitest";
import { readSnapshotRequest } from "./parameters.ts";

const read = (text: string) => readSnapshotRequest("api", new URLSearchParams(text));

describe("readSnapshotRequest", () => {
  test("without parameters: the last 24 hours of the whole group", () => {
    expect(read("")).toEqual({ type: "api", periodHours: 24, user: null, groupsByUser: false });
  });

  test("group_by=user gives one key per user, except where one user is asked for", () => {
    expect(read("group_by=user").groupsByUser).toBe(true);
    expect(read("group_by=user&user_id=*").groupsByUser).toBe(true);
    expect(read("group_by=user&user_id=8")).toMatchObject({ user: "8", groupsByUser: false });
  });

  test("the cdn's parameters mean nothing here", () => {
    expect(read("type=x&type=y&stat_subtype=z")).toEqual(read(""));
  });

  test.each([
    ["period=1&period=1", "Parameter period must not be repeated"],
    ["period=0&user_id=x", "period must be an integer from 1 to 8736"],
    ["user_id=abc&group_by=x", "user_id must be a positive integer"],
    ["group_by=day", "group_by must be user"],
  ])("%s is refused with %j", (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "request/invalid", message }));
  });
});
