import { describe, expect, it } from "vitest";
import { addExtents, fromExtentJson, NO_EXTENT, printExtent, toExtentJson } from "./log-extent.ts";

const ONE = { bytes: 1_000, late: 2, firstEventMs: 2_000, lastEventMs: 3_000 };

describe("addExtents", () => {
  it("adds bytes and late lines, and spans the times of both", () => {
    const other = { bytes: 34, late: 1, firstEventMs: 1_000, lastEventMs: 2_500 };
    expect(addExtents(ONE, other)).toEqual({ bytes: 1_034, late: 3, firstEventMs: 1_000, lastEventMs: 3_000 });
  });

  it("takes no time from a log of which nothing counted", () => {
    expect(addExtents(NO_EXTENT, ONE)).toEqual(ONE);
    expect(addExtents(NO_EXTENT, NO_EXTENT)).toEqual(NO_EXTENT);
  });
});

describe("fromExtentJson", () => {
  it.each([ONE, NO_EXTENT])("reads what toExtentJson writes of %j", (extent) => {
    expect(fromExtentJson(JSON.stringify(toExtentJson(extent)))).toEqual(extent);
  });
});

describe("printExtent", () => {
  it("says bytes, late lines and the time that the lines are of, where there are any", () => {
    expect(printExtent(ONE)).toBe("bytes 1,000, late 2\nfrom 1970-01-01T00:00:02.000Z to 1970-01-01T00:00:03.000Z\n");
    expect(printExtent(NO_EXTENT)).toBe("bytes 0, late 0\n");
  });
});
