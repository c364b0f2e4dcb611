/**
 * Signatures of upload forms and of addresses of private files: HMAC-SHA256 with secrets that only this server has.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Catalog } from "../../../catalog/catalog.ts";

/** Makes and checks signatures. Every method asks the catalogue for its secret the first time. */
export interface Signatures {
  /** The signature of a form's policy, 64 lower-case hex digits. */
  signPolicy(policy: string): Promise<string>;
  isPolicySignature(policy: string, signature: string): Promise<boolean>;
  /** The signature of a path that may be read until `expiresS` (Unix seconds), base64url. */
  signPath(path: string, expiresS: number): Promise<string>;
  isPathSignature(path: string, expiresS: number, signature: string): Promise<boolean>;
}

/** Builds the signatures of one server. The secrets are two, so that no policy can be made to read as an address. */
export function buildSignatures(catalog: Pick<Catalog, "ensureServerSecret">): Signatures {
  const readPolicySecret = askOnce(() => catalog.ensureServerSecret("upload-policy"));
  const readPathSecret = askOnce(() => catalog.ensureServerSecret("file-address"));
  const signPolicy = async (policy: string): Promise<string> => hmac(await readPolicySecret(), policy).toString("hex");
  const signPath = async (path: string, expiresS: number): Promise<string> =>
    hmac(await readPathSecret(), `${expiresS} ${path}`).toString("base64url");
  return {
    signPolicy,
    signPath,
    isPolicySignature: async (policy, signature) => isSame(await signPolicy(policy), signature),
    isPathSignature: async (path, expiresS, signature) => isSame(await signPath(path, expiresS), signature),
  };
}

function hmac(secret: string, text: string): Buffer {
  return createHmac("sha256", secret).update(text).digest();
}

/** Compares in a time that does not tell how many characters are right. */
function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Remembers the answer; a failure is not remembered. */
function askOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = null;
      throw error;
    });
    return answer;
  };
}
