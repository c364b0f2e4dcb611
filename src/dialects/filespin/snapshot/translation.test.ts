import { describe, expect, test } from "vitest";
import type { Principal } from "../../../model/token.ts";
import type { UsageResult, UsageResultRow } from "../../../model/usage-result.ts";
import { readSnapshotRequest, type SnapshotRequest, type SnapshotType } from "./parameters.ts";
import { printSnapshot } from "./print-snapshot.ts";
import { fromUsageResult, toUsageQuery } from "./translation.ts";

/** 2026-03-02T12:00:00Z. */
const NOW_MS = 1_772_452_800_000;

const PRINCIPAL: Principal = {
  id: "t1",
  organization: 42,
  name: "ann",
  role: "admin",
  scopes: ["stats:read"],
  spaces: null,
  user: 7,
};

const read = (type: SnapshotType, text = "") => readSnapshotRequest(type, new URLSearchParams(text));
const translate = (type: SnapshotType, text = "") =>
  toUsageQuery(read(type, text), { principal: PRINCIPAL, nowMs: NOW_MS, rowsMax: 1000 });

describe("toUsageQuery", () => {
  test("both ends of the period are included", () => {
    expect(translate("api", "period=2")).toEqual({
      organization: 42,
      metrics: ["requests"],
      range: { startMs: NOW_MS - 7_200_000, endMs: NOW_MS + 1 },
      filter: { kind: ["api"] },
      groupBy: ["operation"],
      window: "none",
      timeZone: "UTC",
      whereDropped: "widen",
      order: { by: "group" },
      empty: "omit",
      rowsMax: 1000,
    });
  });

  test("storage counts all kinds and has no operations", () => {
    expect(translate("storage")).toMatchObject({ metrics: ["stored_bytes"], filter: {}, groupBy: [] });
    expect(translate("storage", "group_by=user").groupBy).toEqual(["user"]);
  });

  test("a user filters, group_by=user groups", () => {
    expect(translate("addons", "user_id=8")).toMatchObject({ filter: { kind: ["addon"], user: [8] } });
    expect(translate("transcodes", "group_by=user").groupBy).toEqual(["user", "operation"]);
  });
});

describe("fromUsageResult and printSnapshot", () => {
  const row = (group: UsageResultRow["group"], values: UsageResultRow["values"]): UsageResultRow => ({
    windowIndex: 0,
    group,
    rest: false,
    values,
  });
  const result = (...rows: readonly UsageResultRow[]): UsageResult => ({
    windows: [{ startMs: 0, fromMs: 0, untilMs: NOW_MS }],
    rows,
    completeUntilMs: NOW_MS,
  });
  /** The `data` of the answer as text; the members before it are those of the group 42 and of 24 hours. */
  const dataOf = (counted: UsageResult, request: SnapshotRequest): string => {
    const text = printSnapshot(fromUsageResult(counted, request, 42));
    const [, data] = /^\{"usergroup_id":42,"period":24,"data":(.*)\}$/.exec(text) ?? [];
    return data ?? `unexpected: ${text}`;
  };
  const calls = (operation: string, requests: bigint) => row({ operation }, { requests });

  test("operations that differ in their method only are added up under their path", () => {
    const counted = result(
      calls("/a", 1n),
      calls("GET /a", 2n),
      calls("POST /a", 4n),
      calls("", 8n),
      calls("GET ", 16n),
    );
    expect(dataOf(counted, read("api"))).toBe('{"*":{"/a":7,"unknown":24}}');
  });

  test("keys are in ascending order of their code points, not of their UTF-16 units", () => {
    const counted = result(calls("😀", 1n), calls("\uE000", 1n), calls("b", 1n), calls("B", 1n), calls("/b", 1n));
    expect(dataOf(counted, read("api"))).toBe('{"*":{"/b":1,"B":1,"b":1,"\uE000":1,"😀":1}}');
  });

  test("keys that are whole numbers stand among the others, in the order of their digits", () => {
    const counted = result(calls("a", 1n), calls("9", 2n), calls("10", 4n), calls("+", 8n), calls("0", 16n));
    expect(dataOf(counted, read("addons"))).toBe('{"*":{"+":8,"0":16,"10":4,"9":2,"a":1}}');
  });

  test("a key is quoted as JSON quotes it, and a figure has all its digits", () => {
    const counted = result(calls('a"\\\n', 2n ** 64n + 1n), calls("__proto__", -9_007_199_254_740_993n));
    expect(dataOf(counted, read("addons"))).toBe(
      String.raw`{"*":{"__proto__":-9007199254740993,"a\"\\\n":18446744073709551617}}`,
    );
  });

  test("one user is the key, also without a record", () => {
    expect(dataOf(result(), read("api", "user_id=99"))).toBe('{"99":{}}');
    expect(dataOf(result(), read("storage", "user_id=99"))).toBe('{"99":{"ASSET":0}}');
    expect(dataOf(result(), read("addons"))).toBe('{"*":{}}');
    expect(dataOf(result(), read("storage"))).toBe('{"*":{"ASSET":0}}');
  });

  test("group_by=user: one key per user, `unknown` for events without one, nothing for no event", () => {
    const counted = result(
      row({ user: 7, operation: "STORYBOARD" }, { requests: 1n }),
      row({ user: 8, operation: "STORYBOARD" }, { requests: 2n }),
      row({ user: null, operation: "" }, { requests: 4n }),
    );
    expect(dataOf(counted, read("addons", "group_by=user"))).toBe(
      '{"7":{"STORYBOARD":1},"8":{"STORYBOARD":2},"unknown":{"unknown":4}}',
    );
    expect(dataOf(result(), read("storage", "group_by=user"))).toBe("{}");
  });

  test("a user's stored bytes may be negative", () => {
    const counted = result(row({ user: 7 }, { stored_bytes: -700n }), row({ user: 8 }, { stored_bytes: 500n }));
    expect(dataOf(counted, read("storage", "group_by=user"))).toBe('{"7":{"ASSET":-700},"8":{"ASSET":500}}');
  });
});
