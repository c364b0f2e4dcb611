/**
 * A file -> its plain bytes behind an offset, in pieces that are worth a commit. Of a packed one that cannot be unpacked to its
 * end: what stands before the damage. Whether its writer may still go on is not judged here.
 */
import { createHash } from "node:crypto";
import { decompress, isDamage, isPacked, isPackedIn } from "../access-log/decompress.ts";
import type { Damage, FilePlace } from "./file-place.ts";
import { openSeen, type SeenFile } from "./file-status.ts";
import { isTail, lastBytes } from "./file-tail.ts";

/** Bytes that are gathered for one piece: some 4,000 lines. */
const PIECE_BYTES = 1 << 20;
const READ_BYTES = 1 << 18;

/** What of a place says where to go on, and what lies before that. */
type PlaceBehind = Pick<FilePlace, "offset" | "tail" | "digest" | "damage">;

/** How the reading of a file ended. */
export type PiecesEnd = {
  readonly isPacked: boolean;
  /** Why a packed file could not be unpacked to its end; null when it was read to that. */
  readonly damage: Damage | null;
  /**
   * Of a packed file: SHA-256 of the plain bytes up to where it was read, or what was known of them when not so many could be
   * unpacked.
   */
  readonly digest: string | null;
  /** True when the bytes before the offset are not the ones that were read there, or are fewer: no piece was given. */
  readonly isOther: boolean;
  /** True when damage is before the offset: then nobody knows whether they are the same, and no piece was given. */
  readonly isShort: boolean;
};

/** One reading of one file. */
export interface PieceReading {
  /**
   * The pieces, none of them empty. Read them once, to the end or until no more are wanted. Rejects as openSeen does before the
   * first one.
   */
  pieces(): AsyncGenerator<Buffer>;
  /** How it ended, once the last piece was given. */
  end(): PiecesEnd;
}

/** Before the first byte. */
const AT_START = { offset: 0 } as const;

/**
 * Builds the reading of `file` behind a place. A packed file may be another one that begins alike as what was read, and is known
 * by all that lies before the place or, where only a plain one was read, by the last of that.
 */
export function buildPieceReading(file: SeenFile, { offset, tail, ...known }: PlaceBehind = AT_START): PieceReading {
  const digest = known.digest ?? known.damage?.digest ?? null;
  let end: PiecesEnd = { isPacked: false, damage: null, digest: null, isOther: false, isShort: false };

  async function* unpackFresh(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    let known = 0;
    let last: Buffer = Buffer.alloc(0);
    let reason: string | null = null;
    try {
      for await (const chunk of decompress(chunks)) {
        const before = chunk.subarray(0, offset - known);
        known += before.length;
        hash.update(before);
        const isBehind = before.length > 0 && known === offset;
        if (before.length > 0) last = lastBytes(last, before);
        const isRead = () => isTail(last, tail) && (digest === null || hash.copy().digest("base64url") === digest);
        if (isBehind && !isRead()) {
          end = { ...end, isOther: true };
          return;
        }
        const fresh = chunk.subarray(before.length);
        hash.update(fresh);
        if (fresh.length > 0) yield fresh;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      reason = error.cause instanceof Error ? error.cause.message : error.message;
    }
    const isLess = known < offset;
    const damage = reason === null ? null : { reason };
    const isOther = isLess && damage === null;
    end = { ...end, damage, digest: isLess ? digest : hash.digest("base64url"), isOther, isShort: isLess && !isOther };
  }

  return {
    async *pieces() {
      const handle = await openSeen(file);
      try {
        end = { ...end, isPacked: await isPackedIn(handle) };
        const start = end.isPacked ? 0 : offset;
        const stream = handle.createReadStream({ start, highWaterMark: READ_BYTES, autoClose: false });
        yield* gather(end.isPacked ? unpackFresh(stream) : stream);
      } finally {
        await handle.close();
      }
    },
    end: () => end,
  };
}

/** Why the file cannot be unpacked to its end as it is; null where it can, or is not packed. */
export async function findDamage(file: SeenFile): Promise<string | null> {
  if (!(await isPacked(file.path))) return null;
  const reading = buildPieceReading(file);
  for await (const _ of reading.pieces());
  return reading.end().damage?.reason ?? null;
}

async function* gather(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    gathered.push(chunk);
    bytes += chunk.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(gathered);
}
