/**
 * SQLite's errors → AppError, by result code.
 * @see https://www.sqlite.org/rescode.html, read 2026-11-20
 */
import { AppError, type ErrorCode } from "../platform/errors.ts";

const SQLITE_BUSY = 5;

/** Primary result codes and what a person can do about them. `{file}` stands for the database's path. */
const REASONS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  3: [
    "catalog/unavailable",
    "The catalogue {file} may not be opened. Check the permissions of the file and its folder.",
  ],
  5: [
    "catalog/unavailable",
    "The catalogue {file} is locked by another process. Try again when that one has finished.",
  ],
  6: ["catalog/unavailable", "The catalogue {file} is locked. Try again."],
  7: ["catalog/unavailable", "There is not enough memory to read the catalogue {file}. Free some and try again."],
  8: [
    "catalog/unavailable",
    "The catalogue {file} cannot be written. Check the permissions of the file and its folder.",
  ],
  10: ["catalog/unavailable", "The disk failed while the catalogue {file} was read or written. Check the disk."],
  11: ["catalog/unavailable", "The catalogue {file} is damaged. Restore it from a copy."],
  13: ["catalog/unavailable", "The disk is full: the catalogue {file} cannot be written. Free some space."],
  14: [
    "catalog/unavailable",
    "The catalogue {file} cannot be opened. Check that its folder exists and may be written.",
  ],
  17: ["catalog/unavailable", "The catalogue {file} was changed by another process meanwhile. Try again."],
  26: ["catalog/unavailable", "The file {file} is not a catalogue of assetmeter. Choose another one or restore it."],
};

/** What to answer for a broken constraint that the queries did not expect, by extended result code. */
const CONSTRAINTS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  787: ["catalog/not-found", "Something that this refers to is not in the catalogue."],
  1555: ["catalog/conflict", "Something with this id is already in the catalogue."],
  2067: ["catalog/conflict", "Something with this id or name is already in the catalogue."],
  275: ["catalog/invalid", "A value is outside of its bounds."],
  3091: ["catalog/invalid", "A value has the wrong type."],
};

/** True for the error of a database that someone else has locked: waiting may help. */
export function isBusy(error: unknown): boolean {
  return (readResultCode(error) ?? 0) % 256 === SQLITE_BUSY;
}

/** The AppError for an error of SQLite on `file`. AppErrors and errors of other origin (defects) are given back as they are. */
export function toCatalogError(error: unknown, file: string): unknown {
  const code = readResultCode(error);
  if (code === null) return error;
  // The low byte of an extended code is its primary code.
  const [errorCode, sentence] = CONSTRAINTS[code] ?? REASONS[code % 256] ?? [null, ""];
  if (errorCode === null) return error;
  return new AppError(errorCode, sentence.replace("{file}", file), { cause: error, internal: { sqliteCode: code } });
}

/** The extended result code of an error of node:sqlite, null for any other error. */
function readResultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error)) return null;
  return typeof error.errcode === "number" ? error.errcode : null;
}
