/**
 * Stored operation ↔ the key that FileSpin's clients know it by. Pure.
 */
import { METHODS } from "node:http";
import type { StatType } from "./stat-type.ts";

/** `GET /api/v1/search` is the api figure `/api/v1/search`: one method of those that HTTP knows, and one space. */
const METHOD_AND_SPACE = new RegExp(`^(?:${METHODS.join("|")}) `);

/** The key of events that do not say what was done. */
export const UNKNOWN_KEY = "unknown";

/** The key under which a stored operation is counted. Only api operations carry a method; other ids are left alone. */
export function toOperationKey(type: StatType, operation: string): string {
  const named = type === "api" ? operation.replace(METHOD_AND_SPACE, "") : operation;
  return named === "" ? UNKNOWN_KEY : named;
}

/**
 * Every stored operation that is counted under `key`, the inverse of toOperationKey. Filtering by `key` alone would
 * miss the calls that were stored with their method. Empty for a key that no operation can have.
 */
export function toStoredOperations(type: StatType, key: string): readonly string[] {
  const spellings = [key, ""];
  const withMethod = METHODS.flatMap((method) => spellings.map((spelling) => `${method} ${spelling}`));
  return [...spellings, ...withMethod].filter((operation) => toOperationKey(type, operation) === key);
}
