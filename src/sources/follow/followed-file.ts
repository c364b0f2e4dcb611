/**
 * FollowedFile: one log under one name, read as it grows. Notices when the file behind the name is another one, finishes
 * the one before, and goes on with the new one. Each piece is committed together with the place behind it.
 */
import { createReadStream, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Catalog } from "../../catalog/catalog.ts";
import type { RawRecord } from "../../model/raw-record.ts";
import type { Source } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";
import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { UsageStore } from "../../store/usage-store.ts";
import { decompress, isPacked } from "../access-log/decompress.ts";
import { buildLineReader, type LineReader } from "../access-log/line-reader.ts";
import type { Intake, IntakeReceipt } from "../intake.ts";
import { requireOpenSource } from "../require-open-source.ts";
import { HEAD_BYTES_MAX, hasHead, readHead } from "./file-head.ts";
import { type FilePlace, findMissed, findMoved, hasRested, isReadToEnd, parsePlace, printPlace } from "./file-place.ts";

/** What following needs. */
export type FollowDeps = {
  readonly store: Pick<UsageStore, "readCheckpoint">;
  readonly catalog: Pick<Catalog, "readSource">;
  readonly intake: Pick<Intake, "submit">;
  readonly clock: Clock;
  readonly lineBytesMax: number;
};

/** One followed name. */
export interface FollowedFile {
  /**
   * Reads and commits everything that is there by now, up to the last line end, and behind it what has waited long enough in a
   * packed file (hasRested). Answers how many records that were.
   * Rejects when the intake does, and with `sources/paused` when there is something to be read and the source is paused;
   * what was not committed is read again by the next pass. One pass at a time.
   */
  pass(): Promise<number>;
  /** True when the last pass found nothing: no file at the name, and under no other name the one that was read before. */
  isGone(): boolean;
}

/** Records of one submission, and bytes that are gathered for them: some 4,000 lines. */
const BATCH_RECORDS_MAX = 5_000;
const PIECE_BYTES = 1 << 20;
const READ_BYTES = 1 << 18;

/** What is known of the file in progress. `prefix` is what the reader takes off its lines. */
type Progress = { reader: LineReader; prefix: SourceSettings["prefix"]; place: FilePlace };

/**
 * Builds the follower of one path, however it is spelled; the source exists already. Nothing is read before the first pass.
 */
