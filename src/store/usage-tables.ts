/**
 * THE list of tables that usage is read from: how fine each is, what it can tell apart. The planner chooses among them.
 */
import type { Grain } from "../model/grain.ts";
import type { Dimension } from "../model/usage-query.ts";

/**
 * The tables that can be read, each family from its coarsest table to its finest. Roll-ups hold sums per whole grain of
 * UTC time and may hold several partial rows for one key: readers always add up. Families are narrow, one kind of thing
 * each: a table with users and buckets together would have as many rows as there are events. They stand from the
 * smallest to the largest; the planner reads the first family that has what is asked for (query/choose-segments.ts).
 */
export const USAGE_TABLES = {
  usage_total_per_day: { family: "total", grain: "day", dimensions: ["kind", "operation"] },
  usage_total_per_hour: { family: "total", grain: "hour", dimensions: ["kind", "operation"] },
  usage_space_per_month: { family: "space", grain: "month", dimensions: ["space", "kind"] },
  usage_space_per_day: { family: "space", grain: "day", dimensions: ["space", "kind"] },
  usage_space_per_hour: { family: "space", grain: "hour", dimensions: ["space", "kind"] },
  usage_bucket_per_month: { family: "bucket", grain: "month", dimensions: ["bucket", "kind"] },
  usage_bucket_per_day: { family: "bucket", grain: "day", dimensions: ["bucket", "kind"] },
  usage_bucket_per_hour: { family: "bucket", grain: "hour", dimensions: ["bucket", "kind"] },
  usage_bucket_per_minute: { family: "bucket", grain: "minute", dimensions: ["bucket", "kind"] },
  /** Without operations: a twentieth of the rows. What is asked by operation is read from the days. */
  usage_user_per_month: { family: "user", grain: "month", dimensions: ["user", "kind"] },
  usage_user_per_day: { family: "user", grain: "day", dimensions: ["user", "kind", "operation"] },
  usage_asset_per_month: { family: "asset", grain: "month", dimensions: ["space", "asset", "kind"] },
  usage_asset_per_day: { family: "asset", grain: "day", dimensions: ["space", "asset", "kind"] },
  /** Every accepted fact, with every dimension, to the millisecond. */
  usage_raw: {
    family: "raw",
    grain: "millisecond",
    dimensions: ["space", "user", "bucket", "asset", "kind", "operation"],
  },
} as const satisfies Record<string, { family: string; grain: Grain; dimensions: readonly Dimension[] }>;

/** The name of one readable table. */
export type UsageTable = keyof typeof USAGE_TABLES;

/** The name of one roll-up: a table that can be computed anew from usage_raw. */
export type RollupTable = Exclude<UsageTable, "usage_raw">;

/** Every roll-up, in the order of USAGE_TABLES. */
export const ROLLUP_TABLES = (Object.keys(USAGE_TABLES) as UsageTable[]).filter(
  (table): table is RollupTable => table !== "usage_raw",
);

/**
 * Tables by which sizes become differences; nobody asks them. A row for each object that logs have told of stays in the first, also
 * when it is deleted: an older line of it that comes later would bring it back. The last has a row for each fact that says
 * something of an object, as long as the fact is kept.
 */
export const OBJECT_TABLES = ["object_size", "object_part", "object_change"] as const;

/** The name of one of these. */
export type ObjectTable = (typeof OBJECT_TABLES)[number];

/**
 * For each table from which something was dropped the time (UTC ms, a whole grain) before which it was. usage_raw lacks
 * rows from before it, if not all. A roll-up has the sums of everything before it, but cannot tell its times apart any more: they
 * stand at 1970-01-01T00:00Z, or are about to be put there, so that a read from the beginning up to that time or later is exact.
 */
export type KeptFrom = Readonly<Partial<Record<UsageTable, number>>>;
