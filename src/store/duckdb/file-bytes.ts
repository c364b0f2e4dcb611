/**
 * How long a file of the store is.
 */
import { statSync } from "node:fs";

/** Bytes of a file; 0 when there is none, as beside a store in memory. Throws when nobody can say. */
export function fileBytes(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
