/** Packed files are known by their content; what stands before damage is not lost. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { AppError } from "../../platform/errors.ts";
import { decompress, isPacked } from "./decompress.ts";

/** Text that does not pack well, so that damage in the middle has bytes before it. */
const TEXT = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `${i} ${(i * 7_919) % 104_729}\n`).join(""));

async function* chunksOf(bytes: Buffer, chunkBytes = 1_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

/** All plain bytes, and the code of the error after them. */
async function unpack(chunks: AsyncIterable<Uint8Array>): Promise<{ bytes: Buffer; code: string | null }> {
  const read: Uint8Array[] = [];
  try {
    for await (const chunk of decompress(chunks)) read.push(Buffer.from(chunk));
    return { bytes: Buffer.concat(read), code: null };
  } catch (error) {
    return { bytes: Buffer.concat(read), code: (error as AppError).code };
  }
}

describe("decompress", () => {
  test.each([
    ["plain", TEXT],
    ["gzip", gzipSync(TEXT)],
    ["zstd", zstdCompressSync(TEXT)],
  ])("%s bytes in chunks of any size give the plain bytes", async (_, bytes) => {
    for (const chunkBytes of [1, 3, 1_000, 10_000_000]) {
      const { bytes: plain, code } = await unpack(chunksOf(bytes, chunkBytes));
      expect(code).toBeNull();
      expect(plain.equals(TEXT)).toBe(true);
    }
  });

  test("all members of a gzip file and all frames of a zstd file are read", async () => {
    const parts = [Buffer.from("a\n"), TEXT, Buffer.from("b\n")];
    for (const pack of [gzipSync, zstdCompressSync]) {
      const { bytes, code } = await unpack(chunksOf(Buffer.concat(parts.map((part) => pack(part)))));
      expect(code).toBeNull();
      expect(bytes.equals(Buffer.concat(parts))).toBe(true);
    }
  });

  test("NUL bytes between members of a gzip file, as a writer's crash leaves them, hide nothing behind them", async () => {
    const a = TEXT.subarray(0, 2_000);
    const [first, second, nuls] = [gzipSync(a), gzipSync("b\n"), Buffer.alloc(600)];
    const both = Buffer.concat([a, Buffer.from("b\n")]);
    const damaged = Buffer.concat([Buffer.of(0), second.subarray(1)]);
    for (const chunkBytes of [1, 3, 1_000, 10_000_000]) {
      const read = (...parts: readonly Buffer[]) => unpack(chunksOf(Buffer.concat(parts), chunkBytes));
      expect(await read(first, nuls, second, nuls)).toEqual({ bytes: both, code: null });
      expect(await read(first, nuls)).toEqual({ bytes: a, code: null });
      expect(await read(first, nuls, Buffer.from("a line\n"))).toEqual({
        bytes: a,
        code: "sources/corrupt-archive",
      });
      expect(await read(first, damaged)).toEqual({ bytes: a, code: "sources/corrupt-archive" });
    }
  });

  test("frames of a zstd file that hold no content are skipped, in front of others and between them", async () => {
    const note = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const file = Buffer.concat([note, zstdCompressSync("a\n"), note, zstdCompressSync("b\n"), note]);
    for (const chunkBytes of [1, 1_000]) {
      expect(await unpack(chunksOf(file, chunkBytes))).toEqual({ bytes: Buffer.from("a\nb\n"), code: null });
    }
  });

  test("zstd frames with and without checksum, with raw and repeated blocks, are told apart", async () => {
    const { ZSTD_c_checksumFlag, ZSTD_c_contentSizeFlag } = constants;
    const contents = [Buffer.alloc(300_000, "a"), randomBytes(300_000), TEXT, Buffer.from("x")];
    const frames = contents.flatMap((content) =>
      [0, 1].map((flag) =>
        zstdCompressSync(content, { params: { [ZSTD_c_checksumFlag]: flag, [ZSTD_c_contentSizeFlag]: flag } }),
      ),
    );
    const { bytes, code } = await unpack(chunksOf(Buffer.concat(frames), 777));
    expect(code).toBeNull();
    expect(bytes.equals(Buffer.concat(contents.flatMap((content) => [content, content])))).toBe(true);
  });

  test("an empty input, one shorter than any mark, and an empty archive are no error", async () => {
    expect(await unpack(chunksOf(Buffer.alloc(0)))).toEqual({ bytes: Buffer.alloc(0), code: null });
    expect(await unpack(chunksOf(Buffer.of(0x1f)))).toEqual({ bytes: Buffer.of(0x1f), code: null });
    expect(await unpack(chunksOf(gzipSync("")))).toEqual({ bytes: Buffer.alloc(0), code: null });
    expect(await unpack(chunksOf(zstdCompressSync("")))).toEqual({ bytes: Buffer.alloc(0), code: null });
  });

  test.each([
    ["gzip", gzipSync(TEXT)],
    ["zstd", zstdCompressSync(TEXT)],
  ])("a %s archive that was cut gives what stands before the cut, then corrupt-archive", async (_, packed) => {
    const { bytes, code } = await unpack(chunksOf(packed.subarray(0, packed.length - 5)));
    expect(code).toBe("sources/corrupt-archive");
    expect(bytes.length).toBeGreaterThan(0);
    expect(TEXT.subarray(0, bytes.length).equals(bytes)).toBe(true);
  });

  test("a gzip archive with a broken byte gives what stands before it, then corrupt-archive", async () => {
    const packed = Buffer.from(gzipSync(TEXT));
    packed.fill(0xff, packed.length - 2_000, packed.length - 1_000);
    const { bytes, code } = await unpack(chunksOf(packed));
    expect(code).toBe("sources/corrupt-archive");
    expect(bytes.length).toBeGreaterThan(TEXT.length / 2);
  });

  test("bytes that are no archive behind one are damage, not silently left out", async () => {
    for (const pack of [gzipSync, zstdCompressSync]) {
      const { bytes, code } = await unpack(chunksOf(Buffer.concat([pack(TEXT), Buffer.from("a line\n")])));
      expect(code).toBe("sources/corrupt-archive");
      expect(TEXT.subarray(0, bytes.length).equals(bytes)).toBe(true);
      expect(TEXT.length - bytes.length).toBeLessThanOrEqual(65_536);
    }
  });

  test("a zstd file cut anywhere near a frame's beginning or end is damage", async () => {
    const first = zstdCompressSync("a\n");
    const file = Buffer.concat([first, zstdCompressSync("b\n")]);
    for (let end = first.length + 1; end < file.length; end++) {
      expect(await unpack(chunksOf(file.subarray(0, end), 4)), `${end}`).toMatchObject({
        code: "sources/corrupt-archive",
      });
    }
  });

  test.each([
    ["zip", Buffer.from("PK\x03\x04\x14\x00\x00")],
    ["bzip2", Buffer.from("BZh91AY&SY")],
    ["xz", Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00)],
    ["Parquet", Buffer.from("PAR1\x15\x04")],
  ])("%s is refused by name", async (name, bytes) => {
    const reading = Array.fromAsync(decompress(chunksOf(bytes)));
    await expect(reading).rejects.toMatchObject({
      code: "sources/unsupported-format",
      message: expect.stringContaining(name),
    });
  });

  test("an error of the input passes on as it is, after the bytes before it", async () => {
    for (const head of [Buffer.from("plain"), gzipSync(TEXT).subarray(0, 50_000)]) {
      async function* failing() {
        yield head;
        throw new Error("EIO");
      }
      await expect(Array.fromAsync(decompress(failing()))).rejects.toThrow("EIO");
    }
  });

  test("a reader that stops early closes the input", async () => {
    for (const bytes of [TEXT, gzipSync(TEXT), zstdCompressSync(TEXT)]) {
      let isClosed = false;
      async function* input() {
        try {
          yield* chunksOf(bytes);
        } finally {
          isClosed = true;
        }
      }
      for await (const _ of decompress(input())) break;
      expect(isClosed).toBe(true);
    }
  });
});

describe("isPacked", () => {
  const note = (lowByte: number) => Buffer.from([lowByte, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  test.each([
    ["a gzip file", gzipSync("a\n"), true],
    ["a zstd file", zstdCompressSync("a\n"), true],
    [
      "a zstd file that begins with a note, of the first kind",
      Buffer.concat([note(0x50), zstdCompressSync("a\n")]),
      true,
    ],
    [
      "a zstd file that begins with a note, of the last kind",
      Buffer.concat([note(0x5f), zstdCompressSync("a\n")]),
      true,
    ],
    ["what only looks like a note", note(0x60), false],
    ["a plain file", Buffer.from("a line\n"), false],
    ["an empty file", Buffer.alloc(0), false],
  ])("says of %s what decompress takes it for", async (_, bytes, expected) => {
    const folder = await mkdtemp(join(tmpdir(), "assetmeter-packed-"));
    try {
      await writeFile(join(folder, "log"), bytes);
      expect(await isPacked(join(folder, "log"))).toBe(expected);
      expect(await unpack(chunksOf(bytes))).toEqual({ bytes: expected ? Buffer.from("a\n") : bytes, code: null });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
