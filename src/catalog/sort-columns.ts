/**
 * The columns that lists of assets are ordered by.
 */

/** The column of each order; then comes the id. */
export const SORT_COLUMNS = {
  createdAtMs: "created_at_ms",
  updatedAtMs: "updated_at_ms",
  // In the order of the characters' codes, capitals first: any language's own order needs an index per language.
  shortFilename: "short_filename",
} as const;

/** One of them. */
export type SortColumn = (typeof SORT_COLUMNS)[keyof typeof SORT_COLUMNS];
