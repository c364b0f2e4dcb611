/**
 * A file of JSON that somebody names on the command line.
 */
import { readFile } from "node:fs/promises";
import { AppError } from "../platform/errors.ts";

/** The JSON of a file. Throws `sources/unreadable-file` and `request/invalid` with the file's name. */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new AppError("sources/unreadable-file", `${file} cannot be read.`, { cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("request/invalid", `${file} is no JSON: ${(cause as Error).message}.`, { cause });
  }
}

/** The object that a file's JSON is. Throws `request/invalid` with the sentence for anything else, also for null and lists. */
export function toJsonObject(value: unknown, sentence: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new AppError("request/invalid", sentence);
  return value as Readonly<Record<string, unknown>>;
}
