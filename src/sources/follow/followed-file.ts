/**
 * FollowedFile: one log under one name, read as it grows. Notices when the file behind the name is another one, goes on with
 * that at once, and keeps the one before beside it until its writer has let go of it. Lines and places are committed by
 * committed-reading.ts.
 */
import { resolve } from "node:path";
import type { Source } from "../../model/source.ts";
import { buildCommittedReading, type FollowDeps, type Progress } from "./committed-reading.ts";
import { readHead } from "./file-head.ts";
import {
  type FileNumbers,
  type FilePlace,
  hasLain,
  hasLeftEmpty,
  hasRested,
  isAtEnd,
  isForgotten,
  type KeptPlace,
  knownUntilMs,
  sinceEmpty,
} from "./file-place.ts";
import { findTarget, isSameFile, isVanished, numbersOf, type SeenFile, statIfThere } from "./file-status.ts";
import {
  buildLeftFile,
  buildLeftReading,
  type DamagedFile,
  isArchive,
  type LeftFile,
  type LeftRead,
  type NoteDamage,
} from "./left-file.ts";
import { buildMissedReading, type MissedRead } from "./missed-files.ts";

/** One followed name. */
export interface FollowedFile {
  /**
   * Reads and commits everything that is there by now, up to the last line end, and behind it what has waited long enough
   * (hasRested). Answers how many records that were.
   * Rejects when the intake does, and with `sources/paused` when there is something to be read and the source is paused;
   * what was not committed is read again by the next pass. One pass at a time. What `isFound` by patterns alone is of their
   * business only as a file: anything else at the name, for which it rejects otherwise, is then no file at the name.
   */
  pass(naming?: { readonly isFound: boolean }): Promise<number>;
  /** True when the last pass found no file at the name, and nothing more is taken to come of those that were there before. */
  isGone(): boolean;
  /** True when the last pass found no file at the name. The next one may have lines already, under another name or elsewhere. */
  isMissing(): boolean;
  /** The place of a file in what was read under this name, without what is missed beside that; null for any other file. */
  findPlace(file: SeenFile): Promise<FilePlace | null>;
  /** What the last pass came upon and could not unpack to its end: there is more than was read. */
  damaged(): readonly DamagedFile[];
}

/** Looks of one pass, the first included, while files are rotated under its hands: each finds them under their names of then. */
const LOOKS_MAX = 3;

/** What a look at the file before gave. `isWaiting` when it must end and is just being packed. */
type Earlier = Pick<LeftRead, "count" | "file"> & { readonly isWaiting: boolean };

/** The place of a file in what was read of it under another name of its source; null where it was not. */
export type FindRead = (file: SeenFile) => Promise<FilePlace | null>;

/**
 * Builds the follower of one path, however it is spelled; the source exists already. Nothing is read before the first pass. A
 * file that `findRead` knows is read on: from its beginning, what is older than the dedupe horizon would count again.
 */
