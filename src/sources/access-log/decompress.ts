/**
 * Bytes of a file, plain or packed -> plain bytes. What a file is shows in its first bytes, never in its name.
 */
import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import type { Duplex } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { AppError } from "../../platform/errors.ts";
import { isSkippableFrame, readZstdFrames, ZSTD_MAGIC } from "./zstd-frames.ts";

/** Bytes that a decompressor hands out at once: few enough to stay in the cache, enough that calls do not cost. */
const CHUNK_BYTES = 65_536;

const GZIP_MAGIC = Buffer.of(0x1f, 0x8b);

const UNPACK = "Unpack it first.";

/** Forms that are refused by name instead of being read as lines of nonsense, and what helps. */
const UNSUPPORTED = [
  { name: "a zip archive", magic: Buffer.from("PK\x03\x04", "latin1"), advice: UNPACK },
  { name: "a bzip2 archive", magic: Buffer.from("BZh", "latin1"), advice: UNPACK },
  { name: "an xz archive", magic: Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00), advice: UNPACK },
  { name: "a Parquet file", magic: Buffer.from("PAR1"), advice: "Have its writer deliver lines or JSON instead." },
] as const;

const MAGIC_BYTES_MAX = 6;

/**
 * Yields the plain bytes. All members of a gzip file and all frames of a zstd file are read: rotations are joined that
 * way. Throws `sources/unsupported-format` for other archives, and `sources/corrupt-archive` after the bytes before the
 * damage (the last CHUNK_BYTES of them may be missing: the decompressor does not hand out a chunk that it cannot
 * finish). Errors of `chunks` pass on as they are.
 */
export async function* decompress(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const first = await readFirst(source);
  const unsupported = UNSUPPORTED.find(({ magic }) => beginsWith(first, magic));
  if (unsupported !== undefined) {
    await source.return?.();
    throw new AppError("sources/unsupported-format", `The file is ${unsupported.name}. ${unsupported.advice}`);
  }
  const all = withFirst(first, source);
  const packer = packerOf(first);
  if (packer === "gzip") yield* unpackGzip(all);
  else if (packer === "zstd") yield* unpackZstd(all);
  else yield* all;
}

function beginsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/** What packed a file that begins with these bytes; null for plain ones. A zstd file may begin with a writer's notes. */
function packerOf(first: Buffer): "gzip" | "zstd" | null {
  if (beginsWith(first, GZIP_MAGIC)) return "gzip";
  return beginsWith(first, ZSTD_MAGIC) || isSkippableFrame(first) ? "zstd" : null;
}

/**
 * Node's decompressor takes a NUL behind a member for padding and drops whatever follows without a word. A writer that ended in
 * the middle leaves NULs too, and writes on behind them: so what was not taken is looked at here.
 */
async function* unpackGzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  let waiting: Uint8Array[] = [];
  async function next(): Promise<Uint8Array | null> {
    const first = waiting.shift();
    if (first !== undefined) return first;
    const read = await source.next();
    return read.done ? null : read.value;
  }
  async function skipNuls(): Promise<boolean> {
    for (let piece = await next(); piece !== null; piece = await next()) {
      const start = piece.findIndex((byte) => byte !== 0);
      if (start === -1) continue;
      waiting.unshift(piece.subarray(start));
      return true;
    }
    return false;
  }
  try {
    while (await skipNuls()) {
      const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
      const members = buildKeptPieces(next, () => gunzip.bytesWritten);
      yield* unpack(members.read(), gunzip, "gzip");
      waiting = [...members.untaken(), ...waiting];
    }
  } finally {
    await source.return?.();
  }
}

/** Pieces that are handed out, each kept until its bytes are `taken`: what is not at the end is read by somebody else. */
function buildKeptPieces(next: () => Promise<Uint8Array | null>, taken: () => number) {
  const kept: Uint8Array[] = [];
  // Bytes before the first one that is kept.
  let before = 0;
  function letGo(): void {
    for (let [first] = kept; first !== undefined && before + first.length <= taken(); [first] = kept) {
      before += first.length;
      kept.shift();
    }
  }
  return {
    async *read(): AsyncGenerator<Uint8Array> {
      for (let piece = await next(); piece !== null; piece = await next()) {
        letGo();
        kept.push(piece);
        yield piece;
      }
    },
    untaken(): readonly Uint8Array[] {
      letGo();
      return kept.map((piece, index) => (index === 0 ? piece.subarray(taken() - before) : piece));
    },
  };
}

async function* unpackZstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const frame of readZstdFrames(chunks)) {
    yield* unpack(frame, createZstdDecompress({ chunkSize: CHUNK_BYTES }), "zstd");
  }
}

/** The first chunks, joined until they are long enough to be recognised; shorter at the end of the input. */
async function readFirst(source: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let first = Buffer.alloc(0);
  while (first.length < MAGIC_BYTES_MAX) {
    const next = await source.next();
    if (next.done) break;
    first = Buffer.concat([first, next.value]);
  }
  return first;
}

async function* withFirst(first: Buffer, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
  } finally {
    await source.return?.();
  }
}

/**
 * Writes to the decompressor and reads from it by hand. Not `pipeline` with `for await`: that throws away what is
 * unpacked and not yet read when the error comes, so good lines before the damage would be lost.
 */
async function* unpack(
  packed: AsyncIterable<Uint8Array>,
  decompressor: Duplex,
  name: string,
): AsyncGenerator<Uint8Array> {
  let damage: unknown = null;
  let sourceFailure: { readonly error: unknown } | null = null;
  let isEnded = false;
  let wake = () => {};
  decompressor.on("error", (error) => {
    damage = error;
    wake();
  });
  decompressor.on("end", () => {
    isEnded = true;
    wake();
  });
  decompressor.on("readable", () => wake());
  const written = writeAll(packed, decompressor).catch((error: unknown) => {
    sourceFailure = { error };
    wake();
  });
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      for (let chunk = decompressor.read(); chunk !== null; chunk = decompressor.read()) yield chunk;
      if (isEnded || damage !== null || sourceFailure !== null) break;
      await changed;
    }
  } finally {
    decompressor.destroy();
    await written;
  }
  if (sourceFailure !== null) throw (sourceFailure as { readonly error: unknown }).error;
  if (damage !== null) throw corruptArchive(name, damage);
}

async function writeAll(packed: AsyncIterable<Uint8Array>, decompressor: Duplex): Promise<void> {
  const closed = once(decompressor, "close").catch(() => undefined);
  for await (const chunk of packed) {
    if (decompressor.destroyed) return;
    if (!decompressor.write(chunk)) await Promise.race([once(decompressor, "drain").catch(() => undefined), closed]);
  }
  if (!decompressor.destroyed) decompressor.end();
}

function corruptArchive(name: string, cause: unknown): AppError {
  const message = `The ${name} archive is damaged or cut. Lines before the damage are counted; send the repaired file again.`;
  return new AppError("sources/corrupt-archive", message, { cause });
}

/** True for the error of an archive that cannot be unpacked to its end; what says so is its cause. */
export function isDamage(error: unknown): error is AppError {
  return error instanceof AppError && error.code === "sources/corrupt-archive";
}

/** True when the file is packed with gzip or zstd, by its first bytes. */
export async function isPacked(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    return await isPackedIn(handle);
  } finally {
    await handle.close();
  }
}

/** The same of an open file. */
export async function isPackedIn(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_BYTES_MAX), 0, MAGIC_BYTES_MAX, 0);
  return packerOf(buffer.subarray(0, bytesRead)) !== null;
}
