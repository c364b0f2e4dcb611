/**
 * Scoped things → the entities of a breakdown, by the bytes that they moved. Pure.
 */
import type { ScopedThings } from "./scope.ts";
import { type FiguresByStep, sumOf, toTransferredBytes, toWireFigures, type WireFigures } from "./translation.ts";

/** What figures can be broken down by, as the paths name it. */
export const BREAKDOWNS = ["buckets", "repos", "workspaces"] as const;

/** One of them. */
export type Breakdown = (typeof BREAKDOWNS)[number];

/** One bucket, repo or workspace with the buckets that count for it. */
export type Entity = {
  readonly id: string;
  readonly name: string;
  readonly bucketIds: readonly string[];
  readonly totals: WireFigures;
};

/**
 * Every entity of the kind, also without a record: most bytes first, then by id (numbers of workspaces, texts of the others). Buckets that belong to no repo or
 * workspace are in none of those.
 */
export function toEntities(breakdown: Breakdown, things: ScopedThings, figures: FiguresByStep): readonly Entity[] {
  const entities = listThings(breakdown, things).map(({ id, name, bucketIds }) => {
    return { id, name, bucketIds, totals: toWireFigures(sumOf(figures, 0, bucketIds)) };
  });
  return entities.sort((a, b) => {
    const [left, right] = [toTransferredBytes(a.totals), toTransferredBytes(b.totals)];
    if (left !== right) return left > right ? -1 : 1;
    return compareIds(breakdown, a.id, b.id);
  });
}

function listThings(breakdown: Breakdown, { buckets, repos, spaces }: ScopedThings) {
  if (breakdown === "buckets") return buckets.map(({ id, name }) => ({ id, name, bucketIds: [id] }));
  const field = breakdown === "repos" ? "repo" : "space";
  const owned = Map.groupBy(buckets, (bucket) => bucket[field]);
  return (breakdown === "repos" ? repos : spaces).map(({ id, name }) => {
    return { id: String(id), name, bucketIds: (owned.get(id) ?? []).map((bucket) => bucket.id) };
  });
}

/** The order of ids by kind: of buckets and repos they are texts, and one that looks like a number is a text as well. */
function compareIds(breakdown: Breakdown, a: string, b: string): number {
  // Workspaces 9 and 10 come in this order: their ids are numbers, of which the shorter is the smaller.
  if (breakdown === "workspaces" && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
