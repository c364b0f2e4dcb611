/**
 * Reads a space's assets into columns, and what has changed since. In transactions of others; keeps nothing.
 */
import { readAssetVersion, readListChanges } from "../asset-versions.ts";
import type { CatalogQueries } from "../catalog-database.ts";
import { chunksOf } from "../chunks-of.ts";
import { type AssetColumns, buildAssetColumns, ROWS_MAX } from "./asset-columns.ts";
import type { AssetValues } from "./asset-rows.ts";

/** Which space. */
export type SpaceOf = { readonly organization: number; readonly space: number };

/** What columns are read with on an engine. */
export type ColumnEngine = {
  /** The numbers of all assets of the space, trash included, in any order. */
  readSpaceSeqs(space: SpaceOf): Float64Array<ArrayBuffer>;
  /** Those of the space that have one of these numbers, which ascend; ascending. */
  readAssetValues(space: SpaceOf, seqs: readonly number[]): readonly AssetValues[];
};

/** Columns, as the catalogue was at a version of the space. */
export type VersionedColumns = { readonly columns: AssetColumns; version: number };

/** Where columns are read: `queries` is a transaction on the engine's connection. */
export type ColumnReading = { readonly queries: CatalogQueries; readonly engine: ColumnEngine };

/** Assets that are read at a time; some 40 ms, in which the thread answers nobody. */
export const CHUNK_ASSETS = 10_000;

/**
 * The columns of a space, some 3 s for a million assets; null as soon as they need more than `bytesMax`. `rest` is waited
 * for between two chunks.
 */
export async function loadColumns(
  { queries, engine }: ColumnReading,
  space: SpaceOf,
  bytesMax: number,
  rest: () => Promise<void>,
): Promise<VersionedColumns | null> {
  const version = await readAssetVersion(queries, space);
  const columns = buildAssetColumns();
  const seqs = engine.readSpaceSeqs(space).sort();
  if (seqs.length > ROWS_MAX) return null;
  for (let start = 0; start < seqs.length; start += CHUNK_ASSETS) {
    await rest();
    columns.add(engine.readAssetValues(space, [...seqs.subarray(start, start + CHUNK_ASSETS)]));
    if (columns.bytes > bytesMax) return null;
  }
  for (const by of ["createdAtMs", "updatedAtMs", "shortFilename"] as const) {
    await rest();
    columns.sort(by);
  }
  return { columns, version };
}

/**
 * Takes in what changed up to this snapshot. False when that cannot be told, or would be more rows than columns take: the
 * columns are of no use then.
 */
export async function catchUp(
  { queries, engine }: ColumnReading,
  space: SpaceOf,
  known: VersionedColumns,
): Promise<boolean> {
  const version = await readAssetVersion(queries, space);
  if (version === known.version) return true;
  // A snapshot that is older than the columns has its changes behind it.
  if (version < known.version) return false;
  const changes = await readListChanges(queries, space, { from: known.version, to: version });
  if (changes === null || known.columns.rows + changes.seqs.length > ROWS_MAX) return false;
  known.columns.remove(changes.seqs);
  for (const chunk of chunksOf(
    changes.seqs.toSorted((a, b) => a - b),
    CHUNK_ASSETS,
  )) {
    known.columns.add(engine.readAssetValues(space, chunk));
  }
  known.version = version;
  return true;
}
