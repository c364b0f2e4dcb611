/**
 * Token secrets: made here, shown once, stored only as a hash.
 */
import { hash } from "node:crypto";
import type { Ids } from "../platform/ids.ts";

/** Every secret begins with this, so that secret scanners and people recognise one. */
const SECRET_PREFIX = "am_";

/** 32 random bytes: nobody guesses 256 bits, so a plain fast hash is enough to store (a password would need more). */
const SECRET_BYTES = 32;

/** A new secret: `am_` and 43 characters of base64url. */
export function buildTokenSecret(ids: Ids): string {
  return SECRET_PREFIX + ids.secret(SECRET_BYTES);
}

/** The hash under which a secret is stored and found: SHA-256, 64 hex digits. */
export function hashTokenSecret(secret: string): string {
  return hash("sha256", secret, "hex");
}
