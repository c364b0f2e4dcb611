/**
 * Reads segments and submits their lines, with the place up to which they were read in the same commit; removes segments
 * that are read to their end.
 */
import { type FileHandle, open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Catalog } from "../../catalog/catalog.ts";
import { AppError } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log.ts";
import type { UsageStore } from "../../store/usage-store.ts";
import type { Intake } from "../intake.ts";
import { OWN_TRAFFIC, parseServedLine, type ServedLine } from "./served-lines.ts";

/** What following needs. */
export type SegmentDeps = {
  readonly folder: string;
  readonly intake: Intake;
  readonly catalog: Pick<Catalog, "listSpaces">;
  readonly store: Pick<UsageStore, "readCheckpoint">;
  readonly logger: Logger;
};

/** Segments end with this; other files in the folder are left alone. */
export const SEGMENT_EXTENSION = ".ndjson";

/** Bytes that are read at once: some 4,000 lines, fewer than a submission may have. No line is longer. */
const PIECE_BYTES = 1024 * 1024;

/** A line with the place behind it, in bytes from the segment's beginning. */
type PlacedLine = ServedLine & { readonly start: number; readonly end: number };

/** Errors after which the same lines may be submitted again; any other one would come again for ever. */
const TRANSIENT: ReadonlySet<string> = new Set(["sources/overloaded", "store/unavailable", "catalog/unavailable"]);

/** The segment that is still written to, and how much of it is whole. */
export type GrowingSegment = { readonly name: string; readonly bytes: number };

/** What the writer of the segments says of them. */
export interface WrittenSegments {
  /** The segment that is still written to, from before it is in the folder on. Null where there is none. */
  growing(): GrowingSegment | null;
  /** Of segments that are not written to any more and have more in them than lines that stay: how many bytes stay. */
  readonly cutAt: ReadonlyMap<string, number>;
}

/** Follows the segments of one folder. */
export interface SegmentFollower {
  /**
   * Submits all lines that are in the segments and not yet committed. The growing one stays, others are removed when they
   * are read. Rejects when the intake cannot take more: then the rest is submitted next time. Must not run twice
   * at a time.
   */
  follow(written: WrittenSegments): Promise<void>;
}

/** How far one segment is read: the place behind the last piece, and each organization's own where that failed. */
type Cursor = { readonly name: string; place: number; readonly committed: Map<number, number> };

/** Builds the follower of a folder; what was committed before it is known by the checkpoints. */
export function buildSegmentFollower(deps: SegmentDeps): SegmentFollower {
  let cursor: Cursor | null = null;
  return {
    async follow(written) {
      const names = (await readdir(deps.folder)).filter((name) => name.endsWith(SEGMENT_EXTENSION)).sort();
      // Asked behind the list: one that is begun in between is not in it. In the other order it would be listed as one that
      // has ended, and removed while it is written to.
      const growing = written.growing();
      for (const name of names) {
        if (cursor?.name !== name) cursor = { name, place: 0, committed: new Map() };
        await readSegment(
          deps,
          cursor,
          name === growing?.name ? growing.bytes : (written.cutAt.get(name) ?? Number.POSITIVE_INFINITY),
        );
        // Before the next one is begun: a checkpoint names one segment, and this one would be read again from its start.
        if (name !== growing?.name) await unlink(join(deps.folder, name));
      }
    },
  };
}

/** Reads on from the cursor to the end of the whole lines, moving it with every piece that is committed. */
async function readSegment(deps: SegmentDeps, cursor: Cursor, bytesMax: number): Promise<void> {
  if (cursor.place >= bytesMax) return;
  const handle = await open(join(deps.folder, cursor.name), "r");
  try {
    for (;;) {
      const piece = await readPiece(handle, cursor.place, bytesMax);
      if (piece === null) return;
      for (const [organization, lines] of groupLines(piece, cursor, deps.logger)) {
        const from = cursor.committed.get(organization) ?? (await readCommitted(deps, cursor.name, organization));
        const fresh = lines.filter(({ end }) => end > from);
        if (fresh.length > 0) await submitLines(deps, cursor.name, { organization, lines: fresh });
        cursor.committed.set(organization, lines.at(-1)?.end ?? from);
      }
      cursor.place += piece.length;
    }
  } finally {
    await handle.close();
  }
}

/** Whole lines from a place on, null where there is none. The last bytes of a process that was killed are no line. */
async function readPiece(handle: FileHandle, place: number, bytesMax: number): Promise<Buffer | null> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, bytesMax - place));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, place);
  const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
  return end === 0 ? null : buffer.subarray(0, end);
}

function groupLines(
  piece: Buffer,
  { name, place }: Cursor,
  logger: Logger,
): ReadonlyMap<number, readonly PlacedLine[]> {
  const lines: PlacedLine[] = [];
  let damaged = 0;
  for (let start = 0; start < piece.length; ) {
    const end = piece.indexOf(0x0a, start) + 1;
    const line = parseServedLine(piece.toString("utf8", start, end));
    if (line === null) damaged += 1;
    else lines.push({ ...line, start: place + start, end: place + end });
    start = end;
  }
  if (damaged > 0) logger.error({ segment: name, damaged }, "lines of own traffic are damaged and are not counted");
  return Map.groupBy(lines, ({ organization }) => organization);
}

/** Up to where an organization's lines of a segment were committed, by this process or an earlier one. */
async function readCommitted({ store }: SegmentDeps, name: string, organization: number): Promise<number> {
  const position = await store.readCheckpoint(organization, OWN_TRAFFIC, "");
  const [segment, place] = position?.split(":") ?? [];
  return segment === name ? Number(place) : 0;
}

async function submitLines(
  deps: SegmentDeps,
  name: string,
  { organization, lines }: { readonly organization: number; readonly lines: readonly PlacedLine[] },
): Promise<void> {
  const spaces = new Set((await deps.catalog.listSpaces(organization)).map(({ id }) => id));
  try {
    await deps.intake.submit({
      organization,
      source: OWN_TRAFFIC,
      format: "cloudevents",
      space: null,
      allowedSpaces: null,
      records: lines.map((line) => ({
        form: "event",
        value: { ...line.event, id: `${name}:${line.start}`, data: withKnownSpace(line.event.data, spaces) },
        position: `${name}:${line.start}`,
      })),
      checkpoint: { stream: "", position: `${name}:${lines.at(-1)?.end}`, watermarkMs: null },
    });
  } catch (error) {
    if (error instanceof AppError && !TRANSIENT.has(error.code)) {
      deps.logger.error(
        { err: error, organization, lines: lines.length },
        "own traffic was refused and is not counted",
      );
      return;
    }
    throw error;
  }
}

/** A request for a space that is not there counts for nobody's space, and is still a request. */
function withKnownSpace(data: ServedLine["event"]["data"], spaces: ReadonlySet<number>): ServedLine["event"]["data"] {
  return spaces.has(data.space_id as number) ? data : { ...data, space_id: null };
}
