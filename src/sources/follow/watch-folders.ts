/**
 * Folders -> a hint when something has changed there. Not every file system says everything: nothing may depend on it.
 */
import { type FSWatcher, watch } from "node:fs";

/** Has `lookSoon` called when something changes in a folder, and closes the watchers of folders that are not among them. */
export function watchFolders(
  folders: ReadonlySet<string>,
  watchers: Map<string, FSWatcher>,
  lookSoon: () => void,
): void {
  for (const folder of folders) {
    if (watchers.has(folder)) continue;
    try {
      const watcher = watch(folder, { persistent: false }, () => lookSoon());
      // A folder that goes takes its watcher with it; polling goes on.
      watcher.on("error", () => {
        watcher.close();
        watchers.delete(folder);
      });
      watchers.set(folder, watcher);
    } catch {
      // Too many watchers, or no folder yet: polling sees what happens, a little later.
    }
  }
  for (const [folder, watcher] of watchers) {
    if (folders.has(folder)) continue;
    watcher.close();
    watchers.delete(folder);
  }
}
