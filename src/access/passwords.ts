/**
 * Passwords → Argon2id hashes, and whether a password fits one. In a thread of its own, which starts when it is needed.
 */
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { AppError } from "../platform/errors.ts";
import type { PasswordOutcome, PasswordTask } from "./password-worker.ts";

/** Hashes and checks passwords. */
export interface Passwords {
  /** The hash to store, with its salt and cost in it. Rejects with `catalog/invalid` for a password out of bounds. */
  hash(password: string): Promise<string>;
  /** Whether the password fits the hash; for null, which nothing fits, after the same time as for a real one. */
  verify(password: string, hash: string | null): Promise<boolean>;
  /** Ends the thread; what waits rejects. Twice is harmless. */
  close(): Promise<void>;
}

/** Bounds of a new password, in characters: eight are what NIST SP 800-63B asks for, the upper one is ours. */
const CHARACTERS = { min: 8, max: 1024 } as const;

/**
 * Hashes that wait, at most: some two seconds' worth. A flood of logins is refused then instead of filling the memory,
 * and everybody else is answered as ever.
 */
const WAITING_MAX = 32;

type Waiting = { resolve(result: string | boolean): void; reject(error: Error): void };

/** Throws `catalog/invalid` for a password that is too short or too long to be set. */
export function checkNewPassword(password: string): void {
  const characters = [...password].length;
  if (characters >= CHARACTERS.min && characters <= CHARACTERS.max) return;
  throw new AppError(
    "catalog/invalid",
    `A password must have from ${CHARACTERS.min} to ${CHARACTERS.max} characters; this one has ${characters}.`,
  );
}

/** Opens the hashing of passwords. The process may end while the thread idles. */
export function openPasswords(): Passwords {
  const thread = openThread();
  let dummy: Promise<string> | null = null;
  return {
    hash: async (password) => {
      checkNewPassword(password);
      return String(await thread.run({ password: toComparable(password), hash: null }));
    },
    verify: async (password, hash) => {
      // Made before either case, so that not even the first login of all shows whether its address is known.
      dummy ??= thread.run({ password: "nobody's password", hash: null }).then(String);
      const stand = await dummy.catch((error: unknown) => {
        dummy = null;
        throw error;
      });
      const fits = await thread.run({ password: toComparable(password), hash: hash ?? stand });
      return hash !== null && fits === true;
    },
    close: () => thread.close(),
  };
}

/** `é` typed on two systems is one character or two; a login should not depend on it. Nothing is trimmed. */
function toComparable(password: string): string {
  return password.normalize("NFC");
}

/** One thread with a bounded queue. It keeps the process alive only while something waits. */
function openThread() {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let lastId = 0;
  let closed = false;
  const failAll = (error: Error): void => {
    worker = null;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const settle = (outcome: PasswordOutcome): void => {
    const caller = waiting.get(outcome.id);
    waiting.delete(outcome.id);
    if (waiting.size === 0) worker?.unref();
    if ("error" in outcome) caller?.reject(new Error(outcome.error));
    else caller?.resolve(outcome.result);
  };
  const start = (): Worker => {
    // The same extension as this file has: .ts as it stands in the repository, .js as it is packed.
    const started = new Worker(new URL(`./password-worker${extname(import.meta.url)}`, import.meta.url));
    started.on("message", settle);
    started.on("error", failAll);
    started.on("exit", () => failAll(new Error("The thread that hashes passwords has ended.")));
    return started;
  };
  return {
    run: (task: Omit<PasswordTask, "id">): Promise<string | boolean> => {
      if (closed) return Promise.reject(new Error("The hashing of passwords is closed."));
      if (waiting.size >= WAITING_MAX) {
        return Promise.reject(new AppError("request/too-many", "Too many logins wait.", { retryAfterS: 2 }));
      }
      worker ??= start();
      worker.ref();
      lastId += 1;
      const id = lastId;
      const result = new Promise<string | boolean>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, ...task } satisfies PasswordTask);
      return result;
    },
    close: async (): Promise<void> => {
      closed = true;
      await worker?.terminate();
    },
  };
}
