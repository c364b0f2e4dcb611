/**
 * FollowedFile: one log under one name, read as it grows. Notices when the file behind the name is another one, finishes
 * the one before, and goes on with the new one. Lines and places are committed by committed-reading.ts.
 */
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Source } from "../../model/source.ts";
import { buildCommittedReading, type FollowDeps, type Progress } from "./committed-reading.ts";
import { HEAD_BYTES_MAX, readHead } from "./file-head.ts";
import { type FilePlace, findMissed, findMoved, hasLain, hasRested, isAtEnd } from "./file-place.ts";
import { isSameFile, isSameNumber, isUnchanged, numbersOf, statIfThere } from "./file-status.ts";
import { findDamage, type PiecesEnd } from "./read-pieces.ts";

/** A packed file that could not be unpacked to its end. The lines that end before the damage are counted, as by an import. */
export type DamagedFile = {
  readonly file: string;
  /** What the unpacker says. */
  readonly reason: string;
  /** False as long as its writer may go on. */
  readonly hasRested: boolean;
};

/** One followed name. */
export interface FollowedFile {
  /**
   * Reads and commits everything that is there by now, up to the last line end, and behind it what has waited long enough
   * (hasRested). Answers how many records that were.
   * Rejects when the intake does, and with `sources/paused` when there is something to be read and the source is paused;
   * what was not committed is read again by the next pass. One pass at a time.
   */
  pass(): Promise<number>;
  /** True when the last pass found nothing: no file at the name, and under no other name the one that was read before. */
  isGone(): boolean;
  /** What the last pass came upon and could not unpack to its end: there is more than was read. */
  damaged(): readonly DamagedFile[];
}

/** What was read of the files before the one at the name, and whether they are over. */
type Moved = { readonly count: number; readonly isOver: boolean };

/**
 * Builds the follower of one path, however it is spelled; the source exists already. Nothing is read before the first pass.
 */
