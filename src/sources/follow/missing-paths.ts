/**
 * The `paths` of a source at which there is no file -> those that are to be named in the log now. What follows for the source's
 * watermark is not decided here.
 */
import { isAwaitedLong } from "./file-place.ts";

/** Paths of one source at which there was no file when they were last looked at. */
export interface MissingPaths {
  /**
   * Takes all that are missing at a look. Answers those that are to be said: each once, when it has been missing for longer than
   * a rotation leaves a name without a file, and once more when there was a file in between.
   */
  look(missing: readonly string[], nowMs: number): readonly string[];
}

/** Builds it; nothing is missing yet. */
export function buildMissingPaths(): MissingPaths {
  /** Since when by path (ms); null where it was said. */
  const since = new Map<string, number | null>();
  return {
    look(missing, nowMs) {
      for (const path of since.keys()) if (!missing.includes(path)) since.delete(path);
      for (const path of missing) if (!since.has(path)) since.set(path, nowMs);
      const due = missing.filter((path) => {
        const sinceMs = since.get(path) ?? null;
        return sinceMs !== null && isAwaitedLong(sinceMs, nowMs);
      });
      for (const path of due) since.set(path, null);
      return due;
    },
  };
}
