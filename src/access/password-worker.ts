/**
 * The thread that hashes passwords: 19 MiB and some 60 ms each, for which the server's own thread would answer nobody.
 * passwords.ts is its only client.
 */
import { randomBytes } from "node:crypto";
import { argon2id, argon2Verify } from "hash-wasm";
import { answerTasks } from "../platform/thread.ts";

/** What the thread is asked. `hash` null: make one of the password, and answer it; else answer whether the two fit. */
export type PasswordTask = { readonly password: string; readonly hash: string | null };

/**
 * Argon2id with 19 MiB, two passes, one lane: the first choice of OWASP's list.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html "Argon2id", read 2026-11-20
 */
const COST = { memorySize: 19_456, iterations: 2, parallelism: 1, hashLength: 32 } as const;

/** Bytes of salt: those that RFC 9106 recommends. */
const SALT_BYTES = 16;

answerTasks(async ({ password, hash }: PasswordTask): Promise<string | boolean> => {
  if (hash !== null) return await argon2Verify({ password, hash });
  return await argon2id({ password, salt: randomBytes(SALT_BYTES), ...COST, outputType: "encoded" });
});
