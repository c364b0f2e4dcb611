/**
 * What is made of the rows of the store, without a store: how much is built for how little.
 */
import { describe, expect, test } from "vitest";
import type { UsageScanRow } from "../store/usage-store.ts";
import { fillWindows } from "./fill-windows.ts";
import { buildQuery } from "./open-queries.contract.ts";
import { planQuery } from "./plan.ts";

describe("fillWindows", () => {
  // 2,000 users in 525,600 minutes: lists of the windows of each would take 8 GB, more than a process has.
  test("an answer of a billion rows is refused before anything of its size is built", () => {
    const range = { startMs: Date.parse("2026-01-01T00:00Z"), endMs: Date.parse("2027-01-01T00:00Z") };
    const query = buildQuery({ range, window: "minute", groupBy: ["user"], rowsMax: 1_000_000 });
    const plan = planQuery(query, { keptFrom: {} }, { rowsMax: 1_000_000, daysMax: 400 });
    const toRow = (user: number): UsageScanRow => ({ windowIndex: 0, group: [user], rest: false, sums: [1n] });
    const flow = Array.from({ length: 2_000 }, (_, index) => toRow(index + 1));
    const error = expect.objectContaining({ code: "query/too-many-rows" });
    expect(() => fillWindows(query, plan, { opening: [], flow, kept: null })).toThrow(error);
  });
});
