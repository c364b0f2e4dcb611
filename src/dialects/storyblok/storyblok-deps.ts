/**
 * StoryblokDeps: what the routes of this dialect are built from.
 */
import type { DialectDeps } from "../dialect.ts";

/** The part of DialectDeps that this dialect needs. */
export type StoryblokDeps = Pick<
  DialectDeps,
  "catalog" | "clock" | "files" | "limits" | "runQuery" | "readSourceCounts"
>;
