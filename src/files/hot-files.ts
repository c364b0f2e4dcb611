/**
 * HotFiles: small files that were read lately, in memory. A key's bytes never change, so that nothing here can be stale.
 */
import { Readable } from "node:stream";

/** Whole files by key, the least lately used ones given up first. */
export interface HotFiles {
  /** The file's bytes, read by `read` where they are not there. What `read` rejects with is not remembered. */
  get(key: string, read: () => Promise<Buffer>): Promise<Buffer>;
  /** Gives a file up: its bytes are gone or other ones. */
  delete(key: string): void;
}

/** Keeps files of at most `bytesMax` bytes together. */
export function buildHotFiles(bytesMax: number): HotFiles {
  // A Map keeps the order of insertion: the first entry is the one that was used longest ago.
  const files = new Map<string, Buffer>();
  const reading = new Map<string, Promise<Buffer>>();
  let bytes = 0;

  function drop(key: string): void {
    bytes -= files.get(key)?.length ?? 0;
    files.delete(key);
  }

  function keep(key: string, file: Buffer): void {
    drop(key);
    if (file.length > bytesMax) return;
    files.set(key, file);
    bytes += file.length;
    for (const oldest of files.keys()) {
      if (bytes <= bytesMax) return;
      drop(oldest);
    }
  }

  async function readOnce(key: string, read: () => Promise<Buffer>): Promise<Buffer> {
    const running = reading.get(key);
    if (running !== undefined) return running;
    const started = read();
    reading.set(key, started);
    try {
      const file = await started;
      // Not where the file was given up while it was being read.
      if (reading.get(key) === started) keep(key, file);
      return file;
    } finally {
      if (reading.get(key) === started) reading.delete(key);
    }
  }

  return {
    async get(key, read) {
      const file = files.get(key);
      if (file === undefined) return readOnce(key, read);
      files.delete(key);
      files.set(key, file);
      return file;
    },
    delete(key) {
      drop(key);
      reading.delete(key);
    },
  };
}

/** Bytes of one piece of a file in memory: small enough that a broken-off transfer is counted to some 64 KB. */
const PIECE_BYTES = 65_536;

/** Bytes in memory as a stream of pieces, none of them copied. */
export function streamPieces(bytes: Buffer): Readable {
  let place = 0;
  return new Readable({
    highWaterMark: PIECE_BYTES,
    read() {
      const piece = bytes.subarray(place, place + PIECE_BYTES);
      place += piece.length;
      this.push(piece.length === 0 ? null : piece);
    },
  });
}