export function buildFollowedFile(
  spelling: string,
  source: Source,
  deps: FollowDeps,
  findRead: FindRead = async () => null,
): FollowedFile {
  const path = resolve(spelling);
  const { clock } = deps;
  const reading = buildCommittedReading(path, spelling, source, deps);
  /** The file at the name, or the last one that was there. */
  let here: Progress | null = null;
  /** The same one, as long as it has left the name and no other one has taken that. */
  let away: LeftFile | null = null;
  /** The file that was at the name before, as long as its writer may have it open: one at most. */
  let earlier: LeftFile | null = null;
  /** Files beside the name that were read and are over. */
  let over: readonly FileNumbers[] = [];
  /** When something was last read of the file at the name, by the program's clock (ms). */
  let grewMs = 0;
  let [isGone, isMissing] = [false, false];
  /** The store was asked for a place and has none. A thousand new files of a pattern would ask it half a million times. */
  let hasNoPlace = false;
  let damaged: DamagedFile[] = [];

  const note: NoteDamage = (file, reason, isRested, form = {}) =>
    damaged.push({ file, reason, hasRested: isRested, ...form });
  const parts = { path, reading, clock, note };
  const [left, missed] = [buildLeftReading(parts), buildMissedReading(parts)];

  /** Those that would be taken for missed ones: what is older than the file at the name never is. */
  const toOver = (place: FilePlace) => over.filter((each) => each.modifiedMs >= knownUntilMs(place));
  /** What is kept when the file at the name was read on. */
  const toHere = (place: FilePlace): KeptPlace => ({
    ...place,
    earlier: earlier === null ? null : { ...earlier.at.place, leftMs: earlier.leftMs },
    over: toOver(place),
  });
  /** What is kept when the one before was. */
  const toEarlier = (place: FilePlace): KeptPlace => ({
    ...(here as Progress).place,
    earlier: { ...place, leftMs: (earlier as LeftFile).leftMs },
    over: toOver((here as Progress).place),
  });

  /** Goes on at the last commit. */
  async function resume(): Promise<void> {
    const kept = await reading.resume();
    hasNoPlace = kept === null;
    if (kept === null) return;
    const { earlier: before = null, over: overBefore = [], ...place } = kept;
    here = reading.goOn(place);
    over = overBefore;
    if (before === null) return;
    const { leftMs, ...leftPlace } = before;
    earlier = buildLeftFile(reading.goOn(leftPlace), leftMs);
  }

  function forget(): void {
    [here, away, earlier, hasNoPlace] = [null, null, null, false];
  }

  const readTarget = async () => ({ target: await findTarget(path) });
  /** What is left of a file that was read to its end as it stands: once it has rested. */
  async function finishRested(file: SeenFile, at: Progress): Promise<number> {
    return hasRested(at.place, clock.now()) ? reading.finish(file, at, toHere) : 0;
  }

  /** Looks at the file that was here before, and lets go of it when it is over. */
  async function readEarlier(before: LeftFile, mustEnd: boolean): Promise<Earlier> {
    const { count, file, isOver, isDamaged } = await left.readOn(before, toEarlier);
    // Given up before its archive is whole, it would lose what is in the rest.
    if (!isOver && (isDamaged || !mustEnd)) return { count, file, isWaiting: mustEnd };
    const rest = file === null || isDamaged ? 0 : await reading.finish(file, before.at, toEarlier);
    earlier = null;
    if (file !== null) over = [...toOver((here as Progress).place), numbersOf(file.status)];
    await reading.keep(toHere((here as Progress).place));
    return { count: count + rest, file, isWaiting: false };
  }

  /** Reads the file on that was here, and what came and went since, while there is none at the name. */
  async function readAway(at: Progress, known: SeenFile | null): Promise<number> {
    away ??= buildLeftFile(at, clock.now());
    const { count, file, isOver, isDamaged } = await left.readOn(away, toHere);
    const rest = file === null || isDamaged ? 0 : await finishRested(file, at);
    if (isForgotten(away.leftMs, clock.now())) at.reader = null;
    const isAllRead = !isDamaged && typeof at.place.waitsSinceMs !== "number";
    // Who has made no new file, or ended before it was rotated, too, may not make one for long.
    const more = await missed.readAway(at.place, { files: [file, known], over }, toHere);
    if (!more.isWaiting) at.place = { ...at.place, emptyAtMs: null };
    if (more.read.length > 0) {
      over = [...toOver(at.place), ...more.read];
      await reading.keep(toHere(at.place));
    }
    const isEnded = file === null || (isOver && isAllRead && isArchive(file, at.place, clock.now()));
    isGone = earlier === null && !more.isWaiting && isEnded;
    return count + rest + more.count;
  }

  /**
   * Reads what is left of the file that was here, and what came and went since, when there is another one. `isWaiting` when
   * something of it is just being packed: the new one is not begun before that is over.
   */
  async function leave(at: Progress, known: SeenFile | null): Promise<MissedRead> {
    away ??= buildLeftFile(at, clock.now());
    const before = away;
    // However long there was no other one: its writer may have taken that just now.
    before.leftMs = clock.now();
    const { count, file, isOver, isDamaged } = await left.readOn(before, toHere);
    if (isDamaged && !isOver) return { count, isWaiting: true, read: [] };
    // It is over when nobody can write to it: gone, given up, or read in a copy.
    const rest = isOver && file !== null && !isDamaged ? await reading.finish(file, at, toHere) : 0;
    const more = await missed.read(at.place, { files: [file, known], over }, toHere);
    if (!more.isWaiting) {
      // A copy may be as young as the file that it was made of, which is empty: what comes to that is looked for in copies.
      const copy = isOver && file !== null ? [numbersOf(file.status)] : [];
      over = [...toOver(at.place), ...more.read, ...copy];
      at.place = { ...at.place, emptyAtMs: null };
      earlier = isOver ? null : before;
      here = null;
      away = null;
    }
    return { ...more, count: count + rest + more.count };
  }

  /**
   * Goes on with the file at the name, and reads the copies that were made of it since it was seen empty. They come last: what
   * is copied and cut while this runs is found by its first bytes at the next look, because they are known by then.
   */
  async function readHere(file: SeenFile, known: SeenFile | null): Promise<number> {
    const isNew = here === null;
    const at = here ?? (await begin(file));
    [here, hasNoPlace] = [at, false];
    const { offset } = at.place;
    if (at.place.target === undefined) at.place = { ...at.place, ...(await readTarget()) };
    const hasLeft = !isNew && hasLeftEmpty(at.place, file.status);
    if (hasLeft) at.place = sinceEmpty(at.place);
    // What an older checkpoint does not say is found out by reading the file once more.
    const isRead = !isNew && !hasLeft && at.place.waitsSinceMs !== undefined;
    const isEnd = isRead && (await isAtEnd(path, at.place, file.status));
    const count = isEnd ? await readEnd(file, at) : await readOn(file, at, isNew);
    // Nothing of it was committed: without a place, what comes to it and is rotated while nobody looks would not be missed.
    if (isNew && at.place.offset === offset && !at.place.isDone) await reading.keep(toHere(at.place));
    return count + (await readCutMeanwhile(at, known));
  }

  /** Reads what was written, copied and cut since the file at the name was empty: nothing else tells that this happened. */
  async function readCutMeanwhile(at: Progress, known: SeenFile | null): Promise<number> {
    if (typeof at.place.emptyAtMs !== "number") return 0;
    const { count, isWaiting, read } = await missed.read(at.place, { files: [known], over }, () => toHere(at.place));
    if (isWaiting) return count;
    over = [...toOver(at.place), ...read];
    at.place = { ...at.place, emptyAtMs: null };
    await reading.keep(toHere(at.place));
    return count;
  }

  /** Begins with a file that is new at the name, or goes on where another name has read it up to. */
  async function begin(file: SeenFile): Promise<Progress> {
    const read = await findRead(file);
    if (read !== null) return reading.goOn({ ...read, ...(await readTarget()) });
    return reading.begin({ ...(await readHead(path)), ...numbersOf(file.status), ...(await readTarget()) });
  }

  /** Reads what has come to the file at the name. */
  async function readOn(file: SeenFile, at: Progress, isNew: boolean): Promise<number> {
    const { status } = file;
    at.place = { ...at.place, ...numbersOf(status), ...(await readTarget()), isDone: false };
    const { count, damage } = await reading.readToEnd(file, at, toHere);
    if (damage !== null) note(path, damage.reason, false);
    grewMs = clock.now();
    // Most files are whole when they are first seen: days of a log, deliveries. Packed ones are, unless something waits.
    const { isDone, waitsSinceMs } = at.place;
    if (isDone ? waitsSinceMs === null : isNew && hasLain(status, grewMs)) at.reader = null;
    return count;
  }

  /** What is to be done at the end of the file, as it stands. */
  async function readEnd(file: SeenFile, at: Progress): Promise<number> {
    if (isForgotten(grewMs, clock.now())) at.reader = null;
    const { damage = null } = at.place;
    // The last piece before damage is no line: its rest exists and could not be read.
    if (damage === null) return finishRested(file, at);
    note(path, damage.reason, hasRested(at.place, clock.now()));
    return 0;
  }

  async function pass(isFound: boolean): Promise<number> {
    damaged = [];
    isMissing = false;
    if (here === null) await resume();
    const status = await statIfThere(path, isFound);
    isMissing = status === null;
    const isSame = here !== null && status !== null && (await isSameFile(path, here.place, status));
    const isReplaced = here !== null && status !== null && !isSame;
    isGone = here === null && status === null;
    // A third file is not followed at the same time: who writes to the second one has let go of the first.
    const third = earlier === null ? null : await readEarlier(earlier, isReplaced);
    let count = third?.count ?? 0;
    if (third?.isWaiting === true) return count;
    if (isSame) away = null;
    if (here !== null && status === null) return count + (await readAway(here, third?.file ?? null));
    if (here !== null && isReplaced) {
      const read = await leave(here, third?.file ?? null);
      count += read.count;
      if (read.isWaiting) return count;
    }
    return status === null ? count : count + (await readHere({ path, status }, third?.file ?? null));
  }

  return {
    async pass({ isFound } = { isFound: false }) {
      for (let look = 1; ; look++) {
        try {
          return await pass(isFound);
        } catch (error) {
          // The reader has seen lines that are not committed: the next pass begins at the checkpoint.
          forget();
          if (!isVanished(error) || look === LOOKS_MAX) throw error;
        }
      }
    },
    isGone: () => isGone,
    isMissing: () => isMissing,
    async findPlace({ path: other, status }) {
      if (here === null && !hasNoPlace) await resume();
      for (const at of [here, earlier?.at]) {
        if (at == null || at.place.offset === 0 || !(await isSameFile(other, at.place, status))) continue;
        return { ...at.place, emptyAtMs: null };
      }
      return null;
    },
    damaged: () => damaged,
  };
}
