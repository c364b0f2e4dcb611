/**
 * A file that is at its name no more -> what still comes to it, under another name or in a copy of it. When it is given up is
 * decided in followed-file.ts.
 */
import type { Clock } from "../../platform/clock.ts";
import { isPacked } from "../access-log/decompress.ts";
import type { CommittedReading, Progress, ToKept } from "./committed-reading.ts";
import { type FileNumbers, type FilePlace, hasLain, hasRested, hasSettled, isAtEnd, sinceEmpty } from "./file-place.ts";
import { isSameNumber, isUnchanged, numbersOf, type SeenFile } from "./file-status.ts";
import { findMoved } from "./find-rotated.ts";
import type { PiecesEnd } from "./read-pieces.ts";

/** A file that has left its name. */
export type LeftFile = {
  readonly at: Progress;
  /** When it was last seen to have changed, or to have left the name, by the program's clock (ms). */
  leftMs: number;
  /** The copy in which it was read on, as that was then: at every look it would be unpacked again. */
  copy: { readonly numbers: FileNumbers; readonly end: PiecesEnd } | null;
  /** Files that begin as it does and are others, as they were when they were found to be. */
  readonly refused: Map<string, FileNumbers>;
};

/** Builds a file that was seen to have left its name, or to have changed since, at `leftMs`. */
export function buildLeftFile(at: Progress, leftMs: number): LeftFile {
  return { at, leftMs, copy: null, refused: new Map() };
}

/** What a look at such a file gave. */
export type LeftRead = {
  /** Records that were committed. */
  readonly count: number;
  /** Where it is now; null where it is not found any more. */
  readonly file: SeenFile | null;
  /** True when nothing more is taken to come: a copy is whole, a renamed one settled, a damaged one rested. */
  readonly isOver: boolean;
  /** True when it could not be unpacked to its end. */
  readonly isDamaged: boolean;
};

/**
 * A packed file that could not be unpacked to its end. The lines that end before the damage are counted, as by an import; of one
 * of another form none are.
 */
export type DamagedFile = {
  readonly file: string;
  /** What the unpacker says. */
  readonly reason: string;
  /** False as long as its writer may go on. */
  readonly hasRested: boolean;
  /** Of an archive of a form that is never read: the reason says of which. */
  readonly isOtherForm?: true;
};

/**
 * Says of a packed file that it could not be unpacked to its end, and whether that is taken to stay so; or that it is of a form
 * of which nothing is read.
 */
export type NoteDamage = (
  file: string,
  reason: string,
  hasRested: boolean,
  form?: { readonly isOtherForm?: true },
) => void;

/** Reads files on that have left their name. Rejects as CommittedReading does. */
export interface LeftReading {
  /** One look at it. What it gives is kept as `toKept` says. */
  readOn(left: LeftFile, toKept: ToKept): Promise<LeftRead>;
}

/** What left files of one name are read with. */
export type LeftReadingParts = {
  readonly path: string;
  readonly reading: CommittedReading;
  readonly clock: Clock;
  readonly note: NoteDamage;
};

/** True for a packed file, or a copy that nobody writes to any more: nothing more is taken to come to it. */
export function isArchive({ status }: SeenFile, place: FilePlace, nowMs: number): boolean {
  return place.isDone || (!isSameNumber(place, status) && hasLain(status, nowMs));
}

/** False for a copy, also a packed one that was given the number of the plain file once that was deleted. */
async function isRenamed({ at: { place } }: LeftFile, { path, status }: SeenFile): Promise<boolean> {
  return isSameNumber(place, status) && (place.isDone || place.offset === 0 || !(await isPacked(path)));
}

/** Builds the reading of files that were at `path`. */
export function buildLeftReading({ path, reading, clock, note }: LeftReadingParts): LeftReading {
  /** The file itself, under another name. Its writer may still have it open. */
  async function readRenamed(left: LeftFile, file: SeenFile, toKept: ToKept): Promise<LeftRead> {
    let count = 0;
    if (!(await isAtEnd(file.path, left.at.place, file.status))) {
      left.leftMs = clock.now();
      count = (await reading.readToEnd(file, left.at, toKept)).count;
    }
    const { damage = null } = left.at.place;
    if (damage === null) return { count, file, isOver: hasSettled(left.leftMs, clock.now()), isDamaged: false };
    const isOver = hasRested(left.at.place, clock.now());
    note(file.path, damage.reason, isOver);
    return { count, file, isOver, isDamaged: true };
  }

  /**
   * Null when it is no copy but another file. A copy has a time of its own, which would say of rotated files that they were
   * there before: it is not kept.
   */
  async function readCopy(left: LeftFile, file: SeenFile, toKept: ToKept): Promise<LeftRead | null> {
    const { status } = file;
    let count = 0;
    if (left.copy === null || !isUnchanged(left.copy.numbers, status)) {
      const read = await reading.readOn(file, left.at, toKept);
      if (read.end.isOther) {
        left.refused.set(file.path, numbersOf(status));
        return null;
      }
      left.copy = { numbers: numbersOf(status), end: read.end };
      count = read.count;
    }
    const { damage } = left.copy.end;
    const isOver = damage === null || hasLain(status, clock.now());
    if (damage !== null) note(file.path, damage.reason, isOver);
    return { count, file, isOver, isDamaged: damage !== null };
  }

  return {
    async readOn(left, toKept) {
      // The younger of two archives may have its number by now: with the time of that one the older one would not be missed.
      left.at.place = sinceEmpty(left.at.place);
      for (;;) {
        const file = await findMoved(path, left.at.place, left.refused);
        if (file === null) return { count: 0, file, isOver: true, isDamaged: false };
        const read = await ((await isRenamed(left, file)) ? readRenamed : readCopy)(left, file, toKept);
        if (read !== null) return read;
      }
    },
  };
}
