/**
 * Multipart uploads whose completion does not say a size: the object then has the bytes of its parts. Parts and completion
 * come in any order; what is known so far is kept, and a part that comes late changes the size of what was completed.
 */
import { type DuckDBConnection, listValue } from "@duckdb/node-api";
import { PART_BYTES_MAX } from "../../model/usage-row.ts";

/** When something happened, and to which fact it belongs: of two changes the later one counts, whichever comes first. */
export type Moment = { readonly timeMs: number; readonly identity: string };

/** True when `next` is the later one; of two at the same time the one with the larger identity. */
export function isAfter(next: Moment, known: Moment): boolean {
  return next.timeMs > known.timeMs || (next.timeMs === known.timeMs && next.identity > known.identity);
}

/** What a change does to its upload: the sum of its parts before and after, and when it was completed, if it was. */
export type UploadChange = {
  /** Null: no part is known, so that nobody knows the size. */
  readonly bytesBefore: number | null;
  readonly bytesAfter: number | null;
  readonly completed: Moment | null;
};

/** The uploads of one commit. */
export interface MultipartUploads {
  /** Notes a part, or with part 0 a completion; `upload` is a key that was given when these were read. */
  note(upload: string, part: number, what: Moment & { readonly size: number }): UploadChange;
  /** Writes what was noted and drops what arrived before `forgottenMs`. */
  write(receivedMs: number, forgottenMs: number): Promise<void>;
}

/** The part that stands for a completion. */
export const COMPLETION = 0;

type Part = Moment & { readonly size: number };

/** `bytes` are those of all parts together, added up as they come: an upload has up to 10,000. Null: no part is known. */
type Upload = { readonly parts: Map<number, Part>; bytes: number | null };

/** Reads what is known of these uploads, in the running transaction. */
export async function readMultipartUploads(
  uploads: readonly string[],
  connection: DuckDBConnection,
): Promise<MultipartUploads> {
  const known = new Map<string, Upload>();
  const find = (upload: string): Upload => {
    const found = known.get(upload) ?? { parts: new Map<number, Part>(), bytes: null };
    known.set(upload, found);
    return found;
  };
  const found = await connection.runAndReadAll(
    `-- One row per part and completion of the commit's uploads.
     SELECT upload, part, time_ms, identity, size FROM object_part WHERE upload IN (SELECT unnest($1::VARCHAR[]))`,
    [listValue([...new Set(uploads)])],
  );
  for (const [upload, part, timeMs, identity, size] of found.getRows()) {
    const what = { timeMs: Number(timeMs), identity: String(identity), size: Number(size) };
    setPart(find(String(upload)), Number(part), what);
  }
  const changed = new Map<string, Noted>();
  return {
    note(name, part, { timeMs, identity, size }) {
      const upload = find(name);
      const bytesBefore = upload.bytes;
      const before = upload.parts.get(part);
      if (before === undefined || isAfter({ timeMs, identity }, before)) {
        setPart(upload, part, { timeMs, identity, size });
        changed.set(`${name} ${part}`, { upload: name, part, timeMs, identity, size });
      }
      return { bytesBefore, bytesAfter: upload.bytes, completed: upload.parts.get(COMPLETION) ?? null };
    },
    async write(receivedMs, forgottenMs) {
      await connection.run("DELETE FROM object_part WHERE received_ms < $1", [forgottenMs]);
      await writeParts([...changed.values()], receivedMs, connection);
    },
  };
}

type Noted = Part & { readonly upload: string; readonly part: number };

/**
 * What is read of each, as a list to be bound. Numbers as BigInt: the driver takes the type of a list from its first number, and
 * refuses a list that begins with a small one and goes on with 3,000,000,000.
 */
export function listOfValues<Row>(rows: readonly Row[], read: (row: Row) => number | string) {
  const values = rows.map(read).map((value) => (typeof value === "number" ? BigInt(value) : value));
  return listValue(values);
}

/** Two statements for all parts: a log of uploads has thousands in a commit. */
async function writeParts(parts: readonly Noted[], receivedMs: number, connection: DuckDBConnection): Promise<void> {
  if (parts.length === 0) return;
  const listOf = (read: (part: Noted) => number | string) => listOfValues(parts, read);
  const keys = [listOf(({ upload }) => upload), listOf(({ part }) => part)];
  await connection.run(
    "DELETE FROM object_part WHERE (upload, part) IN (SELECT unnest($1::VARCHAR[]), unnest($2::INTEGER[]))",
    keys,
  );
  await connection.run(
    `INSERT INTO object_part
     SELECT unnest($1::VARCHAR[]), unnest($2::INTEGER[]), unnest($3::BIGINT[]), unnest($4::VARCHAR[]),
       unnest($5::BIGINT[]), $6`,
    [
      ...keys,
      listOf(({ timeMs }) => timeMs),
      listOf(({ identity }) => identity),
      listOf(({ size }) => size),
      receivedMs,
    ],
  );
}

function setPart(upload: Upload, part: number, what: Part): void {
  const before = upload.parts.get(part);
  upload.parts.set(part, what);
  if (part !== COMPLETION) upload.bytes = (upload.bytes ?? 0) - countedBytes(before) + countedBytes(what);
}

/** A size that no part has counts 0: two of 2^53-1 would be a sum that no fact can hold, and no commit of their upload would end. */
function countedBytes(part: Part | undefined): number {
  return part === undefined || part.size > PART_BYTES_MAX ? 0 : part.size;
}
