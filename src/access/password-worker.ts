/**
 * The thread that hashes passwords: 19 MiB and some 60 ms each, for which the server's own thread would answer nobody.
 * Messages in, messages out; passwords.ts is its only client.
 */
import { randomBytes } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { argon2id, argon2Verify } from "hash-wasm";

/** What the thread is asked. `hash` null: make one of the password; else compare. */
export type PasswordTask = { readonly id: number; readonly password: string; readonly hash: string | null };

/** What it answers: the encoded hash, whether the password was right, or that it could not. */
export type PasswordOutcome = { readonly id: number } & (
  | { readonly result: string | boolean }
  | { readonly error: string }
);

/**
 * Argon2id with 19 MiB, two passes, one lane: the first choice of OWASP's list.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html "Argon2id", read 2026-11-20
 */
const COST = { memorySize: 19_456, iterations: 2, parallelism: 1, hashLength: 32 } as const;

/** Bytes of salt: those that RFC 9106 recommends. */
const SALT_BYTES = 16;

async function run({ id, password, hash }: PasswordTask): Promise<PasswordOutcome> {
  try {
    if (hash !== null) return { id, result: await argon2Verify({ password, hash }) };
    return { id, result: await argon2id({ password, salt: randomBytes(SALT_BYTES), ...COST, outputType: "encoded" }) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on("message", (task: PasswordTask) => {
  run(task).then((outcome) => parentPort?.postMessage(outcome));
});