export function buildFollowedFile(spelling: string, source: Source, deps: FollowDeps): FollowedFile {
  const path = resolve(spelling);
  const reading = buildCommittedReading(path, spelling, source, deps);
  let progress: Progress | null = null;
  /** The place that was kept last, where no reader stands at it: asking the store at every look would cost more. */
  let kept: FilePlace | null = null;
  /** A copy of the file beside the name, as it was when it was read to its end: at every look it would be unpacked again. */
  let copy: { readonly status: Stats; readonly end: PiecesEnd } | null = null;
  let isGone = false;
  let damaged: DamagedFile[] = [];

  const note = (file: string, reason: string, isRested: boolean) => damaged.push({ file, reason, hasRested: isRested });

  function forget(): void {
    progress = null;
    kept = null;
    copy = null;
  }

  /** What is left of a file that was read to its end, or to its damage, as it stands: once it has rested. */
  async function finishRested(file: string, place: FilePlace): Promise<number> {
    const isRested = hasRested(place, deps.clock.now());
    const reason = place.damage?.reason;
    if (reason !== undefined) note(file, reason, isRested);
    // The last piece before damage is no line: its rest exists and could not be read.
    if (reason !== undefined || !isRested) return 0;
    progress ??= await reading.seed(file, place);
    const count = await reading.finish(file, progress);
    kept = progress.place;
    // This reader has given away what may be half of a line: whoever reads on begins with one that still has it.
    if (kept.lineStart !== kept.offset) progress = null;
    return count;
  }

  /**
   * Keeps that a packed file was read to its end, or to its damage. Unpacking begins at the file's beginning: not at every
   * look, only when something was written since. What is behind its last line end may go on in the next member.
   */
  async function keepEnd(file: string, at: Progress, end: PiecesEnd & { readonly status: Stats }): Promise<void> {
    const { isPacked, isShort, damage, status } = end;
    const { takenAt, offset, waitsSinceMs } = at.place;
    // What a plain file waits for was kept with its last piece, unless an older program has read that.
    if (!isPacked && waitsSinceMs !== undefined) return;
    const waits = damage !== null || (takenAt !== offset && at.reader.hasRest());
    at.place = { ...at.place, damage, waitsSinceMs: waits ? deps.clock.now() : null };
    if (isPacked) at.place = { ...at.place, ...numbersOf(status), isDone: true };
    if (isPacked || waits) await reading.keep(at.place);
    if (damage !== null) note(file, damage.reason, false);
    kept = at.place;
    // The reader has not seen all that lies before the place.
    if (isShort) progress = null;
  }

  /** Goes on with the file that was at the path before. It is over when nothing more comes and another one is there. */
  async function readMoved(before: FilePlace, isReplaced: boolean): Promise<Moved> {
    const moved = await findMoved(path, before);
    isGone = moved === null && !isReplaced;
    if (moved === null) return isReplaced ? readMissed(before, null) : { count: 0, isOver: false };
    const status = await stat(moved);
    const isRead = await isAtEnd(moved, before, status);
    if (isRead && !isReplaced) {
      isGone = before.isDone && typeof before.waitsSinceMs !== "number";
      return { count: await finishRested(moved, before), isOver: false };
    }
    if (isRead && before.damage) {
      const isOver = hasRested(before, deps.clock.now());
      note(moved, before.damage.reason, isOver);
      return isOver ? readMissed(before, moved) : { count: 0, isOver };
    }
    return readBeside(moved, before, { status, isReplaced });
  }

  /** Goes on with the file under another name, or in a copy of it. */
  async function readBeside(
    moved: string,
    before: FilePlace,
    { status, isReplaced }: { readonly status: Stats; readonly isReplaced: boolean },
  ): Promise<Moved> {
    const isCopy = !isSameNumber(before, status);
    if (isCopy && !isReplaced && copy !== null && isUnchanged(copy.status, status)) {
      noteCopy(moved, copy);
      return { count: 0, isOver: false };
    }
    progress ??= await reading.seed(moved, before);
    const at = progress;
    const { count, end } = await reading.readOn(moved, at);
    // A copy has a time of its own, which would say of rotated files that they were there before.
    if (isCopy) noteCopy(moved, { status, end });
    else await keepEnd(moved, at, { ...end, status });
    // Its writer may not have noticed yet: one more pass looks before the file is given up.
    const isOver = isReplaced && count === 0 && (end.damage === null || (isCopy && hasLain(status, deps.clock.now())));
    if (!isOver) return { count, isOver };
    const rest = end.damage === null ? await reading.finish(moved, at) : 0;
    const missed = await readMissed(at.place, moved);
    return { count: rest + missed.count, isOver: missed.isOver };
  }

  function noteCopy(moved: string, read: { readonly status: Stats; readonly end: PiecesEnd }): void {
    copy = read;
    const { damage, isShort } = read.end;
    if (damage !== null) note(moved, damage.reason, hasLain(read.status, deps.clock.now()));
    // The reader has not seen all that lies before the place.
    if (isShort) progress = null;
  }

  /**
   * Whole files that came and went between two looks. Where one was read before, its lines are duplicates; the place moves
   * only behind all of them, so that a crash in between loses none.
   */
  async function readMissed(before: FilePlace, moved: string | null): Promise<Moved> {
    const files = await findMissed(path, before, moved);
    for (const file of files) {
      // One that is just being packed is waited for, before anything of the others is read again at each look.
      const reason = hasLain(await stat(file), deps.clock.now()) ? null : await findDamage(file);
      if (reason === null) continue;
      note(file, reason, false);
      return { count: 0, isOver: false };
    }
    let count = 0;
    for (const file of files) {
      const whole = reading.begin(before);
      const read = await reading.readOn(file, whole, () => before);
      count += read.count;
      if (read.end.damage === null) count += await reading.finish(file, whole, () => before);
      else note(file, read.end.damage.reason, true);
    }
    forget();
    return { count, isOver: true };
  }

  /** Goes on with the file at the name, which is the one of `before` or a new one. */
  async function readHere(status: Stats, before: FilePlace | null): Promise<number> {
    const at: Progress =
      before === null
        ? reading.begin({ ...(await readHead(path)), ...numbersOf(status) })
        : (progress ?? (await reading.seed(path, before)));
    progress = at;
    at.place = { ...at.place, ...numbersOf(status), isDone: false };
    // A file that was short when it was first seen is better known by now.
    if (at.place.headBytes < HEAD_BYTES_MAX) at.place = { ...at.place, ...(await readHead(path)) };
    const { count, end } = await reading.readOn(path, at);
    await keepEnd(path, at, { ...end, status });
    return count;
  }

  async function pass(): Promise<number> {
    damaged = [];
    const before = progress?.place ?? kept ?? (await reading.resume());
    kept = before;
    const status = await statIfThere(path);
    const isSame = before !== null && status !== null && (await isSameFile(path, before, status));
    isGone = before === null && status === null;
    let count = 0;
    if (before !== null && !isSame) {
      const moved = await readMoved(before, status !== null);
      count = moved.count;
      if (!moved.isOver) return count;
    }
    if (status === null) return count;
    // What an older checkpoint does not say is found out by reading the file once more.
    const isKnown = isSame && before.waitsSinceMs !== undefined;
    if (isKnown && (await isAtEnd(path, before, status))) return finishRested(path, before);
    return count + (await readHere(status, isSame ? before : null));
  }

  return {
    async pass() {
      try {
        return await pass();
      } catch (error) {
        // The reader has seen lines that are not committed: the next pass begins at the checkpoint.
        forget();
        throw error;
      }
    },
    isGone: () => isGone,
    damaged: () => damaged,
  };
}
