/**
 * Chunks of bytes, of whatever size -> larger pieces in memory that threads share, so that nothing is copied between them.
 */

import { buildHeldBytes } from "../held-bytes.ts";

/** Bytes of a piece: some 9,000 lines, which a thread reads in 30 ms. Smaller ones make more commits, which cost. */
const PIECE_BYTES = 2 * 1024 * 1024;

/** Yields all bytes in pieces, each with at least one; what came before an error of `chunks` is yielded before it. */
export async function* toPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SharedArrayBuffer> {
  const held = buildHeldBytes();
  try {
    for await (const chunk of chunks) {
      if (held.length() === 0 && isPiece(chunk)) {
        yield chunk.buffer;
        continue;
      }
      held.add(chunk);
      if (held.length() >= PIECE_BYTES) yield held.take().buffer;
    }
  } catch (error) {
    if (held.length() > 0) yield held.take().buffer;
    throw error;
  }
  if (held.length() > 0) yield held.take().buffer;
}

/** True for a chunk that is a piece already: large enough, and alone in shared memory. */
function isPiece(chunk: Uint8Array): chunk is Uint8Array<SharedArrayBuffer> {
  return (
    chunk.buffer instanceof SharedArrayBuffer &&
    chunk.byteLength === chunk.buffer.byteLength &&
    chunk.byteLength >= PIECE_BYTES
  );
}
