/**
 * Whole lists of assets, read on a thread of their own, which starts with the first one.
 */
import { openThread } from "../platform/thread.ts";
import type { Page } from "./catalog.ts";
import type { WantedList, WholeListWithPage } from "./whole-list.ts";
import type { WholeListSettings, WholeListTask } from "./whole-list-worker.ts";

/** Reads whole lists. */
export interface WholeLists {
  /** A whole list and one page of it; see CatalogDatabase.readWholeList. */
  read(wanted: WantedList, page: Page): Promise<WholeListWithPage>;
  /** Ends the thread; what waits rejects. Twice is harmless. */
  close(): Promise<void>;
}

/** Lists that wait, at most: one of a million assets takes up to a second, and nobody waits for minutes. */
const WAITING_MAX = 64;

/** Opens the reading of lists of a catalogue's file. The process may end while the thread idles. */
export function openWholeLists(settings: WholeListSettings): WholeLists {
  const thread = openThread<WholeListTask, WholeListWithPage>({
    does: "reads lists of assets",
    file: new URL("./whole-list-worker", import.meta.url),
    settings,
    waitingMax: WAITING_MAX,
    fullMessage: "Too many lists of assets wait.",
  });
  return { read: (wanted, page) => thread.ask({ wanted, page }), close: thread.close };
}
