/**
 * The engine's log: what is committed is written there first, and moved into the engine's file when there is enough of it
 * (a checkpoint). The engine would do so inside the commit that makes the log too long: 80 to 300 ms for which its sender
 * waits, and every question too, because questions wait for commits that are under way (transactions.ts). So it is a turn
 * of its own between two commits.
 */
import { setTimeout } from "node:timers/promises";
import { fileBytes } from "./file-bytes.ts";

/** The log is moved from so many bytes on: it is read again when a store is opened that was not closed. */
const LOG_BYTES_MAX = 16 * 2 ** 20;

/**
 * After a move that the engine refused the log may grow by this share of its bound before the next try, and by twice as much
 * after each further one: beside a backup of minutes every try would hold up intake for nothing.
 */
const GROWTH_AFTER_REFUSAL = 1 / 4;

/** Commits wait so long for what is being read, so that the log can be moved. A backup or an export takes longer. */
const READS_MS_MAX = 200;

/** Keeps the log short. */
export interface EngineLog {
  /** To be called after every commit. Never throws and waits for nothing. */
  committed(): void;
  /** Lets no further move begin. */
  stop(): void;
}

/** `file`: the store's. `bytesMax`: the store's own number when left out. */
export type EngineLogWork = {
  readonly file: string;
  readonly bytesMax: number | undefined;
  /** Runs work while nothing is written on any connection. */
  readonly whileNobodyWrites: (work: () => Promise<boolean>) => Promise<boolean>;
  /** Moves the log into the file. */
  readonly checkpoint: () => Promise<void>;
  /** Resolves when everything that is being read now has been read. */
  readonly readsEnded: () => Promise<void>;
  /** Told when it fails. Nothing is lost, but DuckDB 1.5.5 answers nothing more then until it is opened again. */
  readonly onError: (error: unknown) => void;
};

/** Keeps the log of a file short. */
export function buildEngineLog(work: EngineLogWork): EngineLog {
  const { file, bytesMax = LOG_BYTES_MAX, whileNobodyWrites, onError } = work;
  let isDue = false;
  let isStopped = false;
  let movedFrom = bytesMax;
  let growth = bytesMax * GROWTH_AFTER_REFUSAL;
  const settle = (isMoved: boolean): void => {
    movedFrom = isMoved ? bytesMax : bytesOf(`${file}.wal`) + growth;
    growth = isMoved ? bytesMax * GROWTH_AFTER_REFUSAL : 2 * growth;
  };
  return {
    committed: () => {
      if (isDue || isStopped || bytesOf(`${file}.wal`) < movedFrom) return;
      isDue = true;
      whileNobodyWrites(async () => isStopped || (await move(work)))
        .then(settle, onError)
        .finally(() => {
          isDue = false;
        });
    },
    stop: () => {
      isStopped = true;
    },
  };
}

/** Answers whether the log was moved. */
async function move({ checkpoint, readsEnded }: EngineLogWork): Promise<boolean> {
  if (await isDone(checkpoint)) return true;
  await Promise.race([readsEnded(), setTimeout(READS_MS_MAX)]);
  return isDone(checkpoint);
}

/**
 * False when the engine refused the checkpoint. It does so as long as somebody reads who began before a row was changed or
 * deleted by the last commits, and calls that a write that is under way (DuckDB 1.5.5).
 */
async function isDone(checkpoint: () => Promise<void>): Promise<boolean> {
  try {
    await checkpoint();
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes("Cannot CHECKPOINT")) return false;
    throw error;
  }
}

/** Bytes of a file; 0 also when nobody can say: the commit that asks is over by then. */
function bytesOf(file: string): number {
  try {
    return fileBytes(file);
  } catch {
    return 0;
  }
}
