/**
 * Chunks of bytes, of whatever size -> larger pieces in memory that threads share, so that nothing is copied between them.
 */

/** Bytes of a piece: some 9,000 lines, which a thread reads in 30 ms. Smaller ones make more commits, which cost. */
const PIECE_BYTES = 2 * 1024 * 1024;

/** Yields all bytes in pieces, each with at least one; what came before an error of `chunks` is yielded before it. */
export async function* toPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SharedArrayBuffer> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  function join(): SharedArrayBuffer {
    const piece = new SharedArrayBuffer(bytes);
    const all = new Uint8Array(piece);
    let at = 0;
    for (const chunk of held) {
      all.set(chunk, at);
      at += chunk.byteLength;
    }
    held = [];
    bytes = 0;
    return piece;
  }
  try {
    for await (const chunk of chunks) {
      if (bytes === 0 && isPiece(chunk)) {
        yield chunk.buffer;
        continue;
      }
      held.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= PIECE_BYTES) yield join();
    }
  } catch (error) {
    if (bytes > 0) yield join();
    throw error;
  }
  if (bytes > 0) yield join();
}

/** True for a chunk that is a piece already: large enough, and alone in shared memory. */
function isPiece(chunk: Uint8Array): chunk is Uint8Array<SharedArrayBuffer> {
  return (
    chunk.buffer instanceof SharedArrayBuffer &&
    chunk.byteLength === chunk.buffer.byteLength &&
    chunk.byteLength >= PIECE_BYTES
  );
}
