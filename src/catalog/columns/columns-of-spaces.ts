/**
 * ColumnsOfSpaces: which spaces are kept in columns, within a number of bytes; reads them when they are first asked for,
 * large ones in the background.
 */
import type { CatalogQueries } from "../catalog-database.ts";
import type { AssetColumns } from "./asset-columns.ts";
import {
  CHUNK_ASSETS,
  type ColumnEngine,
  type ColumnReading,
  catchUp,
  loadColumns,
  type SpaceOf,
  type VersionedColumns,
} from "./load-columns.ts";

/** Columns of several spaces. One caller at a time. */
export interface ColumnsOfSpaces {
  /**
   * The columns of a space of `assets` assets, trash included, as this snapshot has them; null while they are read, and
   * for a space that does not fit. Good up to the end of the snapshot.
   */
  find(queries: CatalogQueries, space: SpaceOf, assets: number): Promise<AssetColumns | null>;
  /** Reads a space's columns in the background, if they are not there; resolves when they are, or do not fit. */
  load(space: SpaceOf): Promise<void>;
}

/** What they are built from. */
export type ColumnsOfSpacesParts = {
  /** On the connection of whoever asks. */
  readonly engine: ColumnEngine;
  /** Runs `work` in a snapshot on another connection, for what is read in the background. */
  readonly readElsewhere: <T>(work: (reading: ColumnReading) => Promise<T>) => Promise<T>;
  /** Bytes of all columns together; 0 for none at all. */
  readonly bytesMax: number;
};

/** Rows of assets that changed since, as a share of all: from here on the columns are read anew. */
const ADDED_SHARE_MAX = 1 / 4;

type Kept = VersionedColumns & { readonly loadedRows: number };

/** Builds the columns of no space. */
export function buildColumnsOfSpaces({ engine, readElsewhere, bytesMax }: ColumnsOfSpacesParts): ColumnsOfSpaces {
  // A map keeps the order in which keys were entered: the first one is the one to leave.
  const kept = new Map<string, Kept>();
  const tooLarge = new Set<string>();
  let loading: Promise<void> = Promise.resolve();
  const loadingKeys = new Set<string>();

  function keep(key: string, loaded: VersionedColumns | null): void {
    kept.delete(key);
    if (loaded === null) {
      tooLarge.add(key);
      return;
    }
    kept.set(key, { ...loaded, loadedRows: loaded.columns.rows });
    let bytes = [...kept.values()].reduce((sum, { columns }) => sum + columns.bytes, 0);
    for (const [oldest, { columns }] of kept) {
      if (bytes <= bytesMax) return;
      kept.delete(oldest);
      bytes -= columns.bytes;
    }
  }

  /** One space after another. */
  function load(space: SpaceOf): Promise<void> {
    const key = keyOf(space);
    if (loadingKeys.has(key)) return loading;
    loadingKeys.add(key);
    const before = loading;
    const run = async (): Promise<void> => {
      await before.catch(() => {}); // Its own caller is told.
      try {
        keep(key, await readElsewhere((reading) => loadColumns(reading, space, bytesMax, restForOthers)));
      } finally {
        loadingKeys.delete(key);
      }
    };
    loading = run();
    return loading;
  }

  const loadLater = (space: SpaceOf): void => {
    // What fails here is tried again with the next list, and that list is read without columns.
    load(space).catch(() => {});
  };

  async function findKept(queries: CatalogQueries, space: SpaceOf, known: Kept): Promise<AssetColumns | null> {
    const key = keyOf(space);
    kept.delete(key);
    if (!(await catchUp({ queries, engine }, space, known))) {
      loadLater(space);
      return null;
    }
    kept.set(key, known);
    const { rows } = known.columns;
    if (rows > known.loadedRows * (1 + ADDED_SHARE_MAX) + CHUNK_ASSETS) loadLater(space);
    return known.columns;
  }

  return {
    load,
    async find(queries, space, assets) {
      const key = keyOf(space);
      const known = kept.get(key);
      if (known !== undefined) return findKept(queries, space, known);
      if (bytesMax === 0 || tooLarge.has(key)) return null;
      if (assets > CHUNK_ASSETS) {
        loadLater(space);
        return null;
      }
      keep(key, await loadColumns({ queries, engine }, space, bytesMax, async () => {}));
      return kept.get(key)?.columns ?? null;
    },
  };
}

function keyOf({ organization, space }: SpaceOf): string {
  return `${organization} ${space}`;
}

/** Lets the thread answer what came in meanwhile. */
function restForOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
