/**
 * Multipart uploads whose completion does not say a size: the object then has the bytes of its parts. Parts and completion
 * come in any order; what is known so far is kept, and a part that comes late changes the size of what was completed.
 */
import { type DuckDBConnection, listValue } from "@duckdb/node-api";

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

/** Reads what is known of these uploads, in the running transaction. */
export async function readMultipartUploads(
  uploads: readonly string[],
  connection: DuckDBConnection,
): Promise<MultipartUploads> {
  const known = new Map<string, Map<number, Part>>();
  const partsOf = (upload: string): Map<number, Part> => {
    const parts = known.get(upload) ?? new Map<number, Part>();
    known.set(upload, parts);
    return parts;
  };
  const found = await connection.runAndReadAll(
    `-- One row per part and completion of the commit's uploads.
     SELECT upload, part, time_ms, identity, size FROM object_part WHERE upload IN (SELECT unnest($1::VARCHAR[]))`,
    [listValue([...new Set(uploads)])],
  );
  for (const [upload, part, timeMs, identity, size] of found.getRows()) {
    const what = { timeMs: Number(timeMs), identity: String(identity), size: Number(size) };
    partsOf(String(upload)).set(Number(part), what);
  }
  const changed: { readonly upload: string; readonly part: number }[] = [];
  return {
    note(upload, part, { timeMs, identity, size }) {
      const parts = partsOf(upload);
      const bytesBefore = sumOf(parts);
      const before = parts.get(part);
      if (before === undefined || isAfter({ timeMs, identity }, before)) {
        parts.set(part, { timeMs, identity, size });
        changed.push({ upload, part });
      }
      return { bytesBefore, bytesAfter: sumOf(parts), completed: parts.get(COMPLETION) ?? null };
    },
    async write(receivedMs, forgottenMs) {
      await connection.run("DELETE FROM object_part WHERE received_ms < $1", [forgottenMs]);
      for (const { upload, part } of changed) {
        const what = partsOf(upload).get(part) as Part;
        await connection.run("DELETE FROM object_part WHERE upload = $1 AND part = $2", [upload, part]);
        await connection.run("INSERT INTO object_part VALUES ($1, $2, $3, $4, $5, $6)", [
          ...[upload, part, what.timeMs, what.identity, what.size, receivedMs],
        ]);
      }
    },
  };
}

function sumOf(parts: ReadonlyMap<number, Part>): number | null {
  let bytes: number | null = null;
  for (const [part, { size }] of parts) if (part !== COMPLETION) bytes = (bytes ?? 0) + size;
  return bytes;
}
