/**
 * A file that is at its name no more -> what still comes to it, under another name or in a copy of it. When it is given up is
 * decided in followed-file.ts.
 */
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import type { Clock } from "../../platform/clock.ts";
import type { CommittedReading, Progress, ToKept } from "./committed-reading.ts";
import { findMoved, hasLain, hasRested, hasSettled, isAtEnd } from "./file-place.ts";
import { isSameNumber, isUnchanged } from "./file-status.ts";
import type { PiecesEnd } from "./read-pieces.ts";

/** A file that has left its name. */
export type LeftFile = {
  readonly at: Progress;
  /** When it was last seen to have changed, or to have left the name, by the program's clock (ms). */
  leftMs: number;
  /** The copy in which it was read on, as that was then: at every look it would be unpacked again. */
  copy: { readonly status: Stats; readonly end: PiecesEnd } | null;
};

/** What a look at such a file gave. */
export type LeftRead = {
  /** Records that were committed. */
  readonly count: number;
  /** Where it is now; null where it is not found any more. */
  readonly file: string | null;
  /** True when nothing more is taken to come: a copy is whole, a renamed one settled, a damaged one rested. */
  readonly isOver: boolean;
  /** True when it could not be unpacked to its end. */
  readonly isDamaged: boolean;
};

/** Says of a packed file that it could not be unpacked to its end, and whether that is taken to stay so. */
export type NoteDamage = (file: string, reason: string, hasRested: boolean) => void;

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

/** Builds the reading of files that were at `path`. */
export function buildLeftReading({ path, reading, clock, note }: LeftReadingParts): LeftReading {
  /** The file itself, under another name. Its writer may still have it open. */
  async function readRenamed(left: LeftFile, file: string, status: Stats, toKept: ToKept): Promise<LeftRead> {
    let count = 0;
    if (!(await isAtEnd(file, left.at.place, status))) {
      left.leftMs = clock.now();
      const read = await reading.readOn(file, left.at, toKept);
      await reading.keepEnd(left.at, { ...read.end, status }, toKept);
      count = read.count;
    }
    const { damage = null } = left.at.place;
    if (damage === null) return { count, file, isOver: hasSettled(left.leftMs, clock.now()), isDamaged: false };
    const isOver = hasRested(left.at.place, clock.now());
    note(file, damage.reason, isOver);
    return { count, file, isOver, isDamaged: true };
  }

  /** A copy has a time of its own, which would say of rotated files that they were there before: it is not kept. */
  async function readCopy(left: LeftFile, file: string, status: Stats, toKept: ToKept): Promise<LeftRead> {
    let count = 0;
    if (left.copy === null || !isUnchanged(left.copy.status, status)) {
      const read = await reading.readOn(file, left.at, toKept);
      left.copy = { status, end: read.end };
      count = read.count;
      // The reader has not seen all that lies before the place.
      if (read.end.isShort) left.at.reader = null;
    }
    const { damage } = left.copy.end;
    const isOver = damage === null || hasLain(status, clock.now());
    if (damage !== null) note(file, damage.reason, isOver);
    return { count, file, isOver, isDamaged: damage !== null };
  }

  return {
    async readOn(left, toKept) {
      const file = await findMoved(path, left.at.place);
      if (file === null) return { count: 0, file, isOver: true, isDamaged: false };
      const status = await stat(file);
      const read = isSameNumber(left.at.place, status) ? readRenamed : readCopy;
      return read(left, file, status, toKept);
    },
  };
}
