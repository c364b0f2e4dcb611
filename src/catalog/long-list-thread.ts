/**
 * Long lists of assets, read on a thread of their own, which starts with the first one.
 */
import { openThread } from "../platform/thread.ts";
import type { Page } from "./catalog.ts";
import type { Listed, WantedList } from "./long-list.ts";
import type { LongListSettings, LongListTask } from "./long-list-worker.ts";

/** Reads long lists. */
export interface LongLists {
  /** A page of a long list; see CatalogDatabase.readLongList. */
  read(wanted: WantedList, page: Page): Promise<Listed>;
  /** Reads what lists of large spaces come from before anybody asks for one. Resolves when all of it is there. */
  readAhead(): Promise<void>;
  /** Ends the thread; what waits rejects. Twice is harmless. */
  close(): Promise<void>;
}

/** Lists that wait, at most: one of a million assets takes up to a second, and nobody waits for minutes. */
const WAITING_MAX = 64;

/** Opens the reading of lists of a catalogue's file. The process may end while the thread idles. */
export function openLongLists(settings: LongListSettings): LongLists {
  const thread = openThread<LongListTask, Listed | null>({
    does: "reads lists of assets",
    file: new URL("./long-list-worker", import.meta.url),
    settings,
    waitingMax: WAITING_MAX,
    fullMessage: "Too many lists of assets wait.",
  });
  return {
    read: async (wanted, page) => (await thread.ask({ wanted, page })) as Listed,
    readAhead: async () => {
      await thread.ask("read ahead");
    },
    close: thread.close,
  };
}
