/**
 * Whole lists of assets, read on a thread of their own, which starts with the first one.
 */
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { AppError } from "../platform/errors.ts";
import type { Page } from "./catalog.ts";
import type { WantedList, WholeListWithPage } from "./whole-list.ts";
import type { WholeListOutcome, WholeListSettings, WholeListTask } from "./whole-list-worker.ts";

/** Reads whole lists. */
export interface WholeLists {
  /** A whole list and one page of it; see CatalogDatabase.readWholeList. */
  read(wanted: WantedList, page: Page): Promise<WholeListWithPage>;
  /** Ends the thread; what waits rejects. Twice is harmless. */
  close(): Promise<void>;
}

/** Lists that wait, at most: one of a million assets takes up to a second, and nobody waits for minutes. */
const WAITING_MAX = 64;

type Waiting = { resolve(found: WholeListWithPage): void; reject(error: Error): void };

/** Opens the reading of lists of a catalogue's file. The process may end while the thread idles. */
export function openWholeLists(settings: WholeListSettings): WholeLists {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let lastId = 0;
  let closed = false;
  const failAll = (error: Error): void => {
    worker = null;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const settle = (outcome: WholeListOutcome): void => {
    const caller = waiting.get(outcome.id);
    waiting.delete(outcome.id);
    if (waiting.size === 0) worker?.unref();
    if ("error" in outcome) caller?.reject(toError(outcome.error));
    else caller?.resolve(outcome.found);
  };
  const start = (): Worker => {
    // The same extension as this file has: .ts as it stands in the repository, .js as it is packed.
    const name = `./whole-list-worker${extname(import.meta.url)}`;
    const started = new Worker(new URL(name, import.meta.url), { workerData: settings });
    started.on("message", settle);
    started.on("error", failAll);
    started.on("exit", () => failAll(new Error("The thread that reads lists of assets has ended.")));
    return started;
  };
  return {
    read: (wanted, page) => {
      if (closed) return Promise.reject(new Error("The reading of lists is closed."));
      if (waiting.size >= WAITING_MAX) {
        return Promise.reject(new AppError("request/too-many", "Too many lists of assets wait.", { retryAfterS: 2 }));
      }
      worker ??= start();
      worker.ref();
      lastId += 1;
      const id = lastId;
      const found = new Promise<WholeListWithPage>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, wanted, page } satisfies WholeListTask);
      return found;
    },
    close: async () => {
      closed = true;
      await worker?.terminate();
    },
  };
}

function toError({ code, message }: Extract<WholeListOutcome, { error: unknown }>["error"]): Error {
  return code === null ? new Error(message) : new AppError(code, message);
}
