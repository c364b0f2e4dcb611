/**
 * The beginning of a file, unpacked if it is packed: what tells one log from another, and what shows its format. Damage is no
 * error here: what stands before it is the beginning.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { decompress, isDamage } from "../access-log/decompress.ts";
import { buildLogStart } from "../access-log/log-start.ts";
import { FRAME_START_BYTES, skippableBytes } from "../access-log/zstd-frames.ts";
import type { FilePlace } from "./file-place.ts";

/** Bytes that tell one log from another: its first lines have times in them. */
export const HEAD_BYTES_MAX = 256;

/** As much of the beginning of a file as tells its format. */
export async function readStart(file: string): Promise<Buffer> {
  const start = buildLogStart();
  await readPlain(decompress(createReadStream(file)), (piece) => {
    start.add(piece);
    return start.isEnough();
  });
  return Buffer.concat(start.read());
}

/** The hash of the first bytes of a file, at most `bytesMax` of them. */
export async function readHead(
  file: string,
  bytesMax = HEAD_BYTES_MAX,
): Promise<{ readonly head: string; readonly headBytes: number }> {
  const start = await findFirstFrame(file);
  // 64 KB of packed bytes hold more than 256 plain ones; what is damaged behind them does not matter here.
  const packed = createReadStream(file, { start, end: start + 65_535 });
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  await readPlain(decompress(packed), (piece) => {
    pieces.push(piece);
    bytes += piece.byteLength;
    return bytes >= bytesMax;
  });
  const head = Buffer.concat(pieces).subarray(0, bytesMax);
  return { head: createHash("sha256").update(head).digest("base64url"), headBytes: head.length };
}

/** True when the file begins as the one of the place did. Every file begins as an empty one does. */
export async function hasHead(file: string, place: FilePlace): Promise<boolean> {
  const { head, headBytes } = await readHead(file, Math.max(1, place.headBytes));
  if (place.headBytes === 0) return true;
  return headBytes === place.headBytes && head === place.head;
}

/** Hands plain bytes on until whoever takes them has enough, or the end or the damage comes. */
async function readPlain(chunks: AsyncIterable<Uint8Array>, take: (piece: Uint8Array) => boolean): Promise<void> {
  try {
    for await (const chunk of chunks) if (take(chunk)) break;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}

/**
 * Where the content of a file begins: behind the notes that a zstd file may begin with. They may be longer than what is read
 * of it here, and without its head a file would be known by its number alone, which the next file may get.
 */
async function findFirstFrame(file: string): Promise<number> {
  const handle = await open(file, "r");
  try {
    for (let at = 0; ; ) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(FRAME_START_BYTES), 0, FRAME_START_BYTES, at);
      const noteBytes = skippableBytes(buffer.subarray(0, bytesRead));
      if (noteBytes === null) return at;
      at += noteBytes;
    }
  } finally {
    await handle.close();
  }
}
