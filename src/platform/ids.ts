/**
 * Random identifiers and secrets. Taken as an argument where a test needs the same ones twice.
 */
import { randomBytes, randomUUID } from "node:crypto";

/** Makes identifiers that nobody can guess. */
export interface Ids {
  /** A lower-case UUID, version 4. */
  uuid(): string;
  /** `bytes` random bytes as base64url text without padding. */
  secret(bytes: number): string;
}

/** Identifiers from the machine's random source. */
export const randomIds: Ids = {
  uuid: () => randomUUID(),
  secret: (bytes) => randomBytes(bytes).toString("base64url"),
};
