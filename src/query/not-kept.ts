/**
 * The refusal of usage of a time of which nothing is left that could tell it apart. A value, for dialects to put in the words
 * of their own parameters.
 */
import { AppError } from "../platform/errors.ts";

/** `query/invalid` for the age of what was asked for. */
export class NotKept extends AppError {
  /** From when on (UTC ms) the same can be asked, as long as no gauge is: one needs all that ever was. */
  readonly keptFromMs: number;

  constructor(publicMessage: string, keptFromMs: number) {
    super("query/invalid", publicMessage);
    this.name = "NotKept";
    this.keptFromMs = keptFromMs;
  }
}
