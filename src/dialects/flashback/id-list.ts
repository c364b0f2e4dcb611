/**
 * Flashback's comma-separated lists of ids, with their bound.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference/storage-apis/bucket-management/get__bucket_stats.md,
 * read 2026-11-20 (the list; the bound is ours).
 */
import { AppError } from "../../platform/errors.ts";
import { readList } from "../wire-parameters.ts";

/** Ids of one list. A thousand UUIDs are about 40 KB of URL, more than most proxies let through. */
const IDS_MAX = 1000;

/** The ids of a list parameter in the order sent, each once; undefined when there is none. */
export function readIdList(query: URLSearchParams, name: string): readonly string[] | undefined {
  const ids = readList(query, name);
  if (ids !== undefined && ids.length > IDS_MAX) {
    throw new AppError("request/invalid", `Too many ${name} values (maximum ${IDS_MAX})`);
  }
  return ids;
}