export function buildFollowedFile(spelling: string, source: Source, deps: FollowDeps): FollowedFile {
  const path = resolve(spelling);
  let progress: Progress | null = null;
  let { prefix } = source.settings;
  let isGone = false;
  const buildReader = () =>
    buildLineReader({
      ...{ name: path, source: source.name, format: source.format, prefix },
      lineBytesMax: deps.lineBytesMax,
    });

  /**
   * Lets the lines behind the place be read as the settings say at this moment, or not at all while the source is paused. A
   * line is known by what follows its prefix: with the old one taken off, the same line would count once more when its file
   * is imported.
   */
  async function keepUp(file: string, from: Progress): Promise<void> {
    const now = (await deps.catalog.readSource(source.organization, source.name)) ?? source;
    requireOpenSource(now);
    prefix = now.settings.prefix;
    if (prefix !== from.prefix) Object.assign(from, await seed(file, from.place));
  }

  async function submit(records: readonly RawRecord[], place: FilePlace): Promise<IntakeReceipt> {
    return deps.intake.submit({
      ...{ organization: source.organization, source: source.name, format: source.format, space: null },
      ...{ allowedSpaces: null, records },
      checkpoint: { stream: path, position: printPlace(place), watermarkMs: null },
    });
  }

  /** Where the last commit stood, with a reader that has seen everything before it. */
  async function resume(): Promise<FilePlace | null> {
    const readPosition = (stream: string) => deps.store.readCheckpoint(source.organization, source.name, stream);
    // Older checkpoints are kept under the name as it was spelled. Without them the file would be read from its beginning, and
    // what is older than the dedupe horizon would count again.
    const position = (await readPosition(path)) ?? (spelling === path ? null : await readPosition(spelling));
    return position === null ? null : parsePlace(position);
  }

  /**
   * Reads `file` from the place on and commits what ends there, each piece with the place that is to be kept of the one
   * behind it. Answers how many records that were.
   */
  async function readOn(file: string, from: Progress, toKept = (place: FilePlace) => place): Promise<number> {
    let count = 0;
    for await (const piece of readFrom(file, from.place.offset)) {
      await keepUp(file, from);
      const records = from.reader.push(piece);
      const place = { ...from.place, offset: from.place.offset + piece.length };
      for (let at = 0; at < records.length; at += BATCH_RECORDS_MAX) {
        const isLast = at + BATCH_RECORDS_MAX >= records.length;
        // Only the last batch moves the place: after a crash in between the piece is read again and counts nothing twice.
        await submit(records.slice(at, at + BATCH_RECORDS_MAX), toKept(isLast ? place : from.place));
      }
      from.place = place;
      count += records.length;
    }
    return count;
  }

  /** What is left of a file to which nothing more is written: a last line without line end, unless it was taken before. */
  async function finish(file: string, from: Progress, toKept = (place: FilePlace) => place): Promise<number> {
    const { offset, takenAt, lineStart = null } = from.place;
    if (takenAt === offset) return 0;
    await keepUp(file, from);
    const rest = from.reader.end();
    from.place = { ...from.place, waitsSinceMs: null, takenAt: offset, lineStart: offset };
    const receipt = rest.length === 0 ? null : await submit(rest, toKept(from.place));
    if (receipt !== null && receipt.accepted + receipt.duplicates > 0) return rest.length;
    // Only known now. A crash before this leaves the place that counts nothing twice, whatever follows.
    from.place = { ...from.place, lineStart };
    await submit([], toKept(from.place));
    return rest.length;
  }

  /** What is left of a packed file that was read to its end as it stands, once it has rested. */
  async function finishRested(file: string, place: FilePlace): Promise<number> {
    if (!hasRested(place, deps.clock.now())) return 0;
    progress ??= await seed(file, place);
    const count = await finish(file, progress);
    // This reader has given away what may be half of a line: whoever reads on begins with one that still has it.
    if (progress.place.lineStart !== progress.place.offset) progress = null;
    return count;
  }

  /** Goes on with the file that was at the path before. It is over when nothing more comes and another one is there. */
  async function readMoved(before: FilePlace, isReplaced: boolean): Promise<number> {
    const moved = await findMoved(path, before);
    isGone = moved === null && !isReplaced;
    if (moved === null) {
      if (!isReplaced) return 0;
      progress = null;
      return readMissed(before, null);
    }
    // Unpacked once more it would give nothing.
    if (!isReplaced && isReadToEnd(before, await stat(moved))) {
      isGone = typeof before.waitsSinceMs !== "number";
      return finishRested(moved, before);
    }
    progress ??= await seed(moved, before);
    const count = await readOn(moved, progress);
    // Its writer may not have noticed yet: one more pass looks before the file is given up.
    if (count > 0 || !isReplaced) return count;
    const rest = await finish(moved, progress);
    const missed = await readMissed(before, moved);
    progress = null;
    return rest + missed;
  }

  /**
   * Whole files that came and went between two looks. Where one was read before, its lines are duplicates; the place moves
   * only behind all of them, so that a crash in between loses none.
   */
  async function readMissed(before: FilePlace, known: string | null): Promise<number> {
    let count = 0;
    for (const file of await findMissed(path, before, known)) {
      const whole = { reader: buildReader(), prefix, place: { ...before, offset: 0, takenAt: null, lineStart: null } };
      count += await readOn(file, whole, () => before);
      count += await finish(file, whole, () => before);
    }
    return count;
  }

  async function pass(): Promise<number> {
    const before = progress?.place ?? (await resume());
    const status = await statIfThere(path);
    const isThere = status !== null;
    const isSame = before !== null && isThere && (await isSameFile(path, before, status));
    isGone = before === null && !isThere;
    let count = 0;
    if (before !== null && !isSame) {
      count += await readMoved(before, isThere);
      if (progress !== null) return count;
    }
    if (!isThere) return count;
    // What an older checkpoint does not say is found out by reading the file once more.
    if (isSame && isReadToEnd(before, status) && before.waitsSinceMs !== undefined) return finishRested(path, before);
    if (progress === null) {
      const start = { ...(await readHead(path)), offset: 0, isDone: false, ...numbersOf(status) };
      progress = isSame ? await seed(path, before) : { reader: buildReader(), prefix, place: start };
    }
    // A file that was short when it was first seen is better known by now.
    progress.place = { ...progress.place, ...numbersOf(status), isDone: false };
    if (progress.place.headBytes < HEAD_BYTES_MAX) progress.place = { ...progress.place, ...(await readHead(path)) };
    count += await readOn(path, progress);
    // Unpacking begins at the file's beginning: not at every look, only when something was written since. The last line
    // may be half of one that ends in the next member, so it waits until the file has rested.
    if (await isPacked(path)) {
      const waits = progress.place.takenAt !== progress.place.offset && progress.reader.hasRest();
      progress.place = { ...progress.place, isDone: true, waitsSinceMs: waits ? deps.clock.now() : null };
      await submit([], progress.place);
    }
    return count;
  }

  /** A reader that stands at the place: it has seen what lies before, so that equal lines get the ids that they have. */
  async function seed(file: string, place: FilePlace): Promise<Progress> {
    const reader = buildReader();
    const lineStart = place.lineStart ?? 0;
    let at = 0;
    for await (const piece of readFrom(file, 0)) {
      if (at >= place.offset) break;
      const known = piece.subarray(0, place.offset - at);
      const before = Math.max(0, lineStart - at);
      reader.push(known.subarray(0, before));
      if (before > 0 && before <= known.length) reader.end();
      reader.push(known.subarray(before));
      at += piece.length;
    }
    return { reader, prefix, place };
  }

  return {
    async pass() {
      try {
        return await pass();
      } catch (error) {
        // The reader has seen lines that are not committed: the next pass begins at the checkpoint.
        progress = null;
        throw error;
      }
    },
    isGone: () => isGone,
  };
}

