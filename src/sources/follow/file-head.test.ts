/** What a file is known by: its first plain bytes, whatever stands before them in an archive and is damaged behind them. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readHead, readStart } from "./file-head.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assetmeter-head-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const TEXT = "a line of a log\n".repeat(20);

/** A writer's note of so many bytes, as a zstd file may have it. */
function note(bytes: number): Buffer {
  const start = Buffer.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0);
  start.writeUInt32LE(bytes, 4);
  return Buffer.concat([start, randomBytes(bytes)]);
}

async function headOf(bytes: Buffer | string) {
  await writeFile(join(folder, "log"), bytes);
  return readHead(join(folder, "log"));
}

describe("readHead", () => {
  test.each([
    ["packed with gzip", gzipSync(TEXT)],
    ["packed with zstd", zstdCompressSync(TEXT)],
    ["behind a note", Buffer.concat([note(4), zstdCompressSync(TEXT)])],
    ["behind notes that are longer than what is read", Buffer.concat([note(70_000), note(0), zstdCompressSync(TEXT)])],
    ["cut behind it", gzipSync(TEXT).subarray(0, -4)],
  ])("is that of the plain file, %s", async (_, bytes) => {
    const plain = await headOf(TEXT);
    expect(plain.headBytes).toBe(256);
    expect(await headOf(bytes)).toEqual(plain);
  });

  test("is empty of a file of notes alone, also of one that was cut", async () => {
    for (const bytes of [note(10), note(10).subarray(0, 15), note(10).subarray(0, 6)]) {
      expect(await headOf(bytes)).toMatchObject({ headBytes: 0 });
    }
  });
});

describe("readStart", () => {
  test("gives what stands before the damage", async () => {
    await writeFile(join(folder, "log"), gzipSync(TEXT).subarray(0, -4));
    expect((await readStart(join(folder, "log"))).toString()).toBe(TEXT);
  });
});
