/**
 * executeQuery and countPlainly give the same rows for any events and any query, also over dropped raw rows.
 */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../model/time-range.ts";
import { MEASURE_MAX, USAGE_KINDS, type UsageEvent } from "../model/usage-event.ts";
import { DIMENSIONS, METRICS, type UsageQuery } from "../model/usage-query.ts";
import { USAGE_TABLES } from "../store/usage-store.ts";
import { countPlainly } from "./count-plainly.contract.ts";
import { buildQuery, openQueries } from "./open-queries.contract.ts";

const at = (text: string): number => Date.parse(text);

let queries: Awaited<ReturnType<typeof openQueries>>;
beforeEach(async () => {
  queries = await openQueries();
});
afterEach(() => queries.close());

/** Bounds under which every fact is rolled up, and every roll-up merged and put in order, as soon as there is one. */
const AT_ONCE = {
  rollUpFactsMin: 1,
  compaction: { mergeRowsMin: 1, mergeRowsMinOfFew: 1, clusterRowsMin: 1, sliceRows: 60 },
};

/** Resolves when no fact waits to be rolled up and no row to be put in order. */
async function keepUp(): Promise<void> {
  while ((await queries.store.compactStep()) || (await queries.store.describe()).waitingFacts > 0);
}

/** Five days around the change of the clock in Berlin, 29 March 2026. */
const FIRST_MS = at("2026-03-27T00:00Z");
const anyTime = fc.oneof(
  fc.integer({ min: 0, max: 5 * DAY_MS }),
  fc.integer({ min: 0, max: 5 * 24 }).map((hours) => hours * HOUR_MS),
  fc.integer({ min: 1, max: 5 * 24 }).map((hours) => hours * HOUR_MS - 1),
);
const anyBytes = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(MEASURE_MAX));

const anyEvent: fc.Arbitrary<UsageEvent> = fc.record({
  id: fc.constant("e"),
  source: fc.constant("s"),
  timeMs: fc.oneof({ weight: 9, arbitrary: anyTime.map((ms) => FIRST_MS + ms) }, fc.constant(at("2001-02-03T04:05Z"))),
  organization: fc.constant(1),
  kind: fc.constantFrom(...USAGE_KINDS),
  space: fc.constantFrom(null, 1, 2),
  user: fc.constantFrom(null, 7, 8, 10),
  // By halves of code points, the last would stand before the one in front of it.
  bucket: fc.constantFrom(null, "a", "B", "～", "🙂"),
  asset: fc.constantFrom(null, 20, 100, 3),
  operation: fc.constantFrom("", "GET", "PUT"),
  count: fc.integer({ min: 0, max: 5 }),
  bytesIn: anyBytes,
  bytesOut: anyBytes,
  sizeDelta: fc.oneof(anyBytes, fc.integer({ min: -9, max: 9 }), fc.constant(-MEASURE_MAX)),
  objectsDelta: fc.integer({ min: -1, max: 1 }),
});

const anyFilter = fc.record(
  {
    space: fc.subarray([null, 1, 2, 99]),
    user: fc.subarray([null, 7, 8]),
    bucket: fc.subarray([null, "a", "unknown"]),
    asset: fc.subarray([null, 20, 3]),
    kind: fc.subarray([...USAGE_KINDS], { minLength: 1 }),
    operation: fc.subarray(["", "GET", "never seen"]),
  },
  { requiredKeys: [] },
);

const anyQuery: fc.Arbitrary<UsageQuery> = fc
  .record({
    metrics: fc.subarray([...METRICS], { minLength: 1 }),
    start: anyTime,
    length: fc.oneof(anyTime, fc.constantFrom(DAY_MS, 3 * DAY_MS)),
    filter: fc.oneof(fc.constant({}), anyFilter),
    groupBy: fc.subarray([...DIMENSIONS], { maxLength: 3 }),
    window: fc.constantFrom("none", "hour", "day", "week", "month", "year"),
    hours: fc.constantFrom(1, 1, 6, 12),
    timeZone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"),
    top: fc.option(fc.record({ groups: fc.integer({ min: 1, max: 4 }), metric: fc.constantFrom(...METRICS) })),
    direction: fc.constantFrom("asc", "desc", "group"),
    empty: fc.constantFrom("zero", "omit"),
  } as const)
  .map(({ start, length, top, direction, hours, ...fields }) =>
    buildQuery({
      ...fields,
      range: { startMs: FIRST_MS + start, endMs: FIRST_MS + start + length + 1 },
      ...(fields.window === "hour" && fields.timeZone === "UTC" ? { windowLength: hours } : {}),
      ...(top !== null && fields.groupBy.length === 1 ? { top } : {}),
      order: direction === "group" ? { by: "group" } : { by: fields.metrics[0] ?? "requests", direction },
    }),
  );

