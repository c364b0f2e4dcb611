/**
 * Whole files that came to a name and were rotated between two looks -> their lines. Where one was read before, its lines are
 * duplicates.
 */
import { AppError } from "../../platform/errors.ts";
import type { CommittedReading, ToKept } from "./committed-reading.ts";
import { readHead } from "./file-head.ts";
import { type FileNumbers, type FilePlace, hasLain } from "./file-place.ts";
import { isUnchanged, numbersOf, type SeenFile } from "./file-status.ts";
import { findMissed, type KnownFiles } from "./find-rotated.ts";
import type { LeftReadingParts } from "./left-file.ts";
import { findDamage } from "./read-pieces.ts";

/** Reads the files of one name that nobody has looked at. Rejects as CommittedReading does. */
export interface MissedReading {
  /**
   * Reads what was rotated after the file of the place was last read, without `known`. `isWaiting` when one is just being
   * packed: then none of them was read.
   */
  read(before: FilePlace, known: KnownFiles, toKept: ToKept): Promise<MissedRead>;
  /**
   * The same while there is no file at the name. What is still written to is waited for as well: its writer may have no other
   * one, and at every look it would be read from its beginning. `isWaiting` also when one could not be unpacked to its end.
   */
  readAway(before: FilePlace, known: KnownFiles, toKept: ToKept): Promise<MissedRead>;
}

/** What was read of missed files. `read`: those that were read to their ends, as they were then; they are to be known. */
export type MissedRead = {
  readonly count: number;
  readonly isWaiting: boolean;
  readonly read: readonly FileNumbers[];
};

/** What is said of a file that is waited for because it is still written to. */
const IS_FRESH = "It was written to within the last minute, and there is no newer file.";

/** Builds the reading of files that were missed at `path`. */
export function buildMissedReading({ path, reading, clock, note }: LeftReadingParts): MissedReading {
  /** Fresh files as they were while one was waited for, and why it was that one: at every look they would be unpacked again. */
  const tried = new Map<string, { readonly numbers: FileNumbers; readonly reason: string | null }>();

  /** Files that could not be unpacked to their ends while there was none at the name, as they were then, and why. */
  const cut = new Map<string, { readonly numbers: FileNumbers; readonly reason: string }>();

  /** One that is just being packed is waited for, before anything of the others is read again at each look. */
  async function isBeingPacked(file: SeenFile): Promise<boolean> {
    if (hasLain(file.status, clock.now())) return false;
    const known = tried.get(file.path);
    const isKnown = known !== undefined && isUnchanged(known.numbers, file.status);
    const reason = isKnown ? known.reason : await findDamage(file);
    tried.set(file.path, { numbers: numbersOf(file.status), reason });
    if (reason === null) return false;
    note(file.path, reason, false);
    return true;
  }

  return {
    async read(before, known, toKept) {
      const files: SeenFile[] = [];
      for (const file of await findMissed(path, before, known)) {
        const form = await findOtherForm(file);
        if (form === null) files.push(file);
        else note(file.path, form, true, { isOtherForm: true });
      }
      for (const file of files) if (await isBeingPacked(file)) return { count: 0, isWaiting: true, read: [] };
      tried.clear();
      // The place moves only behind all of them, so that a crash in between loses none.
      const toBefore = () => toKept(before);
      const read: FileNumbers[] = [];
      let count = 0;
      for (const file of files) {
        const whole = await readWhole(reading, before, file, { toBefore, note });
        count += whole.count;
        if (whole.reason === null) read.push(numbersOf(file.status));
      }
      return { count, isWaiting: false, read };
    },
    async readAway(before, known, toKept) {
      const read: FileNumbers[] = [];
      let count = 0;
      let isWaiting = false;
      for (const file of await findMissed(path, before, known)) {
        const { status } = file;
        const asCut = cut.get(file.path);
        if (asCut !== undefined && isUnchanged(asCut.numbers, status)) {
          note(file.path, asCut.reason, true);
          isWaiting = true;
        } else if (hasLain(status, clock.now())) {
          // Without a newer file it is most likely the one that was at the name, and must not keep its source from being
          // complete for ever.
          if ((await findOtherForm(file)) !== null) continue;
          const whole = await readWhole(reading, before, file, { toBefore: () => toKept(before), note });
          count += whole.count;
          if (whole.reason === null) read.push(numbersOf(status));
          else cut.set(file.path, { numbers: numbersOf(status), reason: whole.reason });
          isWaiting ||= whole.reason !== null;
        } else {
          note(file.path, IS_FRESH, false);
          isWaiting = true;
        }
      }
      return { count, isWaiting, read };
    },
  };
}

/** What an archive of a form that is never read is called; null for any other file. Read as lines it would be nonsense. */
async function findOtherForm(file: SeenFile): Promise<string | null> {
  try {
    await readHead(file.path);
    return null;
  } catch (error) {
    if (error instanceof AppError && error.code === "sources/unsupported-format") return error.message;
    throw error;
  }
}

async function readWhole(
  reading: CommittedReading,
  before: FilePlace,
  file: SeenFile,
  { toBefore, note }: Pick<LeftReadingParts, "note"> & { readonly toBefore: ToKept },
): Promise<{ readonly count: number; readonly reason: string | null }> {
  const whole = reading.begin(before);
  const { count, end } = await reading.readOn(file, whole, toBefore);
  if (end.damage === null) return { count: count + (await reading.finish(file, whole, toBefore)), reason: null };
  note(file.path, end.damage.reason, true);
  return { count, reason: end.damage.reason };
}
