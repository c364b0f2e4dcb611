/**
 * Step read-request: the request, status and bytes of a log line. Events pass untouched.
 */
import { parseRequest, readUser } from "../access-log/parse-request.ts";
import { toRequest } from "../access-log/to-request.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { namesUser } from "../rules/line-rules.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { PathContext } from "./step.ts";

/** Reads what was asked and answered. Stands after check-time because the order of the reasons is fixed. */
export function readRequest(passage: Passage, { known }: PathContext): Rejection | null {
  const { record, parts, found } = passage;
  if (record.form !== "line") return null;
  const request =
    parts !== null ? parseRequest(record.bytes, parts, known.paths.decode) : found !== null ? toRequest(found) : null;
  if (request === null) return null;
  if ("reason" in request) return request;
  const { rules } = settingsOf(passage).settings;
  const knowsUser = parts !== null && rules.length > 0 && namesUser(rules);
  passage.request = knowsUser ? { ...request, user: readUser(record.bytes, parts) } : request;
  return null;
}
