/**
 * The engine's log: what is committed is written there first, and moved into the engine's file when there is enough of it
 * (a checkpoint). The engine would do so inside the commit that makes the log too long: 80 to 300 ms for which its sender
 * waits, and every question too, because questions wait for commits that are under way (transactions.ts). So it is a turn
 * of its own between two commits.
 */
import { statSync } from "node:fs";

/** The log is moved from so many bytes on: it is read again when a store is opened that was not closed. */
const LOG_BYTES_MAX = 16 * 2 ** 20;

/** Keeps the log short. */
export interface EngineLog {
  /** To be called after every commit. Never throws and waits for nothing. */
  committed(): void;
}

/** `file`: the store's. `bytesMax`: the store's own number when left out. */
export type EngineLogWork = {
  readonly file: string;
  readonly bytesMax: number | undefined;
  /** Moves the log into the file, once nothing else writes. */
  readonly checkpoint: () => Promise<void>;
  /** Told when it fails: nothing is lost, and the next commit tries again. */
  readonly onError: (error: unknown) => void;
};

/** Keeps the log of a file short. */
export function buildEngineLog({ file, bytesMax = LOG_BYTES_MAX, checkpoint, onError }: EngineLogWork): EngineLog {
  let isDue = false;
  return {
    committed: () => {
      if (isDue || bytesOf(`${file}.wal`) < bytesMax) return;
      isDue = true;
      checkpoint()
        .catch(onError)
        .finally(() => {
          isDue = false;
        });
    },
  };
}

/** Bytes of a file; 0 when there is none, as beside a store in memory. */
function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
