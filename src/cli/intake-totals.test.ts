/**
 * Totals: adding up, the printed form, and reading a server's answer.
 */
import { describe, expect, it } from "vitest";
import { addTotals, fromTotalsJson, NO_TOTALS, printTotals, toTotalsJson } from "./intake-totals.ts";

const ONE = {
  received: 10,
  accepted: 6,
  duplicates: 1,
  rejected: 3,
  rejectedByReason: { malformed: 2, "bad-time": 1 },
};
const TWO = { received: 1001, accepted: 1000, duplicates: 0, rejected: 1, rejectedByReason: { malformed: 1 } };

describe("addTotals", () => {
  it("adds every count and every reason", () => {
    expect(addTotals(ONE, TWO)).toEqual({
      received: 1011,
      accepted: 1006,
      duplicates: 1,
      rejected: 4,
      rejectedByReason: { malformed: 3, "bad-time": 1 },
    });
    expect(addTotals(NO_TOTALS, ONE)).toEqual(ONE);
  });
});

describe("printTotals", () => {
  it("prints one count per line, reasons below the rejected", () => {
    expect(printTotals(addTotals(ONE, TWO))).toBe(
      [
        "received     1,011",
        "accepted     1,006",
        "duplicates       1",
        "rejected         4",
        "  malformed      3",
        "  bad-time       1",
        "",
      ].join("\n"),
    );
  });
});

describe("fromTotalsJson", () => {
  it("reads what toTotalsJson writes", () => {
    expect(fromTotalsJson(JSON.stringify(toTotalsJson(ONE)))).toEqual(ONE);
  });

  it.each(["", "null", "{}", '{"received":1,"accepted":1,"duplicates":"0","rejected":0}'])(
    "throws for %j, because a guess would be a zero",
    (body) => {
      expect(() => fromTotalsJson(body)).toThrow(expect.objectContaining({ code: "internal/unexpected" }));
    },
  );
});
