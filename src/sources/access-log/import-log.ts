/**
 * A log that somebody sends -> the file import of its source: finds out the source's settings, and the format where nobody
 * says it.
 */
import type { Catalog } from "../../catalog/catalog.ts";
import { decidesSpace, type Source, type SourceFormat } from "../../model/source.ts";
import { DEFAULT_SETTINGS } from "../../model/source-settings.ts";
import { AppError } from "../../platform/errors.ts";
import { requireOpenSource } from "../require-open-source.ts";
import { detectFormat } from "./detect-format.ts";
import { type ImportOptions, type ImportSummary, type ImportTarget, importFile } from "./import-file.ts";

/** What to import. */
export type LogToImport = Omit<ImportOptions, "source" | "format" | "prefix" | "space" | "choose"> & {
  /** Null: the source is called as the format is. */
  readonly source: string | null;
  /** `auto`: the format of the source, and for a new one that of which most of the first lines are. */
  readonly format: SourceFormat | "auto";
  /** The space of all lines that no rule gives one; null: that of the source. */
  readonly space: number | null;
  /** The space where neither the log nor its source says one, unless the source requires one of its rules; or null. */
  readonly defaultSpace: number | null;
  readonly catalog: Pick<Catalog, "readSource">;
};

/** What became of it, and what it was taken for: null where the sender may not know of what format the source is. */
export type LogSummary = ImportSummary & { readonly source: string; readonly format: SourceFormat | null };

/** What the lines are taken for, and whether their sender may know it. */
type Chosen = ImportTarget & { readonly isTold: boolean };

/**
 * Imports one log. Rejects as importFile does, and with `sources/unknown-format` when no format reads its first lines,
 * with `sources/other-format` when the source has another one, and with `sources/paused`.
 */
export async function importLog(log: LogToImport): Promise<LogSummary> {
  const nothing: ImportTarget = { source: log.source ?? String(log.format), format: "combined", space: log.space };
  let target: Chosen = { ...nothing, isTold: false };
  const choose = async (start: Buffer): Promise<ImportTarget> => {
    target = await chooseTarget(log, start);
    return target;
  };
  const summary = await importFile({ ...log, ...target, choose });
  return { ...summary, source: target.source, format: target.isTold ? target.format : null };
}

async function chooseTarget(log: LogToImport, start: Buffer): Promise<Chosen> {
  const named = log.source === null ? null : await readOpenSource(log, log.source);
  const format = log.format === "auto" ? chooseFormat(named, start) : log.format;
  const source = named ?? (log.source === null ? await readOpenSource(log, format) : null);
  const mayKnow = source === null || maySeeRecordsOf(source, log);
  // Nothing reads lines as events: each would be refused, and the log said to be taken in.
  if (source !== null && (source.format !== format || format === "cloudevents")) {
    throw new AppError("sources/other-format", sayOther(source, mayKnow ? format : null));
  }
  const prefix = source?.settings.prefix ?? "none";
  const space = log.space ?? chooseSpace(log, source);
  return { source: log.source ?? format, format, prefix, space, isTold: mayKnow || log.format === format };
}

/** A sender that is limited to spaces may write to a source whose records it may not see, and learns nothing of it. */
function maySeeRecordsOf({ space }: Source, { allowedSpaces }: LogToImport): boolean {
  return allowedSpaces === null || (space !== null && allowedSpaces.includes(space));
}

function sayOther({ name, format }: Source, asked: SourceFormat | null): string {
  if (asked === null) return `The source ${name} is of another format.`;
  if (format === "cloudevents") return `The source ${name} takes events and no log lines.`;
  return `The source ${name} is of the format ${format}, not of ${asked}.`;
}

/** Said of all lines, a space goes before the source's: an import would count under another one than following does. */
function chooseSpace({ defaultSpace }: LogToImport, source: Source | null): number | null {
  return source !== null && decidesSpace(source) ? null : defaultSpace;
}

async function readOpenSource({ catalog, organization }: LogToImport, name: string): Promise<Source | null> {
  const source = await catalog.readSource(organization, name);
  if (source !== null) requireOpenSource(source);
  return source;
}

function chooseFormat(source: Source | null, start: Buffer): SourceFormat {
  if (source !== null) return source.format;
  // Of an empty log nothing is counted, whatever it is taken for.
  const format = start.length === 0 ? "combined" : detectFormat(start, DEFAULT_SETTINGS);
  if (format !== null) return format;
  const advice = "Say which it is; if it is no access log, leave it out.";
  throw new AppError("sources/unknown-format", `No format reads the first lines of the log. ${advice}`);
}
