/**
 * Passwords → Argon2id hashes, and whether a password fits one. In a thread of its own, which starts when it is needed.
 */
import { AppError } from "../platform/errors.ts";
import { openThread } from "../platform/thread.ts";
import type { PasswordTask } from "./password-worker.ts";

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

/** Throws `catalog/invalid` for a password that is too short or too long to be set. */
function checkNewPassword(password: string): void {
  const characters = [...password].length;
  if (characters >= CHARACTERS.min && characters <= CHARACTERS.max) return;
  throw new AppError(
    "catalog/invalid",
    `A password must have from ${CHARACTERS.min} to ${CHARACTERS.max} characters; this one has ${characters}.`,
  );
}

/** Opens the hashing of passwords. The process may end while the thread idles. */
export function openPasswords(): Passwords {
  const thread = openThread<PasswordTask, string | boolean>({
    does: "hashes passwords",
    file: new URL("./password-worker", import.meta.url),
    waitingMax: WAITING_MAX,
    fullMessage: "Too many logins wait.",
  });
  let dummy: Promise<string> | null = null;
  return {
    hash: async (password) => {
      checkNewPassword(password);
      return String(await thread.ask({ password: toComparable(password), hash: null }));
    },
    verify: async (password, hash) => {
      // Made before either case, so that not even the first login of all shows whether its address is known.
      dummy ??= thread.ask({ password: "nobody's password", hash: null }).then(String);
      const stand = await dummy.catch((error: unknown) => {
        dummy = null;
        throw error;
      });
      const fits = await thread.ask({ password: toComparable(password), hash: hash ?? stand });
      return hash !== null && fits === true;
    },
    close: () => thread.close(),
  };
}

/** `é` typed on two systems is one character or two; a login should not depend on it. Nothing is trimmed. */
function toComparable(password: string): string {
  return password.normalize("NFC");
}