describe("countPlainly", () => {
  test("a query over any events answers what a plain loop over them counts", async () => {
    let organization = 0;
    const property = fc.asyncProperty(
      fc.array(anyEvent, { maxLength: 25 }),
      fc.array(anyQuery, { minLength: 5, maxLength: 5 }),
      async (events, askedQueries) => {
        // An organization per round: one store serves them all, and what it keeps of others must not be seen.
        const own = events.map((one) => ({ ...one, organization: organization + 1 }));
        organization += 1;
        await queries.append(own);
        for (const asked of askedQueries) {
          const { rows } = await queries.run({ ...asked, organization });
          expect(rows).toEqual(countPlainly({ ...asked, organization }, own));
        }
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test("the same where every fact is rolled up and every roll-up compacted, whatever came before or comes later", async () => {
    await queries.close();
    queries = await openQueries(AT_ONCE);
    // The month of the events is over, so that it is put in order, too.
    queries.clock.set(at("2026-05-03T00:00Z"));
    let organization = 0;
    const anyEvents = fc.array(anyEvent, { maxLength: 30 });
    const property = fc.asyncProperty(
      fc.tuple(anyEvents, anyEvents),
      fc.array(anyQuery, { minLength: 20, maxLength: 20 }),
      async (parts, askedQueries) => {
        organization += 1;
        const own: UsageEvent[] = [];
        for (const [part, events] of parts.entries()) {
          const added = events.map((one) => ({ ...one, id: `${part}`, organization }));
          await queries.append(added);
          await keepUp();
          own.push(...added);
          for (const asked of askedQueries) {
            const { rows } = await queries.run({ ...asked, organization });
            expect(rows).toEqual(countPlainly({ ...asked, organization }, own));
          }
        }
      },
    );
    await fc.assert(property, { numRuns: 4 });
  });

  test("a query whose filter lists most of a dimension answers what a plain loop counts, rolled up or not", async () => {
    let organization = 0;
    const anyRound = fc.record({
      events: fc.array(anyEvent, { maxLength: 25 }),
      asked: anyQuery,
      listsMost: fc.constantFrom("space", "user", "bucket"),
      listed: anyFilter,
      metrics: fc.subarray(["requests", "traffic", "size_change"] as const, { minLength: 1 }),
      isRolledUp: fc.boolean(),
    } as const);
    const property = fc.asyncProperty(anyRound, async ({ events, asked, listed, listsMost, metrics, isRolledUp }) => {
      organization += 1;
      const own = events.map((one) => ({ ...one, organization }));
      await queries.append(own);
      // Every round compares all months of all tables: a few of them do.
      if (isRolledUp && organization % 8 === 0) await queries.store.rebuildRollups();
      const { top: _, order: __, ...plain } = asked;
      const filter = { [listsMost]: listed[listsMost] ?? [null] };
      const order = { by: "group" } as const;
      const query = { ...plain, organization, metrics, filter, listsMost, groupBy: [], order, empty: "zero" } as const;
      expect((await queries.run(query)).rows).toEqual(countPlainly(query, own));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test("whole hours whose raw rows are dropped answer what a plain loop over the events counts", async () => {
    let organization = 0;
    const wholeHour = (timeMs: number) => Math.floor(timeMs / HOUR_MS) * HOUR_MS;
    const anyHours = fc.constantFrom("usage_total_per_hour", "usage_space_per_hour", "usage_bucket_per_hour");
    const anyRows = fc.array(anyEvent, { maxLength: 25 });
    const property = fc.asyncProperty(anyRows, anyQuery, anyHours, async (events, asked, table) => {
      organization += 1;
      const own = events.map((one) => ({ ...one, organization }));
      await queries.append(own, at("2026-03-20T00:00Z"));
      queries.clock.set(at("2026-04-20T00:00Z"));
      await queries.store.deleteExpired({ usage_raw: at("2026-03-30T00:00Z") });
      const isKept = (name: string) => (USAGE_TABLES[table].dimensions as readonly string[]).includes(name);
      const { top: _, ...plain } = asked;
      const whole = {
        ...plain,
        organization,
        filter: Object.fromEntries(Object.entries(asked.filter).filter(([name]) => isKept(name))),
        range: { startMs: wholeHour(asked.range.startMs), endMs: wholeHour(asked.range.endMs) + HOUR_MS },
        groupBy: asked.groupBy.filter(isKept),
        timeZone: asked.timeZone === "Asia/Kolkata" ? "UTC" : asked.timeZone,
      };
      expect((await queries.run(whole)).rows).toEqual(countPlainly(whole, own));
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
