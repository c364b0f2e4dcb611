import { describe, expect, it } from "vitest";
import { toComparedFrom } from "./compared-from.ts";
import { ROLLUP_TABLES } from "./usage-tables.ts";

const at = (day: string) => Date.parse(`${day}T00:00Z`);

describe("toComparedFrom", () => {
  it("names no table where nothing was dropped, and one alone where it alone was cut", () => {
    expect(toComparedFrom({})).toEqual({});
    const minutes = { usage_bucket_per_minute: at("2026-03-08") };
    expect(toComparedFrom(minutes)).toEqual(minutes);
  });

  it("begins every table where raw rows do or later, and months with the first whole one", () => {
    const compared = toComparedFrom({ usage_raw: at("2026-02-10"), usage_space_per_hour: at("2026-03-05") });
    expect(Object.keys(compared)).toEqual([...ROLLUP_TABLES]);
    expect(compared).toMatchObject({
      usage_total_per_hour: at("2026-02-10"),
      usage_space_per_hour: at("2026-03-05"),
      usage_space_per_month: at("2026-03-01"),
    });
  });
});
