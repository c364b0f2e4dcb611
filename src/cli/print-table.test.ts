/**
 * printTable: alignment, and what stands for nothing.
 */
import { describe, expect, it } from "vitest";
import { printTable } from "./print-table.ts";

describe("printTable", () => {
  it("puts numbers right and texts left, two spaces apart, without spaces at line ends", () => {
    const rows = [
      { source: "www", received: 10, spaces: [1, 2] },
      { source: "events-api", received: 1200, spaces: null },
    ];
    expect(printTable(rows)).toBe(
      ["source      received  spaces", "www               10  1,2", "events-api      1200  -", ""].join("\n"),
    );
  });

  it("prints tables of any length", () => {
    const rows = Array.from({ length: 200_000 }, (_, n) => ({ asset: n }));
    const lines = printTable(rows).split("\n");
    // A heading, the rows, and nothing behind the last line end.
    expect([lines.length, lines[0], lines[200_000]]).toEqual([200_002, " asset", "199999"]);
  });

  it("says so when there is nothing", () => {
    expect(printTable([])).toBe("(nothing)\n");
  });

  it("keeps every digit of a number beyond 2^53", () => {
    expect(printTable([{ bytes: 9_007_199_254_740_993n }])).toContain("9007199254740993");
  });
});
