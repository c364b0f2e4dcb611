/**
 * What became of the files of an import, one after another: taken in, failed, or not begun. A file that cannot be read keeps
 * nobody from the others; what would fail for each of them alike ends the import.
 */
import type { LogTotals } from "../model/source.ts";
import { AppError, type ErrorCode } from "../platform/errors.ts";
import { type CommandContext, printJson, SaidError } from "./command-context.ts";
import { addTotals, NO_TOTALS, printTotals, toTotalsJson } from "./intake-totals.ts";
import { addExtents, NO_EXTENT, printExtent, toExtentJson } from "./log-extent.ts";
import { printCount } from "./print-count.ts";

/** What became of all files that were named. */
export type ImportOutcome = {
  readonly taken: readonly { readonly file: string; readonly totals: LogTotals }[];
  readonly failed: readonly { readonly file: string; readonly error: AppError }[];
  /** Files that stand behind a failure which is not one of its file alone. */
  readonly notBegun: readonly string[];
};

/** Failures that say something of one file. */
const OF_ONE_FILE: ReadonlySet<ErrorCode> = new Set([
  ...(["sources/unknown-format", "sources/other-format", "sources/unsupported-format"] as const),
  ...(["sources/corrupt-archive", "sources/unreadable-file", "sources/fields-changed", "request/timed-out"] as const),
]);

/** Takes files in one after another, because the files of one log are pieces of one stream. */
export async function takeFiles<File extends { readonly name: string }>(
  files: readonly File[],
  take: (file: File) => Promise<LogTotals>,
): Promise<ImportOutcome> {
  const taken: { file: string; totals: LogTotals }[] = [];
  const failed: { file: string; error: AppError }[] = [];
  for (const [index, file] of files.entries()) {
    try {
      taken.push({ file: file.name, totals: await take(file) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      failed.push({ file: file.name, error });
      if (!OF_ONE_FILE.has(error.code))
        return { taken, failed, notBegun: files.slice(index + 1).map(({ name }) => name) };
    }
  }
  return { taken, failed, notBegun: [] };
}

/** Prints what was counted, then what was not. Throws SaidError where any file failed. */
export function printOutcome({ terminal }: CommandContext, outcome: ImportOutcome, json: boolean): void {
  const { taken, failed, notBegun } = outcome;
  const totals = taken.reduce((sum, file) => addTotals(sum, file.totals), NO_TOTALS);
  const extent = taken.reduce((sum, file) => addExtents(sum, file.totals), NO_EXTENT);
  if (json) printJson(terminal, { ...toTotalsJson(totals), ...toExtentJson(extent), ...toFilesJson(outcome) });
  else if (taken.length > 0) {
    for (const { file, totals: own } of taken) terminal.writeError(`${file}: ${sayTaken(own)}\n`);
    terminal.writeError(printExtent(extent));
    terminal.writeOut(printTotals(totals));
  }
  for (const { file, error } of failed) terminal.writeError(`${sayFailure(file, error)}\n`);
  for (const file of notBegun) terminal.writeError(`${file}: not begun\n`);
  if (failed.length > 0) throw new SaidError();
}

function toFilesJson({ taken, failed, notBegun }: ImportOutcome) {
  const files = taken.map(({ file, totals: { source, format, ...own } }) => {
    return { file, source, format, ...toTotalsJson(own), ...toExtentJson(own) };
  });
  const last = failed.at(-1);
  if (last === undefined) return { files };
  return {
    files,
    failed: failed.map(({ file, error: { code, message } }) => ({ file, code, message })),
    not_begun: notBegun,
    // As every command that fails says it.
    error: { code: last.error.code, message: sayFailure(last.file, last.error) },
  };
}

/** A log of something else under an existing source is not found out before its lines: they are all refused. */
function sayTaken({ format, source, received, rejected }: LogTotals): string {
  const refused = rejected === 0 ? "" : `, ${printCount(rejected)} of ${printCount(received)} refused`;
  return `${format}, source ${source}${refused}`;
}

/** What is said of a file names it already. */
function sayFailure(file: string, { message }: AppError): string {
  return message.startsWith(`${file} `) ? message : `${file}: ${message}`;
}