/** Null where there is nothing: a file may be between two names. Rejects for what is there and cannot be a log. */
async function statIfThere(path: string): Promise<Stats | null> {
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new AppError("sources/unreadable-file", `${path} cannot be looked at: ${error.message}.`, { cause: error });
  });
  if (status === null || status.isFile()) return status;
  const what = status.isDirectory() ? "a directory" : "no regular file";
  throw new AppError("sources/unreadable-file", `${path} is ${what} and cannot be followed.`);
}

function numbersOf({ dev, ino, mtimeMs, size }: Pick<Stats, "dev" | "ino" | "mtimeMs" | "size">) {
  return { device: dev, inode: ino, modifiedMs: mtimeMs, sizeBytes: size };
}

async function isSameFile(path: string, place: FilePlace, status: Stats): Promise<boolean> {
  if (status.ino !== place.inode || status.dev !== place.device) return false;
  // A file that was cut and has grown again has another beginning.
  if (!(await isPacked(path)) && status.size < place.offset) return false;
  return hasHead(path, place);
}

/** The plain bytes of a file from an offset on, gathered to pieces that are worth a commit. */
async function* readFrom(file: string, offset: number): AsyncGenerator<Buffer> {
  const packed = await isPacked(file);
  const stream = createReadStream(file, { start: packed ? 0 : offset, highWaterMark: READ_BYTES });
  let skip = packed ? offset : 0;
  let gathered: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of packed ? decompress(stream) : stream) {
    const fresh = Buffer.from(chunk as Uint8Array).subarray(skip);
    skip = Math.max(0, skip - (chunk as Uint8Array).length);
    if (fresh.length > 0) gathered.push(fresh);
    bytes += fresh.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(gathered);
}
