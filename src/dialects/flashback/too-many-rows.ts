/**
 * The engine's refusal of an answer with too many rows, which Flashback's routes read around or put in their own words.
 */
import { AppError } from "../../platform/errors.ts";

/** True for that refusal alone. */
export function isTooManyRows(error: unknown): boolean {
  return error instanceof AppError && error.code === "query/too-many-rows";
}
