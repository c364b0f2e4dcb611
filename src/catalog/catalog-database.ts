/**
 * CatalogDatabase: what the shared queries need of an engine. Each engine opens one (sqlite.ts); the queries on top of
 * it are the same for all.
 */
import type { Expression, Kysely, SqlBool } from "kysely";
import type { Clock } from "../platform/clock.ts";
import type { Ids } from "../platform/ids.ts";
import type { Page } from "./catalog.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import type { Listed, WantedList } from "./long-list.ts";

/** Something to send queries to: a connection or a running transaction. */
export type CatalogQueries = Kysely<CatalogTables>;

/** Columns of assets that can be searched for a part of their text. */
export type SearchedColumn = "short_filename" | "alt" | "title" | "copyright";

/**
 * A text to look for in one column of the assets of a space. It has at least one character and is taken literally: `%`,
 * `_`, quotes and backslashes stand for themselves. `assets` is how many assets are searched: those
 * of the space, in the trash or not in it.
 */
export type TextSearch = {
  readonly column: SearchedColumn;
  readonly text: string;
  readonly assets: number;
};

/**
 * An opened database. Every method turns the engine's own errors into AppErrors: `catalog/unavailable` for a database
 * that is locked, broken, full or closed.
 */
export interface CatalogDatabase {
  /** Runs reads that may each see another state. Sees every `write` that has resolved. */
  read<T>(work: (queries: CatalogQueries) => Promise<T>): Promise<T>;

  /** Runs reads that all see the same state of the database. */
  readSnapshot<T>(work: (queries: CatalogQueries) => Promise<T>): Promise<T>;

  /**
   * Reads a page and the total of a list that needs a look at many assets, of a state that is not older than the call,
   * without holding up this process meanwhile. Rejects with `request/too-many` when too many others wait.
   */
  readLongList(wanted: WantedList, page: Page): Promise<Listed>;

  /**
   * Runs reads and writes in one transaction, which commits when `work` resolves and leaves nothing when it rejects.
   * Two of them never run at the same time, in whichever processes: ids are chosen by looking at what is there.
   */
  write<T>(work: (queries: CatalogQueries) => Promise<T>): Promise<T>;

  /**
   * The condition that an asset's column contains `text`, ignoring case as far as the engine can. Chosen by a look at
   * how many would match, so that it is for this one list and not to be kept.
   */
  findText(queries: CatalogQueries, search: TextSearch): Promise<Expression<SqlBool>>;

  /** Waits for running work and closes. Calling it twice is harmless; other calls after it reject. */
  close(): Promise<void>;
}

/**
 * Which lists of assets are read directly, and how much memory the others may take. `directAssetsMax`: assets that a list
 * may need a look at to be read directly. `columnsBytesMax`: bytes of the columns from which others are read; 0 for none,
 * these are read by SQL then.
 */
export type ListLimits = { readonly directAssetsMax: number; readonly columnsBytesMax: number };

/** What the parts of the catalogue are built from. */
export type CatalogContext = {
  readonly database: CatalogDatabase;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly lists: ListLimits;
};
