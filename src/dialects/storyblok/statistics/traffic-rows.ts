/**
 * UsageResult grouped by space → the rows of the API traffic statistics: per period, per space, and both. Pure.
 * Periods without data have no row; rows ascend by date, then by space.
 */
import { Type } from "typebox";
import { formatDay } from "../../../model/time-range.ts";
import type { UsageResult, UsageResultRow, UsageWindow } from "../../../model/usage-result.ts";
import { buildTooManyRows } from "../../../query/fill-windows.ts";
import type { LogCompleteness } from "./log-completeness.ts";

/** Lengths of periods. The vendor's page names three; its OpenAPI of March 2026 also had weeks. */
export const TRAFFIC_GROUPS = ["day", "week", "month", "year"] as const;

/** One of the lengths above. */
export type TrafficGroup = (typeof TRAFFIC_GROUPS)[number];

/** API requests and the bytes of their answers in one period. */
export const TrafficRowSchema = Type.Object({
  date: Type.String({ description: "`2026-01-31` for days, its Monday for weeks, `2026-01` for months, `2026`." }),
  api_requests: Type.Integer(),
  total_bytes: Type.Integer({ description: "Bytes of the answers received so far." }),
});

/** API requests and the bytes of their answers in one period; exact, however large. */
export type TrafficRow = { readonly date: string; readonly api_requests: bigint; readonly total_bytes: bigint };

/** The same for one space. `total_bytes` is null while a log that feeds the space has not arrived for the period. */
export type SpaceTrafficRow = Omit<TrafficRow, "total_bytes"> & {
  readonly total_bytes: bigint | null;
  readonly space_id: number;
};

/** How a period is written: `2026-01-31` for a day, its Monday for a week, `2026-01` for a month, `2026` for a year. */
export function formatPeriod(window: UsageWindow, group: TrafficGroup): string {
  const date = formatDay(window.startMs);
  if (group === "month") return date.slice(0, "2026-01".length);
  if (group === "year") return date.slice(0, "2026".length);
  return date;
}

/** One row per period with data: the sum of `rows`, which may be of any spaces. */
export function sumPerPeriod(
  rows: readonly UsageResultRow[],
  windows: readonly UsageWindow[],
  group: TrafficGroup,
): readonly TrafficRow[] {
  const sums = new Map<number, { requests: bigint; bytes: bigint }>();
  for (const row of rows) {
    const sum = sums.get(row.windowIndex) ?? { requests: 0n, bytes: 0n };
    sum.requests += row.values.requests ?? 0n;
    sum.bytes += row.values.bytes_out ?? 0n;
    sums.set(row.windowIndex, sum);
  }
  return windows.flatMap((window, index) => {
    const sum = sums.get(index);
    if (sum === undefined) return [];
    return [{ date: formatPeriod(window, group), api_requests: sum.requests, total_bytes: sum.bytes }];
  });
}

/** Spaces that are shown one by one among the top spaces. */
const TOP_SPACES = 3;

/**
 * The rows of the three spaces with the most bytes (then requests, then the smaller id), keyed by their id, and the sum
 * of all others under `other_spaces`, which is there only when a fourth space has data. Requests without a space are in
 * none of them.
 */
export function toTopSpaces(result: UsageResult, group: TrafficGroup): Readonly<Record<string, readonly TrafficRow[]>> {
  const rowsBySpace = groupBySpace(result.rows);
  const ranked = [...rowsBySpace].map(([space, rows]) => ({ space, rows, total: totalOf(rows) }));
  ranked.sort(
    (a, b) =>
      compareDescending(a.total.bytes, b.total.bytes) ||
      compareDescending(a.total.requests, b.total.requests) ||
      a.space - b.space,
  );
  const top: Record<string, readonly TrafficRow[]> = {};
  for (const { space, rows } of ranked.slice(0, TOP_SPACES)) {
    top[String(space)] = sumPerPeriod(rows, result.windows, group);
  }
  const others = ranked.slice(TOP_SPACES).flatMap(({ rows }) => rows);
  if (others.length > 0) top.other_spaces = sumPerPeriod(others, result.windows, group);
  return top;
}

