/**
 * SqlFlavor: what differs between engines in the SQL of build-sql.ts, and how an engine writes values of dimensions.
 */
import type { Dimension, DimensionValue } from "../model/usage-query.ts";
import type { UsageTable, WindowSplit } from "./usage-store.ts";

/** A value as the engine stores it: an integer that is written into the statement, or text that is bound to it. */
export type StoredValue = number | string;

/** One engine's way to say what build-sql.ts says once. */
export interface SqlFlavor {
  /** Names the golden files: `duckdb`. */
  readonly name: string;
  /**
   * The column that says when, and how many milliseconds one of its units is long: `day`, 86,400,000. Sums stand at the
   * start of their grain. Small numbers compress to half of what milliseconds take.
   */
  time(table: UsageTable): { readonly column: string; readonly unitMs: number };
  /** The column of a dimension. */
  column(dimension: Dimension): string;
  /** How the engine stores a value; a value that it has never seen must become one that matches no row. */
  encode(dimension: Dimension, value: DimensionValue): StoredValue;
  /** The inverse of `encode`. */
  decode(dimension: Dimension, stored: unknown): DimensionValue;
  /** Expressions that sort `column`, one after the other, by the value that people see, absent values last. */
  sortKeys(dimension: Dimension, column: string): readonly string[];
  /** An expression that gives each value of `column` one of some thousand numbers from 0, evenly. */
  groupPart(column: string): string;
  /** A placeholder for the bound text number `index`, from 1. */
  placeholder(index: number): string;
  /** What stands before the parenthesis of a WITH that is computed once and read several times. */
  readonly materialized: string;
  /** The condition that `column` is one of many ascending numbers; null where nothing is faster than comparing. */
  amongNumbers(column: string, numbers: readonly number[]): string | null;
  /** The same rows of a SELECT, few of a table that may have very many: read so that the search for them takes least. */
  readByOne(select: string): string;
  /** A sum over at least one row that is exact beyond 64 bits; `condition` null adds up every row. Zero, not NULL, when no row matches. */
  sum(column: string, condition: string | null): string;
  /** An expression of the time of a table's rows: their window, or what `windowed` makes windows of by a join. */
  windowKey(table: UsageTable, windows: WindowSplit): string;
  /**
   * The expression that is the window of a row whose `windowKey` is the column `key`, and what has to be joined for it; null
   * where the key is the window.
   */
  windowed(key: string, windows: WindowSplit): { readonly index: string; readonly join: string | null };
}
