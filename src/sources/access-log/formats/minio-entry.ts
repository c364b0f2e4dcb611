/**
 * One entry of a MinIO audit log -> its fields, and the objects that a bulk deletion names. Reads each line once, however many
 * records it gives. Knows nothing of what they count as.
 */
import type { Rejection } from "../../rejection.ts";
import type { LineInput } from "../log-format.ts";
import { type JsonLine, parseJsonLine, toText } from "../read-json.ts";
import { MINIO_BULK_DELETION } from "./minio-operations.ts";

/**
 * Objects of one bulk deletion that are read: as many as the S3 API takes. Without a bound, a line of 64 KB such as
 * `"objects":[0,0,…]` makes 32,000 records.
 *
 * @see https://unpkg.com/@aws-sdk/client-s3@3.218.0/dist-types/commands/DeleteObjectsCommand.d.ts "a list of up to 1000 keys",
 *      read 2026-11-30
 */
const OBJECTS_MAX = 1_000;

/** One object of a bulk deletion; texts that are not said are empty. */
export type BulkObject = { readonly name: string; readonly version: string };

/** An entry as it was read. */
export type MinioEntry = {
  readonly json: JsonLine;
  /** The first OBJECTS_MAX objects of a bulk deletion; none for any other request. */
  readonly objects: readonly BulkObject[];
  /** Whether there are more than those. */
  readonly hasMore: boolean;
};

/**
 * Bulk deletions that were read, by the line's own bytes: an entry goes when its line does. Read anew for each of its objects,
 * a line would cost the square of its length.
 */
const bulkEntries = new WeakMap<Buffer, MinioEntry>();

/** Reads the entry of a line, or says why it is none. */
export function readMinioEntry(line: LineInput): MinioEntry | Rejection {
  const known = bulkEntries.get(line.bytes);
  if (known !== undefined) return known;
  const json = parseJsonLine(line);
  if ("reason" in json) return json;
  if (json.text("api.name") !== MINIO_BULK_DELETION) return { json, objects: [], hasMore: false };
  const named = json.read("api.objects");
  const list: readonly unknown[] = Array.isArray(named) ? named : [];
  const entry = { json, objects: list.slice(0, OBJECTS_MAX).map(toBulkObject), hasMore: list.length > OBJECTS_MAX };
  bulkEntries.set(line.bytes, entry);
  return entry;
}

/** How many records a line gives: one, one more for each object that is read, and one that stands for all further ones. */
export function countMinioRecords(bytes: Buffer): number {
  // Nearly no line is a bulk deletion, so only those that name it are parsed here.
  if (!bytes.includes(MINIO_BULK_DELETION)) return 1;
  const entry = readMinioEntry({ bytes, isTerminated: true, columns: null, part: 0 });
  return "reason" in entry ? 1 : 1 + entry.objects.length + Number(entry.hasMore);
}

/** The refusal of the record that stands for the objects behind the bound. */
export const TOO_MANY_OBJECTS: Rejection = {
  reason: "malformed",
  detail: `api.objects has more than ${OBJECTS_MAX} objects; those behind are not read.`,
};

function toBulkObject(object: unknown): BulkObject {
  const { objectName, versionId } = (object ?? {}) as { readonly objectName?: unknown; readonly versionId?: unknown };
  return { name: toText(objectName) ?? "", version: toText(versionId) ?? "" };
}