/** What the rows per space need beyond the usage: which spaces there are, and what has not arrived for them. */
export type SpaceRowsContext = {
  readonly group: TrafficGroup;
  /** Ids of the organization's spaces. */
  readonly spaces: readonly number[];
  readonly logsCompleteUntilMs: LogCompleteness;
  readonly nowMs: number;
  /** The most rows that are answered. */
  readonly rowsMax: number;
};

/**
 * One row per space and period with data, and one with null bytes for every period that a late log has not covered,
 * even when no request of it is known: a missing row would read as zero. Periods that have not begun are not unknown,
 * they are empty.
 * Throws `query/too-many-rows` before it makes a row where there would be more than `rowsMax`: a log that has never arrived
 * makes every day of every space one, however little usage there is.
 */
export function toSpaceRows(result: UsageResult, context: SpaceRowsContext): readonly SpaceTrafficRow[] {
  const { windows } = result;
  const rowsBySpace = groupBySpace(result.rows);
  const spaces = [...new Set([...context.spaces, ...rowsBySpace.keys()])].sort((a, b) => a - b);
  const begun = windows.findLastIndex(({ fromMs }) => fromMs <= context.nowMs) + 1;
  const perSpace = spaces.map((space) => {
    const rows = rowsBySpace.get(space) ?? [];
    const unknown = { from: findUnknown(windows, begun, context.logsCompleteUntilMs(space)), until: begun };
    const isKnown = ({ windowIndex }: UsageResultRow) => windowIndex < unknown.from || windowIndex >= unknown.until;
    return { space, rows, unknown, known: rows.filter(isKnown) };
  });
  const rowCount = perSpace.reduce((sum, { known, unknown }) => sum + known.length + unknown.until - unknown.from, 0);
  if (rowCount > context.rowsMax) throw buildTooManyRows(context.rowsMax);
  const inWindows: SpaceTrafficRow[][] = windows.map(() => []);
  const add = (index: number, row: Omit<SpaceTrafficRow, "date">) =>
    inWindows[index]!.push({ date: formatPeriod(windows[index]!, context.group), ...row });
  for (const { space, rows, unknown, known } of perSpace) {
    const requestsOf = new Map(rows.map(({ windowIndex, values }) => [windowIndex, values.requests]));
    for (const { windowIndex, values } of known) {
      add(windowIndex, { api_requests: values.requests ?? 0n, total_bytes: values.bytes_out ?? 0n, space_id: space });
    }
    for (let index = unknown.from; index < unknown.until; index++) {
      add(index, { api_requests: requestsOf.get(index) ?? 0n, total_bytes: null, space_id: space });
    }
  }
  return inWindows.flat();
}

/** Where the windows begin that a log has not covered; `begun`, their end, where there are none. */
function findUnknown(windows: readonly UsageWindow[], begun: number, completeUntilMs: number): number {
  let from = begun;
  while (from > 0 && completeUntilMs < windows[from - 1]!.untilMs) from--;
  return from;
}

function groupBySpace(rows: readonly UsageResultRow[]): ReadonlyMap<number, readonly UsageResultRow[]> {
  const bySpace = new Map<number, UsageResultRow[]>();
  for (const row of rows) {
    const space = row.group.space;
    if (typeof space !== "number") continue;
    const ofSpace = bySpace.get(space);
    if (ofSpace === undefined) bySpace.set(space, [row]);
    else ofSpace.push(row);
  }
  return bySpace;
}

function totalOf(rows: readonly UsageResultRow[]): { readonly requests: bigint; readonly bytes: bigint } {
  return {
    requests: rows.reduce((sum, row) => sum + (row.values.requests ?? 0n), 0n),
    bytes: rows.reduce((sum, row) => sum + (row.values.bytes_out ?? 0n), 0n),
  };
}

function compareDescending(a: bigint, b: bigint): number {
  return a === b ? 0 : a > b ? -1 : 1;
}
