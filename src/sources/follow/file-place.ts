/**
 * FilePlace: which file was read, and up to where. Survives renaming, copying and packing of the file, because it knows the
 * file by its first bytes as well as by its number.
 */
import type { Stats } from "node:fs";
import { isPacked } from "../access-log/decompress.ts";

/** What keeps a packed file from being unpacked to its end. Its writer may go on, or it may be repaired. */
export type Damage = {
  /** What the unpacker says. */
  readonly reason: string;
  /** What the place's `digest` is in older checkpoints. */
  readonly digest?: string | null;
};

/** The hash of some bytes, and how many they are. */
export type Tail = { readonly bytes: number; readonly hash: string };

/** A file as it was at one moment. */
export type FileNumbers = {
  readonly device: number;
  readonly inode: number;
  readonly modifiedMs: number;
  readonly sizeBytes: number;
};

/** What tells a file from others, whatever it is called. */
export type FileIdentity = {
  readonly device: number;
  readonly inode: number;
  /** How many of the first bytes `head` is the hash of: fewer than 256 of a short file. */
  readonly headBytes: number;
  readonly head: string;
  /** When the file had last been written to as it was read (ms, by the file system's clock). */
  readonly modifiedMs: number;
  /** Bytes of the file as it is stored, at `modifiedMs`. Places of older checkpoints do not say it. */
  readonly sizeBytes?: number;
  /**
   * The file's own path where the name is a link to it, as it was then: it is rotated there, and the link may lead elsewhere by
   * now. Null where the name is the file's own; places of older checkpoints do not say it.
   */
  readonly target?: string | null;
};

/** Up to where a file was read. `offset` counts plain bytes, also of a packed file; the last of them may be half a line. */
export type FilePlace = FileIdentity & {
  readonly offset: number;
  /** True when the file was packed, and was read to its end, or to its damage, as it stood at `modifiedMs`. Its writer may go on. */
  readonly isDone: boolean;
  /** Of a packed file that is done: what it was read to instead of its end. */
  readonly damage?: Damage | null;
  /**
   * What the last bytes before the offset are. Files with one long header begin alike, and only this tells one from another.
   * Places of older checkpoints do not say it.
   */
  readonly tail?: Tail | null;
  /** Of a packed file that is done: SHA-256 of the plain bytes before the offset. Places of older checkpoints do not say it. */
  readonly digest?: string | null;
  /**
   * Since when, by the program's clock (ms), something behind the last line end, or behind damage, waits for the rest of it;
   * null where nothing does. Places of older checkpoints do not say it.
   */
  readonly waitsSinceMs?: number | null;
  /** The offset that was the file's end when its last line was last taken without a line end: there it is not taken again. */
  readonly takenAt?: number | null;
  /**
   * The offset behind the last such line that counted: a line begins there, whatever follows. One that was refused may have
   * been half of a line, so it is read once more, as a whole, when something follows.
   */
  readonly lineStart?: number | null;
  /**
   * Of a file that was empty and has changed or left its name since: when it was empty (ms, by the file system's clock). It may
   * have been written, copied and cut since then, or packed and deleted, and what was made of it has not been looked for yet.
   */
  readonly emptyAtMs?: number | null;
};

/** The place in a file that is at the name no more. */
export type LeftPlace = FilePlace & {
  /** When it was last seen to have changed, or to have left the name, by the program's clock (ms). */
  readonly leftMs: number;
};

/** What a checkpoint holds: the place in the file at the name, and in the one that was there before as long as that is read on. */
export type KeptPlace = FilePlace & {
  readonly earlier?: LeftPlace | null;
  /** Files beside it that were read and are over, as far as they could be taken for missed ones. Older checkpoints say none. */
  readonly over?: readonly FileNumbers[];
};

/**
 * Ms for which a packed file has to stay as it is until its last line is taken without a line end, and until it is called
 * damaged. Longer than a copy pauses or a writer that packs gathers under load; and an error costs no more than a refused line
 * or a wrong warning, because the rest of it is looked out for.
 */
const REST_MS = 60_000;

/**
 * Ms for a plain file. Most of them are live logs, and a writer with a buffer leaves half of a line there until the buffer is
 * full again: on a site that writes one line in a minute, 4 KB of some 200 bytes each take 20 minutes.
 */
