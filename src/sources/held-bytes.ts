/**
 * HeldBytes: pieces of bytes that are kept until there is enough of them to be worked on together.
 */

/** Keeps pieces. */
export interface HeldBytes {
  /** How many bytes are kept. */
  length(): number;
  /** Nobody may write into the piece until it has been taken. */
  add(piece: Uint8Array): void;
  /** All bytes, in memory that threads share, so that nothing is copied between them. Afterwards none is kept. */
  take(): Uint8Array<SharedArrayBuffer>;
}

/** Keeps nothing yet. */
export function buildHeldBytes(): HeldBytes {
  let pieces: Uint8Array[] = [];
  let length = 0;
  return {
    length: () => length,
    add(piece) {
      if (piece.length === 0) return;
      pieces.push(piece);
      length += piece.length;
    },
    take() {
      const all = new Uint8Array(new SharedArrayBuffer(length));
      let at = 0;
      for (const piece of pieces) {
        all.set(piece, at);
        at += piece.length;
      }
      pieces = [];
      length = 0;
      return all;
    },
  };
}
