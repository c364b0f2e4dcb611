/**
 * CommittedReading: the files of one followed name -> records, each piece committed together with the place behind it. Which
 * file is read, and when one is over, is not decided here (followed-file.ts).
 */
import type { Catalog } from "../../catalog/catalog.ts";
import type { RawRecord } from "../../model/raw-record.ts";
import type { Source } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";
import type { Clock } from "../../platform/clock.ts";
import type { UsageStore } from "../../store/usage-store.ts";
import { buildLineReader, type LineReader } from "../access-log/line-reader.ts";
import type { Intake, IntakeReceipt } from "../intake.ts";
import { requireOpenSource } from "../require-open-source.ts";
import { HEAD_BYTES_MAX, readHead } from "./file-head.ts";
import {
  type Damage,
  type FileIdentity,
  type FilePlace,
  type KeptPlace,
  parsePlace,
  printPlace,
} from "./file-place.ts";
import { numbersOf, type SeenFile } from "./file-status.ts";
import { lastBytes, toTail } from "./file-tail.ts";
import { buildPieceReading, type PiecesEnd } from "./read-pieces.ts";

/** What following needs. */
export type FollowDeps = {
  readonly store: Pick<UsageStore, "readCheckpoint">;
  readonly catalog: Pick<Catalog, "readSource">;
  readonly intake: Pick<Intake, "submit">;
  readonly clock: Clock;
  readonly lineBytesMax: number;
};

/** A file in progress. */
export type Progress = {
  place: FilePlace;
  /** It has seen all that lies before the place. Null: what comes first needs one, which then sees that once more. */
  reader: LineReader | null;
  /** What the reader takes off its lines. */
  prefix: SourceSettings["prefix"];
  /** The last bytes that the reader has seen. */
  last: Uint8Array;
};

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** What is to be kept, for the place behind a piece. */
export type ToKept = (place: FilePlace) => KeptPlace;

/** A reader that has seen what lies before a place. */
type Seeded = Omit<Progress, "place">;

/** Reads the files of one name. Everything rejects as the intake does, and with `sources/paused` when the source is paused. */
export interface CommittedReading {
  /** What the last commit has kept, or null. */
  resume(): Promise<KeptPlace | null>;
  /** Begins a file at its first byte. */
  begin(place: FileIdentity): Progress;
  /** Goes on at a place. */
  goOn(place: FilePlace): Progress;
  /**
   * Reads `file` from the place on and commits what ends there. Answers how many records that were, and how it ended: nothing
   * of another file is read.
   */
  readOn(file: SeenFile, from: Progress, toKept: ToKept): Promise<{ readonly count: number; readonly end: PiecesEnd }>;
  /**
   * Reads the file itself, no copy of it, to its end or its damage, and keeps that. Where another one was written over it, that
   * is read from its beginning: what counted before does not count again. Answers how many records that were, and what
   * keeps it from being unpacked. Unpacking begins at the file's beginning: not at every look, only when something was written
   * since the file was seen.
   */
  readToEnd(
    file: SeenFile,
    from: Progress,
    toKept: ToKept,
  ): Promise<{ readonly count: number; readonly damage: Damage | null }>;
  /**
   * Commits what is left of a file to which nothing more is written: a last line without line end, unless it was taken before.
   * Answers how many records that were.
   */
  finish(file: SeenFile, from: Progress, toKept: ToKept): Promise<number>;
  /** Commits a place alone. */
  keep(place: KeptPlace): Promise<void>;
}

/** Records of one submission. */
const BATCH_RECORDS_MAX = 5_000;

/** Of a place whose file has not been read. */
const BEGINNING = {
  offset: 0,
  isDone: false,
  tail: null,
  damage: null,
  digest: null,
  waitsSinceMs: null,
  takenAt: null,
  lineStart: null,
} as const;

