/**
 * Reads a space's assets into columns, and what has changed since. Reads in snapshots of others; keeps nothing.
 */
import { readAssetVersion, readListChanges } from "../asset-versions.ts";
import type { CatalogQueries } from "../catalog-database.ts";
import { type AssetColumns, buildAssetColumns, ROWS_MAX } from "./asset-columns.ts";
import type { AssetValues } from "./asset-rows.ts";

/** The orders of lists. */
export const ORDERS = ["createdAtMs", "updatedAtMs", "shortFilename"] as const;

/** Which space. */
export type SpaceOf = { readonly organization: number; readonly space: number };

/** What columns are read with on an engine. */
export type ColumnEngine = {
  /** The numbers of all assets of the space, trash included, in any order. */
  readSpaceSeqs(space: SpaceOf): Float64Array<ArrayBuffer>;
  /** Those of the space that have one of these numbers; ascending by number. */
  readAssetValues(space: SpaceOf, seqs: readonly number[]): readonly AssetValues[];
};

/** Columns, as the catalogue was at a version of the space. */
export type VersionedColumns = { readonly columns: AssetColumns; version: number };

/** Where columns are read: `queries` is a transaction on the engine's connection. */
export type ColumnReading = { readonly queries: CatalogQueries; readonly engine: ColumnEngine };

/** Assets that are read at a time, some 10 ms; meanwhile the thread answers nobody. */
const CHUNK_ASSETS = 2_000;

/**
 * The columns of a space; some 4 s for a million assets. Each step is a `read` of its own and takes in what changed since
 * the one before, so that changes meanwhile are no matter. Null as soon as the columns need more than `bytesMax`. Rejects when
 * more changed between two steps than can be told.
 */
export async function loadColumns(
  read: <T>(work: (reading: ColumnReading) => Promise<T>) => Promise<T>,
  space: SpaceOf,
  bytesMax: number,
): Promise<VersionedColumns | null> {
  const { seqs, version } = await read(async ({ queries, engine }) => ({
    version: await readAssetVersion(queries, space),
    seqs: engine.readSpaceSeqs(space).sort(),
  }));
  if (seqs.length > ROWS_MAX) return null;
  const known = { columns: buildAssetColumns(seqs.length), version };
  for (let start = 0; start < seqs.length; start += CHUNK_ASSETS) {
    await read(async (reading) => {
      if ((await catchUp(reading, space, known)) !== "current")
        throw new Error("The assets change faster than they can be read.");
      known.columns.add(reading.engine.readAssetValues(space, [...seqs.subarray(start, start + CHUNK_ASSETS)]));
    });
    if (known.columns.bytes > bytesMax) return null;
  }
  for (const by of ORDERS) await read(async () => known.columns.sort(by));
  // With the orders: what is kept beyond its bytes would be forgotten at once and read again.
  return known.columns.bytes > bytesMax ? null : known;
}

/**
 * How columns stand to a snapshot: as it has the space; ahead of it, since it is older, and of use to later ones; or too
 * far behind to be brought up to it.
 */
export type Standing = "current" | "ahead" | "behind";

/**
 * Takes in what changed up to this snapshot. `behind` when that cannot be told, or would be more rows than columns take: the
 * columns are of no use then.
 */
export async function catchUp(
  { queries, engine }: ColumnReading,
  space: SpaceOf,
  known: VersionedColumns,
): Promise<Standing> {
  const version = await readAssetVersion(queries, space);
  if (version === known.version) return "current";
  // Rows that changed since are no longer what they were in that snapshot.
  if (version < known.version) return "ahead";
  const seqs = await readListChanges(queries, space, { from: known.version, to: version });
  if (seqs === null || known.columns.rows + seqs.length > ROWS_MAX) return "behind";
  known.columns.replace(seqs, engine.readAssetValues(space, seqs));
  known.version = version;
  return "current";
}
