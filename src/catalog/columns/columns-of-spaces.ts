/**
 * ColumnsOfSpaces: which spaces are kept in columns, within a number of bytes. Reads a large space's in the background, when
 * it is first asked for or ahead of that.
 */
import { readAssetVersion } from "../asset-versions.ts";
import type { CatalogQueries } from "../catalog-database.ts";
import { type LargeSpace, readLargeSpaces } from "../large-spaces.ts";
import type { AssetColumns } from "./asset-columns.ts";
import {
  type ColumnEngine,
  type ColumnReading,
  catchUp,
  loadColumns,
  ORDERS,
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
  /** Reads a space's columns in the background, or anew; resolves when they are there or do not fit. */
  load(space: SpaceOf): Promise<void>;
  /**
   * Takes in what changed in all spaces that are kept, so that no list has much to take in. Called often, with snapshots
   * on the connection of whoever asks. A space that changes faster is read anew as soon as it rests from one call to the
   * next.
   */
  follow(readSnapshot: ReadSnapshot): Promise<void>;
  /**
   * Reads the columns of large spaces, largest first, as many as fit. Resolves when they are there; one that cannot be read
   * is left to its lists.
   */
  readAhead(): Promise<void>;
}

/** Runs `work` in a snapshot. */
export type ReadSnapshot = <T>(work: (queries: CatalogQueries) => Promise<T>) => Promise<T>;

/** What they are built from. */
export type ColumnsOfSpacesParts = {
  /** On the connection of whoever asks. */
  readonly engine: ColumnEngine;
  /** Opens a connection of its own for what is read in the background. */
  readonly openReader: () => Promise<ColumnReader>;
  /** Bytes of all columns together; 0 for none at all. */
  readonly bytesMax: number;
};

