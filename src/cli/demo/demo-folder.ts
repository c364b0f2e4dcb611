/**
 * The data directory of a demo: told apart from real data by a note, so that starting anew never deletes real usage.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../platform/errors.ts";

/** What the note says. `loaded` is false while the traffic is on its way in. */
export type DemoNote = { readonly loaded: boolean; readonly endMs: number; readonly events: number };

/** Notes in the directory that it is a demo's; makes the directory. */
export function writeDemoNote(dataDir: string, note: DemoNote): void {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(noteFileOf(dataDir), `${JSON.stringify(note)}\n`);
}

/**
 * The note of a demo that is loaded and may be served as it is, or null when the directory is empty and ready for a
 * new one. A demo that was cut while loading is deleted, and so is any demo with `fresh`. Throws `catalog/conflict`
 * for a directory with files that no demo has put there.
 */
export function prepareDemoFolder(dataDir: string, fresh: boolean): DemoNote | null {
  const isEmpty = !existsSync(dataDir) || readdirSync(dataDir).length === 0;
  if (isEmpty) return null;
  const note = readDemoNote(dataDir);
  if (note === null) {
    const sentence = `${dataDir} holds data that no demo has made; choose another directory with --data-dir.`;
    throw new AppError("catalog/conflict", sentence);
  }
  if (note.loaded && !fresh) return note;
  for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true, force: true });
  return null;
}

function noteFileOf(dataDir: string): string {
  return join(dataDir, "demo.json");
}

function readDemoNote(dataDir: string): DemoNote | null {
  try {
    const { loaded, endMs, events } = JSON.parse(readFileSync(noteFileOf(dataDir), "utf8")) as Partial<DemoNote>;
    return typeof loaded === "boolean" && typeof endMs === "number" && typeof events === "number"
      ? { loaded, endMs, events }
      : null;
  } catch {
    // No note: not a demo.
    return null;
  }
}
