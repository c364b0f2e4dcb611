/**
 * Receipts: sums over submissions, places that count through, a bound that says when it was reached.
 */
import { describe, expect, test } from "vitest";
import type { IntakeReceipt, RecordResult } from "../../sources/intake.ts";
import { buildReceiptSum } from "./event-receipts.ts";

/** What became of records, written as letters: `a` accepted, `d` duplicate, `r` rejected. */
function receipt(letters: string): IntakeReceipt {
  const results = [...letters].map((letter, index): RecordResult => {
    const rejected = { result: "rejected", reason: "bad-time", detail: "time must be one." } as const;
    const taken = { result: letter === "a" ? "accepted" : "duplicate", reason: null, detail: null } as const;
    return { index, id: `${letter}${index}`, ...(letter === "r" ? rejected : taken) };
  });
  const count = (letter: string) => [...letters].filter((one) => one === letter).length;
  return {
    received: letters.length,
    accepted: count("a"),
    late: 0,
    duplicates: count("d"),
    rejected: count("r"),
    rejectedByReason: {},
    firstEventMs: null,
    lastEventMs: null,
    problems: results.filter(({ result }) => result === "duplicate" || result === "rejected"),
    results,
  };
}

describe("buildReceiptSum", () => {
  test("adds up submissions, and places count through all of them", () => {
    const sum = buildReceiptSum("problems", 100);
    sum.add(receipt("aad"));
    sum.add(receipt("ra"));
    expect(sum.received()).toBe(5);
    expect(sum.toBody()).toEqual({
      received: 5,
      accepted: 3,
      late: 0,
      duplicates: 1,
      rejected: 1,
      receipts: [
        { index: 2, id: "d2", result: "duplicate", reason: null, detail: null },
        { index: 3, id: "r0", result: "rejected", reason: "bad-time", detail: "time must be one." },
      ],
    });
  });

  test("all means accepted ones too", () => {
    const sum = buildReceiptSum("all", 100);
    sum.add(receipt("aa"));
    expect(sum.toBody()).toMatchObject({ receipts: [{ index: 0 }, { index: 1 }] });
  });

  test("exactly as many receipts as allowed are not truncated, one more is, and the sums still have everything", () => {
    const sum = buildReceiptSum("problems", 2);
    sum.add(receipt("dda"));
    expect(sum.toBody()).not.toHaveProperty("receipts_truncated");
    sum.add(receipt("d"));
    expect(sum.toBody()).toMatchObject({
      duplicates: 3,
      receipts: [{ index: 0 }, { index: 1 }],
      receipts_truncated: true,
    });
  });
});