/** A connection on which columns are read in the background. */
export interface ColumnReader {
  /** Runs `work` in a snapshot. */
  read<T>(work: (reading: ColumnReading) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Assets that are read while somebody waits, some 50 ms; a list by SQL takes 20 ms. */
const READ_AT_ONCE_MAX = 10_000;

/**
 * Steps of reading between two rests, some 400 ms. A list that comes meanwhile waits so long. With a rest after each step
 * a space of a million assets took 6 minutes while lists by SQL, half a second each, came one after another.
 */
const STEPS_AT_ONCE = 50;

/** Bytes that an asset takes in columns, about: the texts of the ones measured have 40 characters in all. */
const ASSET_BYTES = 200;

/** Rows of assets that changed since, as a share of all: from here on the columns are read anew. */
const REPLACED_SHARE_MAX = 1 / 4;

/** Rows of assets that changed since, as a share of all: from here on columns that outgrew all bytes may fit when read anew. */
const OUTGROWN_SHARE_MIN = 1 / 16;

/** No version of a space. */
const UNKNOWN_VERSION = -1;

type Kept = VersionedColumns & { readonly space: SpaceOf; readonly loadedRows: number };

/** Builds the columns of no space. */
export function buildColumnsOfSpaces(parts: ColumnsOfSpacesParts): ColumnsOfSpaces {
  const { engine, openReader, bytesMax } = parts;
  const kept = buildKeptColumns(bytesMax);
  const loading = new Map<string, Promise<void>>();
  // What fell behind its space, with the version that this had when it was looked at last.
  const behind = new Map<string, { readonly space: SpaceOf; readonly version: number }>();
  let last: Promise<unknown> = Promise.resolve();

  async function readColumns(space: SpaceOf): Promise<void> {
    const reader = await openReader();
    let steps = 0;
    const read: ColumnReader["read"] = async (work) => {
      if (steps++ % STEPS_AT_ONCE === 0) await restForOthers();
      return reader.read(work);
    };
    try {
      kept.keep(space, await loadColumns(read, space, bytesMax));
      behind.delete(keyOf(space));
    } finally {
      await reader.close();
    }
  }

  /** Lists are served from the columns meanwhile: one that comes waits for a single pass. */
  async function learnParts(space: SpaceOf): Promise<void> {
    do await restForOthers();
    while (kept.learnPart(keyOf(space)));
  }

  /** One space after another: each takes a connection and, while it is read, memory beside what is kept. */
  function load(space: SpaceOf): Promise<void> {
    const key = keyOf(space);
    const running = loading.get(key);
    if (running !== undefined) return running;
    const loaded = last
      .then(() => readColumns(space))
      .then(() => learnParts(space))
      .finally(() => loading.delete(key));
    loading.set(key, loaded);
    // Whoever asked for it is told; the next one is read all the same.
    last = loaded.catch(() => {});
    return loaded;
  }

  function loadLater(space: SpaceOf): void {
    // What fails is tried again with the next list, and that list is read by SQL.
    load(space).catch(() => {});
  }

  async function findKept(queries: CatalogQueries, space: SpaceOf, known: Kept): Promise<AssetColumns | null> {
    const standing = await catchUp({ queries, engine }, space, known);
    // Newer than the list that asks, whose snapshot may have begun before they were read: the next list takes them.
    if (standing === "ahead") return null;
    // Others have come in their place meanwhile, which are not to be forgotten, nor read once more.
    const isKept = kept.has(known);
    if (standing === "behind") {
      if (isKept) {
        kept.forget(keyOf(space));
        behind.set(keyOf(space), { space, version: UNKNOWN_VERSION });
      }
      return null;
    }
    const { rows } = known.columns;
    if (isKept && rows > known.loadedRows * (1 + REPLACED_SHARE_MAX) + READ_AT_ONCE_MAX) loadLater(space);
    return known.columns;
  }

  async function loadWhatRests(queries: CatalogQueries): Promise<void> {
    for (const [key, { space, version }] of behind) {
      const now = await readAssetVersion(queries, space);
      // Its columns came meanwhile.
      if (!behind.has(key)) continue;
      behind.set(key, { space, version: now });
      if (now === version) loadLater(space);
    }
  }

  return {
    load,
    async find(queries, space, assets) {
      const key = keyOf(space);
      const known = kept.find(key);
      if (known !== null) return findKept(queries, space, known);
      if (!kept.mayFit(key) || behind.has(key)) return null;
      if (assets > READ_AT_ONCE_MAX) {
        loadLater(space);
        return null;
      }
      const loaded = await loadColumns((work) => work({ queries, engine }), space, bytesMax);
      kept.keep(space, loaded);
      return loaded?.columns ?? null;
    },
    async follow(readSnapshot) {
      for (const known of kept.all()) {
        const columns = await readSnapshot((queries) => findKept(queries, known.space, known));
        if (columns !== null) for (const by of ORDERS) columns.sort(by);
      }
      kept.makeFit();
      await readSnapshot(loadWhatRests);
    },
    async readAhead() {
      for (const { assets, ...space } of await listLargeSpaces(openReader)) {
        if (kept.find(keyOf(space)) !== null) continue;
        // By what the larger ones take in fact: else one with long texts leaves for a smaller one.
        // Parts leave when others come.
        if (kept.bytesWithoutParts() + assets * ASSET_BYTES > bytesMax) return;
        // One that changes too fast, or a file that is busy, is no reason to leave out the others; its next list tries again.
        await load(space).catch(() => {});
      }
    },
  };
}

/** The columns that are kept; those not used for the longest time leave when others come. */
function buildKeptColumns(bytesMax: number) {
  // A map keeps the order in which keys were entered: the first one is the one to leave.
  const columnsOf = new Map<string, Kept>();
  const tooLarge = new Set<string>();
  const countBytes = (): number => [...columnsOf.values()].reduce((sum, { columns }) => sum + columns.bytes, 0);

  const countPartsBytes = (): number =>
    [...columnsOf.values()].reduce((sum, { columns }) => sum + columns.partsBytes, 0);

  /** One part more of a space's texts; false: none is left, or it would not fit. */
  function learnPart(key: string): boolean {
    const columns = columnsOf.get(key)?.columns;
    return columns !== undefined && countBytes() + columns.rows / 8 <= bytesMax && columns.learnPart();
  }

  /** Columns grow with changes, and with the conditions that they remember. */
  function makeFit(): void {
    // Without parts a list takes some milliseconds more, without columns it is read by SQL.
    if (countBytes() > bytesMax) for (const { columns } of columnsOf.values()) columns.forgetParts();
    // First what is too large by itself, for which the others would leave in vain.
    for (const [key, { columns, loadedRows }] of columnsOf) {
      if (columns.bytes <= bytesMax) continue;
      columnsOf.delete(key);
      // Hardly smaller when read anew: they would be read and forgotten again and again.
      if (columns.rows < loadedRows * (1 + OUTGROWN_SHARE_MIN)) tooLarge.add(key);
    }
    let bytes = countBytes();
    for (const [key, { columns }] of columnsOf) {
      if (bytes <= bytesMax) return;
      columnsOf.delete(key);
      bytes -= columns.bytes;
    }
  }

  return {
    bytesWithoutParts: () => countBytes() - countPartsBytes(),
    learnPart,
    makeFit,
    has: (known: Kept): boolean => columnsOf.get(keyOf(known.space)) === known,
    find(key: string): Kept | null {
      const known = columnsOf.get(key);
      if (known === undefined) return null;
      columnsOf.delete(key);
      columnsOf.set(key, known);
      return known;
    },
    forget(key: string): void {
      columnsOf.delete(key);
    },
    /** Whether it is worth a try. */
    mayFit: (key: string): boolean => bytesMax > 0 && !tooLarge.has(key),
    all: (): readonly Kept[] => [...columnsOf.values()],
    /** Null: they need more than all bytes. */
    keep(space: SpaceOf, loaded: VersionedColumns | null): void {
      const key = keyOf(space);
      columnsOf.delete(key);
      if (loaded === null) {
        tooLarge.add(key);
        return;
      }
      columnsOf.set(key, { ...loaded, space, loadedRows: loaded.columns.rows });
      makeFit();
    },
  };
}

async function listLargeSpaces(openReader: ColumnsOfSpacesParts["openReader"]): Promise<readonly LargeSpace[]> {
  const reader = await openReader();
  try {
    return await reader.read(({ queries }) => readLargeSpaces(queries));
  } finally {
    await reader.close();
  }
}

function keyOf({ organization, space }: SpaceOf): string {
  return `${organization} ${space}`;
}

/** Lets the thread answer what came in meanwhile. */
function restForOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
