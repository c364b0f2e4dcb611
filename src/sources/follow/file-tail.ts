/**
 * The last bytes that were read of a file: with its first ones, what tells one log from another. A long header makes all first
 * bytes alike; what was read last has its time in it.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { FilePlace, Tail } from "./file-place.ts";

/** Bytes that tell what was read last: a line or two. */
export const TAIL_BYTES_MAX = 256;

/** The last bytes of `before` and, behind them, `piece`. */
export function lastBytes(before: Uint8Array, piece: Uint8Array): Buffer {
  const last = piece.subarray(-TAIL_BYTES_MAX);
  // Copied: a view would keep the whole piece in memory.
  if (last.length === TAIL_BYTES_MAX) return Buffer.from(last);
  return Buffer.concat([before, last]).subarray(-TAIL_BYTES_MAX);
}

/** What the last bytes are known by; null for none. */
export function toTail(bytes: Uint8Array): Tail | null {
  if (bytes.length === 0) return null;
  return { bytes: bytes.length, hash: createHash("sha256").update(bytes).digest("base64url") };
}

/** True when these are the last bytes before a place with this tail. An older checkpoint does not say what they are. */
export function isTail(bytes: Uint8Array, tail: Tail | null | undefined): boolean {
  return tail == null || toTail(bytes.subarray(-tail.bytes))?.hash === tail.hash;
}

/** True when a plain file has before the place what was read there. */
export async function hasTail(file: string, { offset, tail }: FilePlace): Promise<boolean> {
  if (tail == null) return true;
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(tail.bytes), 0, tail.bytes, offset - tail.bytes);
    return isTail(buffer.subarray(0, bytesRead), tail);
  } finally {
    await handle.close();
  }
}
