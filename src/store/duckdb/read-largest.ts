/**
 * The largest of very many groups without adding up each of them. Groups are added up by parts first: a few thousand sums,
 * which is some three times as fast as a million. A part bounds each of its groups from above, so only the parts at the
 * top are looked into. The answer is exact; where bounds do not hold (negative values) or do not help, it is null.
 */
import type { UsageScan, UsageScanRow } from "../usage-store.ts";

/** Two ways to read the same rows of one snapshot. */
export type LargestReader = {
  /** The rows of a scan, of the groups of some parts. */
  read(scan: UsageScan, parts: readonly number[]): Promise<readonly UsageScanRow[]>;
  /** The rows of buildPartsSql. */
  readParts(): Promise<readonly (readonly unknown[])[]>;
};

/** More groups than these are not a few of very many any more. */
const GROUPS_MAX = 1000;

/** Looking into a larger share of the parts takes longer than adding up everything at once. */
const SHARE_MAX = 0.5;

type Part = { readonly number: number; readonly sums: readonly bigint[]; readonly mostOfGroup: bigint };

/** True of scans that ask for the largest of all assets: of nothing else are there so many groups. */
export function hasManyGroups(scan: UsageScan): boolean {
  const filtered = Object.entries(scan.filter).filter(([name, values]) => name !== "kind" && values !== undefined);
  const groups = scan.restAfter ?? scan.rowsMax;
  return (
    scan.groupBy.length === 1 &&
    scan.groupBy[0] === "asset" &&
    filtered.length === 0 &&
    scan.windows === null &&
    scan.keep === null &&
    scan.orderBySum?.direction === "desc" &&
    groups !== null &&
    groups <= GROUPS_MAX
  );
}

/** The rows of such a scan, or null where it has to be read as any other. */
export async function readLargest(scan: UsageScan, reader: LargestReader): Promise<readonly UsageScanRow[] | null> {
  const groups = scan.restAfter ?? scan.rowsMax ?? 0;
  const orderBy = scan.orderBySum?.sum ?? 0;
  const parts = toParts(await reader.readParts(), scan);
  if (parts === null) return null;
  // One more than asked for tells whether there are others.
  const { restAfter: _, ...plain } = { ...scan, rowsMax: groups + 1 };
  let chosen = parts.slice(0, groups);
  for (;;) {
    if (chosen.length > Math.max(groups, parts.length * SHARE_MAX)) return null;
    const rows = await reader.read(
      plain,
      chosen.map(({ number }) => number),
    );
    const least = rows[groups - 1]?.sums[orderBy];
    // A part whose groups are equal to the last one at most may hold one that comes before it by its value.
    const needed = parts.filter(({ mostOfGroup }) => least === undefined || mostOfGroup >= least);
    if (needed.length <= chosen.length) {
      const hasOthers = rows.length > groups || chosen.length < parts.length;
      return addRest(scan, rows.slice(0, groups), hasOthers ? parts : null);
    }
    chosen = needed;
  }
}

/** The parts, by what their groups can have at most, most first; null where a part is no bound. */
function toParts(rows: readonly (readonly unknown[])[], scan: UsageScan): readonly Part[] | null {
  const orderBy = scan.orderBySum?.sum ?? 0;
  const parts: Part[] = [];
  for (const [number, ...figures] of rows) {
    const least = figures.pop();
    if (least !== null && BigInt(String(least)) < 0n) return null;
    const sums = figures.map((figure) => BigInt(String(figure)));
    parts.push({ number: Number(number), sums, mostOfGroup: sums[orderBy] ?? 0n });
  }
  return parts.sort((a, b) => (a.mostOfGroup === b.mostOfGroup ? 0 : a.mostOfGroup > b.mostOfGroup ? -1 : 1));
}

/** The rows, and where it is asked for and there are others, all of them as one. */
function addRest(
  scan: UsageScan,
  rows: readonly UsageScanRow[],
  parts: readonly Part[] | null,
): readonly UsageScanRow[] {
  if (scan.restAfter === undefined || parts === null) return rows;
  const sums = scan.sums.map((_, index) => {
    const all = parts.reduce((sum, part) => sum + (part.sums[index] ?? 0n), 0n);
    return rows.reduce((left, row) => left - (row.sums[index] ?? 0n), all);
  });
  return [...rows, { windowIndex: 0, group: [null], rest: true, sums }];
}
