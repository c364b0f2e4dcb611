/**
 * Bytes of a zstd file -> the bytes of each of its frames. Node's decompressor reads one frame and drops the rest of the
 * chunk without a word (https://github.com/nodejs/node/issues/64741, read 2026-11-20): of a joined rotation only the
 * first file would be counted. So the frames are told apart here and each gets a decompressor of its own.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878 sections 3.1.1 and 3.1.2, as of 2026-11-20
 */

/** The first bytes of a frame. */
export const ZSTD_MAGIC = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);

const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const BLOCK_TYPE_RLE = 1;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/** A frame that holds no content, only notes of the program that wrote it: 0x184D2A50 to 0x184D2A5F, low byte first. */
export function isSkippableFrame(bytes: Buffer): boolean {
  return bytes.length >= MAGIC_BYTES && bytes.readUInt32LE(0) >>> 4 === 0x0184d2a5;
}

/** Bytes in which a frame without content shows, and how long it is. */
export const FRAME_START_BYTES = MAGIC_BYTES * 2;

/** Bytes of the frame that begins here, its start included, when it holds no content; null for others, and for less than its start. */
export function skippableBytes(start: Buffer): number | null {
  if (start.length < FRAME_START_BYTES || !isSkippableFrame(start)) return null;
  return FRAME_START_BYTES + start.readUInt32LE(MAGIC_BYTES);
}

/** Bytes that are read piece by piece. Pieces are never empty. */
type ByteReader = {
  /** The next `count` bytes, fewer at the end of the input; they stay to be read. */
  peek(count: number): Promise<Buffer>;
  /** Some of the next bytes, at most `countMax`; null at the end. */
  take(countMax: number): Promise<Buffer | null>;
};

/**
 * Yields one stream of bytes per frame with content; each must be read to its end before the next is asked for. What
 * has no frame's beginning is yielded as the last stream: decompressing it fails, as it must.
 */
export async function* readZstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<AsyncIterable<Uint8Array>> {
  const source = chunks[Symbol.asyncIterator]();
  const reader = buildByteReader(source);
  try {
    for (;;) {
      const magic = await reader.peek(MAGIC_BYTES);
      if (magic.length === 0) return;
      if (isSkippableFrame(magic)) await skipFrame(reader);
      else yield magic.equals(ZSTD_MAGIC) ? readFrame(reader) : takeAll(reader, Number.POSITIVE_INFINITY);
    }
  } finally {
    await source.return?.();
  }
}

async function skipFrame(reader: ByteReader): Promise<void> {
  const bytes = skippableBytes(await reader.peek(FRAME_START_BYTES)) ?? FRAME_START_BYTES;
  for await (const _ of takeAll(reader, bytes));
}

async function* readFrame(reader: ByteReader): AsyncGenerator<Uint8Array> {
  const start = await reader.peek(MAGIC_BYTES + 1);
  // Cut right behind its first bytes: what is there is not a whole frame, and decompressing it says so.
  if (start.length <= MAGIC_BYTES) return yield* takeAll(reader, MAGIC_BYTES);
  const descriptor = start[MAGIC_BYTES] as number;
  const isSingleSegment = (descriptor & 0b0010_0000) !== 0;
  const windowBytes = isSingleSegment ? 0 : 1;
  const dictionaryBytes = DICTIONARY_ID_BYTES[descriptor & 0b11] as number;
  const contentSizeBytes = CONTENT_SIZE_BYTES[descriptor >> 6] as number;
  const sizeBytes = contentSizeBytes === 0 && isSingleSegment ? 1 : contentSizeBytes;
  yield* takeAll(reader, MAGIC_BYTES + 1 + windowBytes + dictionaryBytes + sizeBytes);
  for (let isLast = false; !isLast; ) {
    const header = await reader.peek(BLOCK_HEADER_BYTES);
    if (header.length < BLOCK_HEADER_BYTES) return yield* takeAll(reader, BLOCK_HEADER_BYTES);
    const bits = header.readUIntLE(0, BLOCK_HEADER_BYTES);
    isLast = (bits & 1) === 1;
    const contentBytes = ((bits >> 1) & 0b11) === BLOCK_TYPE_RLE ? 1 : bits >> 3;
    yield* takeAll(reader, BLOCK_HEADER_BYTES + contentBytes);
  }
  const checksumBytes = (descriptor & 0b100) === 0 ? 0 : 4;
  yield* takeAll(reader, checksumBytes);
}

async function* takeAll(reader: ByteReader, count: number): AsyncGenerator<Uint8Array> {
  for (let left = count; left > 0; ) {
    const piece = await reader.take(left);
    if (piece === null) return;
    left -= piece.length;
    yield piece;
  }
}

function buildByteReader(source: AsyncIterator<Uint8Array>): ByteReader {
  let buffered = Buffer.alloc(0);
  async function fill(count: number): Promise<void> {
    while (buffered.length < count) {
      const next = await source.next();
      if (next.done) return;
      buffered = buffered.length === 0 ? Buffer.from(next.value) : Buffer.concat([buffered, next.value]);
    }
  }
  return {
    async peek(count) {
      await fill(count);
      return buffered.subarray(0, count);
    },
    async take(countMax) {
      await fill(1);
      if (buffered.length === 0) return null;
      const piece = buffered.subarray(0, countMax);
      buffered = buffered.subarray(piece.length);
      return piece;
    },
  };
}
