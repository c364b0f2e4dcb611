/**
 * Step read-request: the request, status and bytes of a log line. Events pass untouched.
 */
import { parseRequest } from "../access-log/parse-request.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";

/** Reads what was asked and answered. Stands after check-time because the order of the reasons is fixed. */
export function readRequest(passage: Passage): Rejection | null {
  const { record, parts } = passage;
  if (record.form !== "line" || parts === null) return null;
  const parsed = parseRequest(record.bytes, parts);
  if ("reason" in parsed) return parsed;
  passage.request = parsed;
  passage.bytesOut = parsed.bytesOut;
  return null;
}
