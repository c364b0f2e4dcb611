/**
 * Writes lines to segments: files of a folder that only grow, one after another. Buffers in memory for a moment.
 */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../platform/log.ts";
import { SEGMENT_EXTENSION, type WrittenSegments } from "./follow-segments.ts";

/** Where segments lie, and how they are called. */
export type SegmentWriterOptions = {
  readonly folder: string;
  readonly newName: () => string;
  readonly logger: Logger;
};

/** What may be written and read of the segments by the process that writes them. */
export interface SegmentWriter extends WrittenSegments {
  /** Takes lines, each with its line end. They are in the file within FLUSH_EVERY_MS. Never throws. */
  add(lines: string): void;
  /** Resolves when all lines added before are in a file; rejects when they cannot be written, and keeps them. */
  flush(): Promise<void>;
  /** Writes what is left, as far as it can, and closes. */
  close(): Promise<void>;
}

/** How long a line is in memory only, in ms: what a crash of the process may lose. */
const FLUSH_EVERY_MS = 200;

/** Bytes after which the next segment begins: read and removed within seconds, few enough files after a day offline. */
const SEGMENT_BYTES_MAX = 8 * 1024 * 1024;

/** Characters that wait at most while the disk refuses them: some 300,000 requests. Further ones are lost and counted. */
const WAITING_CHARACTERS_MAX = 64 * 1024 * 1024;

/** Opens the folder. The first segment is made with the first line. */
export async function openSegmentWriter({ folder, newName, logger }: SegmentWriterOptions): Promise<SegmentWriter> {
  await mkdir(folder, { recursive: true });
  let waiting = "";
  let lost = 0;
  let segment: { readonly name: string; readonly handle: FileHandle; bytes: number } | null = null;
  let opening: string | null = null;
  const cutAt = new Map<string, number>();
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;

  async function writeWaiting(): Promise<void> {
    if (waiting === "") return;
    const lines = Buffer.from(waiting);
    waiting = "";
    try {
      segment ??= await openSegment();
      await writeAll(segment, lines);
      if (segment.bytes >= SEGMENT_BYTES_MAX) await endSegment();
    } catch (error) {
      // Part of the lines may be in the file, the last one cut. Its segment ends here, and the next one has them all
      // again: a line that is twice there would be counted twice.
      await abandonSegment();
      waiting = lines.toString() + waiting;
      throw error;
    }
    if (lost > 0) logger.error({ lost }, "own traffic was not counted: the disk could not take it");
    lost = 0;
  }

  async function openSegment() {
    const name = `${newName()}${SEGMENT_EXTENSION}`;
    // The file is there before `open` resolves: who reads the folder meanwhile must not take it for one that has ended.
    opening = name;
    try {
      segment = { name, handle: await open(join(folder, name), "ax"), bytes: 0 };
      return segment;
    } finally {
      opening = null;
    }
  }

  async function endSegment(): Promise<void> {
    const ended = segment;
    segment = null;
    await ended?.handle.close();
  }

  /** Takes back what this segment has got of the failed write; where that fails, nobody reads on behind the last whole one in this process. */
  async function abandonSegment(): Promise<void> {
    const failed = segment;
    if (failed === null) return;
    cutAt.set(failed.name, failed.bytes);
    segment = null;
    await failed.handle.truncate(failed.bytes).then(
      () => cutAt.delete(failed.name),
      () => undefined,
    );
    await failed.handle.close().catch(() => undefined);
  }

  function flush(): Promise<void> {
    const flushed = writing.then(writeWaiting);
    writing = flushed.catch(() => undefined);
    return flushed;
  }

  function flushSoon(): void {
    timer ??= setTimeout(() => {
      timer = null;
      flush().catch((error: unknown) => logger.error({ err: error }, "own traffic waits to be written"));
    }, FLUSH_EVERY_MS);
    timer.unref();
  }

  return {
    add(lines) {
      if (lines === "") return;
      if (waiting.length + lines.length > WAITING_CHARACTERS_MAX) lost += 1;
      else waiting += lines;
      flushSoon();
    },
    flush,
    growing: () => {
      if (segment !== null) return { name: segment.name, bytes: segment.bytes };
      return opening === null ? null : { name: opening, bytes: 0 };
    },
    cutAt,
    async close() {
      if (timer !== null) clearTimeout(timer);
      await flush().catch((error: unknown) =>
        logger.error({ err: error }, "own traffic was lost: it cannot be written"),
      );
      await endSegment();
    },
  };
}

async function writeAll(segment: { readonly handle: FileHandle; bytes: number }, lines: Buffer): Promise<void> {
  let written = 0;
  while (written < lines.length) written += (await segment.handle.write(lines, written)).bytesWritten;
  segment.bytes += lines.length;
}
