/**
 * Traffic of spaces whose log has never arrived, where few rows may be answered, over the whole server.
 */
import { describe, expect, test } from "vitest";
import { useOwnWorlds, world } from "../storyblok-world.contract.ts";

const ORGANIZATION = "/v1/orgs/me/statistics/all_traffic";
const SPACE = "/v1/spaces/606/statistics/all_traffic";

/** A log that may feed every space and has delivered nothing: no period of any space is known. */
async function expectLog() {
  const log = { organization: 1, name: "cdn", format: "combined", space: null, tracksWatermark: true } as const;
  await world.catalog.ensureSource({ ...log, latenessBoundMs: 3_600_000 });
}

describe("GET …/statistics/all_traffic, 60 rows at most", () => {
  useOwnWorlds({ queryRowsMax: 60 });

  test("days of all spaces that are not known are answered up to the bound, and refused above it", async () => {
    await expectLog();
    // Six spaces: ten days are 60 rows, eleven are 66.
    const ten = await world.get(`${ORGANIZATION}?group_by=day&start_date=2026-11-01&end_date=2026-11-10`);
    expect([ten.status, ten.body.traffic.length]).toEqual([200, 60]);
    const eleven = await world.get(`${ORGANIZATION}?group_by=day&start_date=2026-11-01&end_date=2026-11-11`);
    expect([eleven.status, eleven.body.error]).toEqual([400, expect.stringContaining("more than 60 rows")]);
    // The same days of one space are eleven.
    const single = await world.get(`${SPACE}?group_by=day&start_date=2026-11-01&end_date=2026-11-11`);
    expect([single.status, single.body.traffic.length]).toEqual([200, 11]);
  });
});
