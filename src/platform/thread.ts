/**
 * A thread that answers tasks: what takes so long that the server's own thread would answer nobody meanwhile. Both ends of
 * it: `openThread` for whoever asks, `answerTasks` for the thread's own file.
 */
import { extname } from "node:path";
import { MessageChannel, type MessagePort, parentPort, type Transferable, Worker } from "node:worker_threads";
import { AppError } from "./errors.ts";
import { fromPlainError, type PlainError, toPlainError } from "./plain-error.ts";

/** Which thread, and how much may wait for it. */
export type ThreadSettings = {
  /** What it does, for errors: `hashes passwords`. */
  readonly does: string;
  /** The thread's file without extension, as `new URL("./password-worker", import.meta.url)`. */
  readonly file: URL;
  /** Handed to the thread as its workerData. */
  readonly settings?: object;
  /**
   * Answers what the thread asks back (port-questions.ts) through the port that it gets as `asking` among its workerData,
   * for as long as it runs.
   */
  readonly answers?: (port: MessagePort) => void;
  /** Tasks that wait, at most. One more is refused with `request/too-many`, so that a flood does not fill the memory. */
  readonly waitingMax: number;
  /** What a refused caller is told. */
  readonly fullMessage: string;
};

/** A thread that is asked. */
export interface Thread<Task, Result> {
  /**
   * Rejects with the thread's own AppError, with `request/too-many`, and with an error when the thread has ended.
   * `transfer` names what of the task is handed over instead of copied.
   */
  ask(task: Task, transfer?: readonly Transferable[]): Promise<Result>;
  /** Ends the thread; what waits rejects. Twice is harmless. */
  close(): Promise<void>;
}

type Question<Task> = { readonly id: number; readonly task: Task };
type Answer<Result> = { readonly id: number } & ({ readonly result: Result } | { readonly error: PlainError });
type Waiting<Result> = { resolve(result: Result): void; reject(error: Error): void };

/** Seconds after which a refused caller may try again. */
const RETRY_AFTER_S = 2;

/** Opens a thread that starts with its first task, and anew after it broke. The process may end while it idles. */
export function openThread<Task, Result>(settings: ThreadSettings): Thread<Task, Result> {
  const waiting = new Map<number, Waiting<Result>>();
  let worker: Worker | null = null;
  let lastId = 0;
  let closed = false;

  /** An idle thread keeps no process alive, but one that is being closed does: see close. */
  function rest(): void {
    if (waiting.size === 0 && !closed) worker?.unref();
  }

  function settle(answer: Answer<Result>): void {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    rest();
    if ("result" in answer) caller?.resolve(answer.result);
    else caller?.reject(fromPlainError(answer.error));
  }

  function start(): Worker {
    const asking = settings.answers === undefined ? null : openAsking(settings.answers);
    // The same extension as this file has: .ts as it stands in the repository, .js as it is packed.
    const started = new Worker(new URL(`${settings.file}${extname(import.meta.url)}`), {
      workerData: { ...settings.settings, ...(asking === null ? {} : { asking }) },
      transferList: asking === null ? [] : [asking],
    });
    const fail = (error: Error): void => {
      // An error is followed by an exit: by then another thread may run, whose tasks are not lost.
      if (worker !== started) return;
      worker = null;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on("message", settle);
    started.on("error", fail);
    started.on("exit", () => fail(new Error(`The thread that ${settings.does} has ended.`)));
    return started;
  }

  return {
    ask(task, transfer = []) {
      if (closed) return Promise.reject(new Error(`The thread that ${settings.does} is closed.`));
      if (waiting.size >= settings.waitingMax) {
        const options = { retryAfterS: RETRY_AFTER_S };
        return Promise.reject(new AppError("request/too-many", settings.fullMessage, options));
      }
      worker ??= start();
      worker.ref();
      lastId += 1;
      const question: Question<Task> = { id: lastId, task };
      const result = new Promise<Result>((resolve, reject) => waiting.set(question.id, { resolve, reject }));
      try {
        worker.postMessage(question, transfer);
      } catch (error) {
        // Something that cannot cross between threads: nobody will answer.
        waiting.delete(question.id);
        rest();
        return Promise.reject(error);
      }
      return result;
    },
    async close() {
      closed = true;
      // A process that has nothing else would end here, in the middle of its own end.
      worker?.ref();
      await worker?.terminate();
    },
  };
}

/** A port for the thread's questions. It closes with the thread, and keeps no process alive. */
function openAsking(answers: (port: MessagePort) => void): MessagePort {
  const { port1: answering, port2: asking } = new MessageChannel();
  answers(answering);
  answering.unref();
  return asking;
}

/**
 * Answers each task of this thread's opener, in whatever order they are done. `transfer` names what of a result is handed
 * over instead of copied.
 */
export function answerTasks<Task, Result>(
  run: (task: Task) => Promise<Result>,
  transfer: (result: Result) => readonly Transferable[] = () => [],
): void {
  parentPort?.on("message", ({ id, task }: Question<Task>) => {
    run(task)
      .then((result) => parentPort?.postMessage({ id, result } satisfies Answer<Result>, transfer(result)))
      .catch((error: unknown) => parentPort?.postMessage({ id, error: toPlainError(error) } satisfies Answer<Result>));
  });
}
