/**
 * The short form of `assetmeter verify` as part of the tests, and the comparison that it stands on.
 */
import { describe, expect, it } from "vitest";
import { runCommand } from "../run-program.contract.ts";
import { buildEvent } from "./traffic.ts";
import { type AnsweredRow, compare } from "./truth.ts";
import { type Outcome, SCENARIOS } from "./verify.ts";

const START_MS = Date.UTC(2026, 10, 20);

/** An answer that has these events, each once. */
function answer(numbers: readonly number[]): AnsweredRow[] {
  return numbers.map((n) => {
    const { timeMs, space, user, bucket, asset, kind, operation, ...measures } = buildEvent(n, START_MS);
    return {
      start: new Date(Math.floor(timeMs / 3_600_000) * 3_600_000).toISOString(),
      group: { space, user, bucket, asset, kind, operation },
      values: {
        requests: measures.count,
        bytes_in: measures.bytesIn,
        bytes_out: measures.bytesOut,
        size_change: measures.sizeDelta,
        objects_change: measures.objectsDelta,
      },
    };
  });
}

describe("compare", () => {
  const events = [1, 2, 3].map((n) => buildEvent(n, START_MS));

  it("finds nothing where every event counts once", () => {
    expect(compare(events, answer([3, 1, 2]))).toEqual({ lost: 0, doubled: 0, wrong: 0 });
  });

  it("sees what is lost, what is counted twice, and what has other measures", () => {
    expect(compare(events, answer([1, 2]))).toEqual({ lost: 1, doubled: 0, wrong: 0 });
    const [first, ...rest] = answer([1, 2, 3]) as [AnsweredRow, ...AnsweredRow[]];
    const twice = { ...first, values: { ...first.values, requests: 2 } };
    expect(compare(events, [twice, ...rest])).toEqual({ lost: 0, doubled: 1, wrong: 0 });
    const other = { ...first, values: { ...first.values, bytes_out: 7 } };
    expect(compare(events, [other, ...rest])).toEqual({ lost: 0, doubled: 0, wrong: 1 });
    expect(compare(events, answer([1, 2, 3, 4]))).toEqual({ lost: 0, doubled: 1, wrong: 0 });
  });
});

describe("assetmeter verify --only", () => {
  it("ends with 1 and the names that there are where none of them is meant", async () => {
    const { status, out, error } = await runCommand(["verify", "--only", "zzz"]);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(error).toBe(
      `verify has no scenario with zzz in its name: ${SCENARIOS.map(({ name }) => name).join(", ")}.\n`,
    );
    const quick = await runCommand(["verify", "--quick", "--only", "zzz"]);
    expect([quick.status, quick.error]).toEqual([
      1,
      expect.stringContaining("The short form has no scenario with zzz"),
    ]);
  });
});

describe("assetmeter verify --quick", () => {
  it("loses nothing and counts nothing twice in any scenario", async () => {
    const quick = SCENARIOS.filter(({ rounds }) => rounds.quick > 0);
    expect(quick.length).toBeGreaterThanOrEqual(12);
    const { status, out } = await runCommand(["verify", "--quick", "--json"]);
    const { outcomes } = JSON.parse(out) as { outcomes: readonly Outcome[] };
    const bad = outcomes.filter(
      ({ lost, doubled, wrong, found }) => lost + doubled + wrong > 0 || /^FAILED/.test(found),
    );
    expect(bad).toEqual([]);
    expect(outcomes).toHaveLength(quick.length);
    expect(status).toBe(0);
  }, 600_000);
});