/** Builds the reading of one full path, which is `spelling` where its source names it; the source exists already. */
export function buildCommittedReading(
  path: string,
  spelling: string,
  source: Source,
  deps: FollowDeps,
): CommittedReading {
  let { prefix } = source.settings;

  function buildReader(): LineReader {
    const { name, format } = source;
    return buildLineReader({ name: path, source: name, format, prefix, lineBytesMax: deps.lineBytesMax });
  }

  function begin(identity: FileIdentity): Progress {
    return { reader: buildReader(), prefix, last: NO_BYTES, place: { ...identity, ...BEGINNING } };
  }

  /** Lets a new reader see what lies before the place, so that equal lines get the ids that they have. */
  async function seed(file: SeenFile, { place }: Progress): Promise<Seeded> {
    const reader = buildReader();
    const lineStart = place.lineStart ?? 0;
    let at = 0;
    let last: Uint8Array = NO_BYTES;
    for await (const piece of buildPieceReading(file).pieces()) {
      if (at >= place.offset) break;
      const known = piece.subarray(0, place.offset - at);
      const before = Math.max(0, lineStart - at);
      reader.push(known.subarray(0, before));
      if (before > 0 && before <= known.length) reader.end();
      reader.push(known.subarray(before));
      last = lastBytes(last, known);
      at += piece.length;
    }
    return { reader, prefix, last };
  }

  /**
   * Lets the lines behind the place be read as the settings say at this moment, or not at all while the source is paused. A
   * line is known by what follows its prefix: with the old one taken off, the same line would count once more when its file
   * is imported.
   */
  async function keepUp(file: SeenFile, from: Progress): Promise<LineReader> {
    const now = (await deps.catalog.readSource(source.organization, source.name)) ?? source;
    requireOpenSource(now);
    prefix = now.settings.prefix;
    if (from.reader === null || prefix !== from.prefix) Object.assign(from, await seed(file, from));
    return from.reader as LineReader;
  }

  async function submit(records: readonly RawRecord[], place: KeptPlace): Promise<IntakeReceipt> {
    return deps.intake.submit({
      ...{ organization: source.organization, source: source.name, format: source.format, space: null },
      ...{ allowedSpaces: null, records },
      checkpoint: { stream: path, position: printPlace(place), watermarkMs: null },
    });
  }

  /** Commits the lines that end in a piece. */
  async function take(piece: Buffer, from: Progress, reader: LineReader, toKept: ToKept): Promise<number> {
    const records = reader.push(piece);
    const waitsSinceMs = reader.hasRest() ? deps.clock.now() : null;
    const offset = from.place.offset + piece.length;
    from.last = lastBytes(from.last, piece);
    const place = { ...from.place, offset, tail: toTail(from.last), waitsSinceMs, damage: null, digest: null };
    // A piece in which no line ends is kept, too: since when its line waits has to outlast a restart.
    for (let at = 0; at === 0 || at < records.length; at += BATCH_RECORDS_MAX) {
      const isLast = at + BATCH_RECORDS_MAX >= records.length;
      // Only the last batch moves the place: after a crash in between the piece is read again and counts nothing twice.
      await submit(records.slice(at, at + BATCH_RECORDS_MAX), toKept(isLast ? place : from.place));
    }
    from.place = place;
    return records.length;
  }

  const readOn: CommittedReading["readOn"] = async (file, from, toKept) => {
    let count = 0;
    const reading = buildPieceReading(file, from.place);
    for await (const piece of reading.pieces()) {
      count += await take(piece, from, await keepUp(file, from), toKept);
    }
    // Damage lies before the place: the reader has not seen all.
    if (reading.end().isShort) from.reader = null;
    return { count, end: reading.end() };
  };

  /** Keeps where a file ended. What is behind the last line end of a packed one may go on in its next member. */
  async function keepEnd(at: Progress, { isPacked, damage, digest }: PiecesEnd, toKept: ToKept, { status }: SeenFile) {
    const { takenAt, offset, waitsSinceMs } = at.place;
    // What a plain file waits for was kept with its last piece, unless an older program has read that.
    if (!isPacked && waitsSinceMs !== undefined) return;
    // Without a reader nothing came: what waited still does.
    const hasRest = at.reader?.hasRest() ?? waitsSinceMs !== null;
    const waits = damage !== null || (takenAt !== offset && hasRest);
    at.place = { ...at.place, damage, waitsSinceMs: waits ? deps.clock.now() : null };
    if (isPacked) at.place = { ...at.place, ...numbersOf(status), isDone: true, digest };
    if (isPacked || waits) await submit([], toKept(at.place));
  }

  return {
    async resume() {
      const readPosition = (stream: string) => deps.store.readCheckpoint(source.organization, source.name, stream);
      // Older checkpoints are kept under the name as it was spelled. Without them the file would be read from its beginning,
      // and what is older than the dedupe horizon would count again.
      const position = (await readPosition(path)) ?? (spelling === path ? null : await readPosition(spelling));
      return position === null ? null : parsePlace(position);
    },
    begin,
    goOn: (place) => ({ reader: null, prefix, last: NO_BYTES, place }),
    readOn,
    async readToEnd(file, from, toKept) {
      // A file that was short when it was first seen is better known by now.
      if (from.place.headBytes < HEAD_BYTES_MAX) from.place = { ...from.place, ...(await readHead(file.path)) };
      let read = await readOn(file, from, toKept);
      if (read.end.isOther) {
        Object.assign(from, begin(from.place));
        read = await readOn(file, from, toKept);
      }
      await keepEnd(from, read.end, toKept, file);
      return { count: read.count, damage: read.end.damage };
    },
    async finish(file, from, toKept) {
      const { offset, takenAt, lineStart = null, waitsSinceMs } = from.place;
      if (takenAt === offset || waitsSinceMs === null) return 0;
      const rest = (await keepUp(file, from)).end();
      from.place = { ...from.place, waitsSinceMs: null, takenAt: offset, lineStart: offset };
      const receipt = rest.length === 0 ? null : await submit(rest, toKept(from.place));
      if (receipt !== null && receipt.accepted + receipt.duplicates > 0) return rest.length;
      // Only known now. A crash before this leaves the place that counts nothing twice, whatever follows.
      from.place = { ...from.place, lineStart };
      // This reader has given away what may be half of a line: whoever reads on begins with one that still has it.
      from.reader = null;
      await submit([], toKept(from.place));
      return rest.length;
    },
    async keep(place) {
      await submit([], place);
    },
  };
}
