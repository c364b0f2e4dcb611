/**
 * Errors on their way between threads, where they lose their class.
 */
import { AppError, type ErrorCode } from "./errors.ts";

/** An error as it crosses. A null code is a defect. */
export type PlainError = {
  readonly code: ErrorCode | null;
  readonly message: string;
  /** Seconds a client should wait before it tries again; absent where nobody says. */
  readonly retryAfterS?: number;
};

/** What crosses of an error: nothing that goes to the log only. */
export function toPlainError(error: unknown): PlainError {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof AppError)) return { code: null, message };
  const { code, retryAfterS } = error;
  return retryAfterS === undefined ? { code, message } : { code, message, retryAfterS };
}

/** The error on the other side. */
export function fromPlainError({ code, message, retryAfterS }: PlainError): Error {
  if (code === null) return new Error(message);
  return new AppError(code, message, retryAfterS === undefined ? {} : { retryAfterS });
}
