/**
 * RememberedLists: whole lists of assets in memory, those used last, never more than a fixed number of bytes.
 */
import type { WholeList } from "./whole-list.ts";

/** A bounded memory of lists. Losing one costs reading it again. */
export interface RememberedLists {
  /**
   * The list under `key`, of whatever version, if it was right at `atMs` (UTC milliseconds; any number for a list that
   * does not depend on the time); else null. Whoever asks must not change it.
   */
  find(key: string, atMs: number): WholeList | null;
  /** Keeps a list in place of the one under that key. One that is larger than the memory is not kept. */
  keep(key: string, list: WholeList): void;
}

/** Bytes that an entry takes beside its numbers and its key, about. */
const ENTRY_BYTES = 256;

/** Builds a memory of at most `bytesMax` bytes; what was not used for the longest time leaves it first. */
export function buildRememberedLists(bytesMax: number): RememberedLists {
  // A map keeps the order in which keys were entered: the first one is the one to leave.
  const lists = new Map<string, WholeList>();
  let bytes = 0;
  const forget = (key: string): void => {
    const list = lists.get(key);
    if (list === undefined) return;
    lists.delete(key);
    bytes -= bytesOf(key, list);
  };
  return {
    find(key, atMs) {
      const list = lists.get(key);
      if (list === undefined || atMs < list.fromMs || atMs >= list.untilMs) return null;
      lists.delete(key);
      lists.set(key, list);
      return list;
    },
    keep(key, list) {
      forget(key);
      if (bytesOf(key, list) > bytesMax) return;
      lists.set(key, list);
      bytes += bytesOf(key, list);
      for (const oldest of lists.keys()) {
        if (bytes <= bytesMax) return;
        forget(oldest);
      }
    },
  };
}

function bytesOf(key: string, list: WholeList): number {
  return list.seqs.byteLength + 2 * key.length + ENTRY_BYTES;
}
