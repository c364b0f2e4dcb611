/**
 * The data directory of a demo: told apart from real data by a note, so that starting anew never deletes real usage.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../platform/errors.ts";
import { makePrivateFolder } from "../../platform/private-files.ts";
import { isProcessAlive } from "../server-file.ts";

/** What the note says. `loaded` is false while process `pid` takes the traffic in. */
export type DemoNote = {
  readonly loaded: boolean;
  readonly pid: number;
  readonly endMs: number;
  readonly events: number;
};

/** Notes in the directory that it is a demo's; makes the directory. */
export function writeDemoNote(dataDir: string, note: DemoNote): void {
  makePrivateFolder(dataDir);
  writeFileSync(noteFileOf(dataDir), `${JSON.stringify(note)}\n`);
}

/**
 * The note of a demo that is loaded and may be served as it is, or null when the directory is empty and ready for a
 * new one. A demo that was cut while loading is deleted, and so is any demo with `fresh`. Throws `catalog/conflict`
 * for a directory with files that no demo has put there, `store/held` while another process loads one into it.
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
  if (!note.loaded && note.pid !== process.pid && isProcessAlive(note.pid)) {
    throw new AppError(
      "store/held",
      `Process ${note.pid} is loading a demo into ${dataDir}; wait for it or end it first.`,
    );
  }
  for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true, force: true });
  return null;
}

function noteFileOf(dataDir: string): string {
  return join(dataDir, "demo.json");
}

function readDemoNote(dataDir: string): DemoNote | null {
  try {
    const { loaded, pid, endMs, events } = JSON.parse(readFileSync(noteFileOf(dataDir), "utf8")) as Partial<DemoNote>;
    const isComplete = typeof loaded === "boolean" && [pid, endMs, events].every(Number.isSafeInteger);
    return isComplete ? ({ loaded, pid, endMs, events } as DemoNote) : null;
  } catch {
    // No note: not a demo.
    return null;
  }
}
