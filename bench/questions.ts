/**
 * The questions that a large store is asked, and how long it may take to answer them.
 */
import type { UsageQuery } from "../src/model/usage-query.ts";
import { YEAR_END_MS, YEAR_START_MS } from "./usage-year.ts";

const DAY_MS = 86_400_000;

/** Bounds on answers while measuring. */
export const LIMITS = { rowsMax: 2_000_000, daysMax: 3_660 };

/** A question, and the milliseconds that half and 99 of 100 answers may take. */
export type Question = {
  readonly name: string;
  readonly query: UsageQuery;
  readonly goalMs: readonly [number, number];
};

const ask = (fields: Partial<UsageQuery>): UsageQuery => ({
  organization: 1,
  metrics: ["requests", "bytes_out"],
  range: { startMs: YEAR_START_MS, endMs: YEAR_END_MS },
  filter: {},
  groupBy: [],
  window: "day",
  timeZone: "UTC",
  order: { by: "group" },
  empty: "omit",
  rowsMax: LIMITS.rowsMax,
  ...fields,
});
const lastDays = (days: number) => ({ startMs: YEAR_END_MS - days * DAY_MS, endMs: YEAR_END_MS });
const quick = [5, 25] as const;

/** Every question. */
export const QUESTIONS: readonly Question[] = [
  { name: "organization per day, a year", query: ask({}), goalMs: quick },
  { name: "organization per month, a year", query: ask({ window: "month" }), goalMs: quick },
  { name: "organization, a year", query: ask({ window: "none" }), goalMs: quick },
  { name: "one space per day, a year", query: ask({ filter: { space: [17] } }), goalMs: quick },
  { name: "one user per day, a year", query: ask({ filter: { user: [4711] } }), goalMs: quick },
  { name: "one bucket per day, a year", query: ask({ filter: { bucket: ["bucket-17"] } }), goalMs: quick },
  {
    name: "one user and operation per hour, 7 days",
    query: ask({ filter: { user: [4711], operation: ["op-3"] }, window: "hour", range: lastDays(7) }),
    goalMs: quick,
  },
  { name: "a frequent asset per day, a year", query: ask({ filter: { asset: [12] } }), goalMs: quick },
  { name: "a rare asset per day, a year", query: ask({ filter: { asset: [654_321] } }), goalMs: quick },
  {
    name: "top 3 spaces and the others, 30 days",
    query: ask({ groupBy: ["space"], range: lastDays(30), top: { groups: 3, metric: "bytes_out" } }),
    goalMs: quick,
  },
  {
    name: "top 100 assets of a space, 30 days",
    query: ask({
      groupBy: ["asset"],
      filter: { space: [17] },
      window: "none",
      range: lastDays(30),
      top: { groups: 100, metric: "bytes_out" },
    }),
    goalMs: [20, 60],
  },
  {
    name: "top 100 assets of the organization, a year",
    query: ask({ groupBy: ["asset"], window: "none", top: { groups: 100, metric: "bytes_out" } }),
    goalMs: [100, 300],
  },
];

/** Every asset with traffic in the year, in the order of its ids. */
export const ALL_ASSETS = ask({ groupBy: ["asset"], window: "none", metrics: ["requests", "traffic"] });
