/** What is noted of refused records, and that a receipt adds up. */
import { describe, expect, test } from "vitest";
import type { Submission } from "./intake.ts";
import { buildPassage, type Passage } from "./passage.ts";
import { toReceipt, toRejectedRecords } from "./receipt.ts";
import type { RejectionReason } from "./rejection.ts";

function passageOf(position: string, reason: RejectionReason | null, more: Partial<Passage> = {}): Passage {
  const record = { form: "event", value: {}, position } as const;
  const passage = buildPassage(record, { organization: 1, source: "cms" } as Submission);
  const rejection = reason === null ? null : { reason, detail: `why ${position}` };
  return Object.assign(passage, { rejection }, more);
}

describe("toReceipt", () => {
  test("received is accepted, duplicates and rejected together, and times are those of the counted records", () => {
    const receipt = toReceipt([
      passageOf("0", null, { id: "a", timeMs: 30 }),
      passageOf("1", null, { id: "b", timeMs: 20, isDuplicate: true }),
      passageOf("2", "bad-time", { timeMs: 10 }),
      passageOf("3", "bad-time"),
      passageOf("4", "bad-field", { id: "c", timeMs: 40 }),
    ]);
    expect(receipt).toMatchObject({ received: 5, accepted: 1, duplicates: 1, rejected: 3 });
    expect(receipt.rejectedByReason).toEqual({ "bad-time": 2, "bad-field": 1 });
    expect([receipt.firstEventMs, receipt.lastEventMs]).toEqual([20, 30]);
    expect(receipt.results[1]).toEqual({ index: 1, id: "b", result: "duplicate", reason: null, detail: null });
    expect(receipt.results[4]).toEqual({
      index: 4,
      id: "c",
      result: "rejected",
      reason: "bad-field",
      detail: "why 4",
    });
  });

  test("without a counted record there is no first and no last time", () => {
    expect(toReceipt([passageOf("0", "malformed")])).toMatchObject({ firstEventMs: null, lastEventMs: null });
  });
});

describe("toRejectedRecords", () => {
  const rejectedOf = (passages: readonly Passage[]) =>
    toRejectedRecords([{ submission: { space: null, allowedSpaces: null }, passages }]);

  test("refusals are counted per organization, source and reason, each with its own samples", () => {
    const groups = rejectedOf([
      passageOf("0", "bad-time"),
      passageOf("1", null),
      passageOf("2", "bad-time", { source: "shop" }),
      passageOf("3", "bad-field"),
      passageOf("4", "bad-time"),
      passageOf("5", "bad-time", { organization: 2 }),
    ]);
    const short = groups.map(({ organization, source, reason, count, samples }) => [
      organization,
      source,
      reason,
      count,
      samples.map(({ position }) => position).join(),
    ]);
    expect(short).toEqual([
      [1, "cms", "bad-time", 2, "0,4"],
      [1, "shop", "bad-time", 1, "2"],
      [1, "cms", "bad-field", 1, "3"],
      [2, "cms", "bad-time", 1, "5"],
    ]);
  });

  test("all refusals are counted and only the newest hundred are kept, oldest first", () => {
    const passages = Array.from({ length: 150 }, (_, i) => passageOf(`${i}`, "bad-time"));
    const [group] = rejectedOf(passages);
    expect(group?.count).toBe(150);
    expect(group?.samples).toHaveLength(100);
    expect(group?.samples[0]?.position).toBe("50");
    expect(group?.samples.at(-1)?.position).toBe("149");
  });
});
