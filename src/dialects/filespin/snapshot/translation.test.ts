import { describe, expect, test } from "vitest";
import type { Principal } from "../../../model/token.ts";
import type { UsageResult, UsageResultRow } from "../../../model/usage-result.ts";
import { readSnapshotRequest, type SnapshotType } from "./parameters.ts";
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

describe("fromUsageResult", () => {
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
  const calls = (operation: string, requests: bigint) => row({ operation }, { requests });

  test("operations that differ in their method only are added up under their path", () => {
    const counted = result(
      calls("/a", 1n),
      calls("GET /a", 2n),
      calls("POST /a", 4n),
      calls("", 8n),
      calls("GET ", 16n),
    );
    expect(fromUsageResult(counted, read("api"), 42)).toEqual({
      usergroup_id: 42,
      period: 24,
      data: { "*": { "/a": 7n, unknown: 24n } },
    });
  });

  test("keys are in ascending order of their code points, not of their UTF-16 units", () => {
    const counted = result(calls("😀", 1n), calls("\uE000", 1n), calls("b", 1n), calls("B", 1n), calls("/b", 1n));
    const { data } = fromUsageResult(counted, read("api"), 42);
    expect(Object.keys(data["*"] ?? {})).toEqual(["/b", "B", "b", "\uE000", "😀"]);
  });

  test("an operation with the name of JavaScript's prototype is a key like any other", () => {
    const { data } = fromUsageResult(result(calls("__proto__", 3n)), read("addons"), 42);
    expect(JSON.stringify(Object.entries(data["*"] ?? {}).map(([key, value]) => [key, Number(value)]))).toBe(
      '[["__proto__",3]]',
    );
  });

  test("one user is the key, also without a record", () => {
    expect(fromUsageResult(result(), read("api", "user_id=99"), 42).data).toEqual({ "99": {} });
    expect(fromUsageResult(result(), read("storage", "user_id=99"), 42).data).toEqual({ "99": { ASSET: 0n } });
    expect(fromUsageResult(result(), read("addons"), 42).data).toEqual({ "*": {} });
    expect(fromUsageResult(result(), read("storage"), 42).data).toEqual({ "*": { ASSET: 0n } });
  });

  test("group_by=user: one key per user, `unknown` for events without one, nothing for no event", () => {
    const counted = result(
      row({ user: 7, operation: "STORYBOARD" }, { requests: 1n }),
      row({ user: 8, operation: "STORYBOARD" }, { requests: 2n }),
      row({ user: null, operation: "" }, { requests: 4n }),
    );
    expect(fromUsageResult(counted, read("addons", "group_by=user"), 42).data).toEqual({
      "7": { STORYBOARD: 1n },
      "8": { STORYBOARD: 2n },
      unknown: { unknown: 4n },
    });
    expect(fromUsageResult(result(), read("storage", "group_by=user"), 42).data).toEqual({});
  });

  test("a user's stored bytes may be negative", () => {
    const counted = result(row({ user: 7 }, { stored_bytes: -700n }), row({ user: 8 }, { stored_bytes: 500n }));
    expect(fromUsageResult(counted, read("storage", "group_by=user"), 42).data).toEqual({
      "7": { ASSET: -700n },
      "8": { ASSET: 500n },
    });
  });
});