const PLAIN_REST_MS = 3_600_000;

/** The place as it is kept in a checkpoint. */
export function printPlace(place: KeptPlace): string {
  return JSON.stringify(place);
}

/** The place of a checkpoint, or null for a text that printPlace has not written. */
export function parsePlace(text: string): KeptPlace | null {
  try {
    const place = JSON.parse(text) as Partial<KeptPlace> | null;
    return Number.isSafeInteger(place?.offset) && typeof place?.head === "string" ? (place as KeptPlace) : null;
  } catch {
    // Whoever wrote it, the file is then read from its beginning, which counts nothing twice.
    return null;
  }
}

/**
 * True when a packed file is still as it was when it was read to its end: unpacking it once more would give nothing. Size
 * and time both, because two writes may fall into one tick of the file system's clock.
 */
function isReadToEnd(place: FilePlace, { size, mtimeMs }: Pick<Stats, "size" | "mtimeMs">): boolean {
  return place.isDone && place.modifiedMs === mtimeMs && (place.sizeBytes ?? size) === size;
}

/** When the last of the files that the place knows of was written to (ms, by the file system's clock): later ones may be missed. */
export function knownUntilMs({ emptyAtMs, modifiedMs }: FilePlace): number {
  return emptyAtMs ?? modifiedMs;
}

/**
 * The place, which says since when what was rotated may have been missed where its file was empty: kept with what is read next,
 * after which nothing else would say it.
 */
export function sinceEmpty(place: FilePlace): FilePlace {
  return place.headBytes === 0 ? { ...place, emptyAtMs: knownUntilMs(place) } : place;
}

/**
 * True when the file was empty as it was last read, and has been written to or cut since. Every file begins as that one did: it
 * may have been copied and cut any number of times, and nothing in it would show that.
 */
export function hasLeftEmpty(place: FilePlace, { size, mtimeMs }: Pick<Stats, "size" | "mtimeMs">): boolean {
  return place.headBytes === 0 && (place.modifiedMs !== mtimeMs || size !== (place.sizeBytes ?? 0));
}

/** True when nothing has come behind the place in the file as it is now. */
export async function isAtEnd(file: string, place: FilePlace, status: Stats): Promise<boolean> {
  return (await isPacked(file)) ? isReadToEnd(place, status) : place.offset === status.size;
}

/** True when what waits in a file, for a line end or behind damage, has waited for so long that nothing is taken to come. */
export function hasRested({ waitsSinceMs, isDone }: FilePlace, nowMs: number): boolean {
  return typeof waitsSinceMs === "number" && isLongAgo(waitsSinceMs, nowMs, isDone ? REST_MS : PLAIN_REST_MS);
}

/**
 * True when a file that has left the name has not changed for so long since that its writer has another one open. Servers are
 * told to take a new file some time after the rotation, and may finish requests in the old one.
 */
export function hasSettled(leftMs: number, nowMs: number): boolean {
  return isLongAgo(leftMs, nowMs, REST_MS);
}

/** True when there has been no file at a name for longer than a rotation by renaming leaves it without one. */
export function isAwaitedLong(sinceMs: number, nowMs: number): boolean {
  return isLongAgo(sinceMs, nowMs, REST_MS);
}

/**
 * True when a packed file of which no place is kept has not been written to for so long that it is as it will be: by the file
 * system's clock, for nobody remembers from one run with `--once` to the next when it was seen.
 */
export function hasLain({ mtimeMs }: Pick<Stats, "mtimeMs">, nowMs: number): boolean {
  return isLongAgo(mtimeMs, nowMs, REST_MS);
}

/**
 * True when a file has not grown for so long that what was read of it is no longer remembered, which takes megabytes. Should it
 * grow after all, it is read once more from its beginning: once an hour at most.
 */
export function isForgotten(grewMs: number, nowMs: number): boolean {
  return isLongAgo(grewMs, nowMs, PLAIN_REST_MS);
}

/** Both ways: a clock that was set back by a day must not make anything wait for one. */
function isLongAgo(timeMs: number, nowMs: number, ageMs: number): boolean {
  return Math.abs(nowMs - timeMs) >= ageMs;
}
