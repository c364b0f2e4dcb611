/**
 * What FileSpin's endpoints read alike: the refusal of bad parameters, repeated ones, and `user_id`.
 */
import { AppError } from "../../platform/errors.ts";
import { findRepeated, readFirst } from "../wire-parameters.ts";

const USER_ID = /^[1-9][0-9]{0,15}$/;

/** `user_id=*` is how the answers name the whole group; programs send it back. */
const WHOLE_GROUP = "*";

/** The refusal of a bad parameter; FileSpin's clients are shown `message`. */
export function buildParameterError(message: string): AppError {
  return new AppError("request/invalid", message);
}

/** Refuses a query in which one of the known parameters comes twice: no reading of the two would be right. */
export function refuseRepeated(query: URLSearchParams, known: readonly string[]): void {
  const repeated = findRepeated(query, known);
  if (repeated !== undefined) throw buildParameterError(`Parameter ${repeated} must not be repeated`);
}

/** The user whose figures are asked for, as sent; null for the whole group. */
export function readUserId(query: URLSearchParams): string | null {
  const text = readFirst(query, "user_id");
  if (text === undefined || text === WHOLE_GROUP) return null;
  if (!USER_ID.test(text)) throw buildParameterError("user_id must be a positive integer");
  return text;
}
