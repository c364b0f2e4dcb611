/**
 * Flashback's comma-separated lists of ids, with their bound.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference/storage-apis/bucket-management/get__bucket_stats.md,
 * read 2026-11-20 (the list; the bound is ours).
 */
import { AppError } from "../../platform/errors.ts";
import { readList } from "../wire-parameters.ts";

/** Ids of one list. A thousand UUIDs are about 40 KB of URL, more than most proxies let through. */
const IDS_MAX = 1000;

/**
 * The ids of a list parameter in the order sent, each once; undefined when there is none. Of several names for one list (an
 * old one) all that were sent are joined, in the order of `names`; a refusal has the first that was sent.
 */
export function readIdList(
  query: URLSearchParams,
  ...names: readonly [string, ...string[]]
): readonly string[] | undefined {
  const ids = readList(query, ...names);
  if (ids !== undefined && ids.length > IDS_MAX) {
    const name = names.find((one) => readList(query, one) !== undefined);
    throw new AppError("request/invalid", `Too many ${name} values (maximum ${IDS_MAX})`);
  }
  return ids;
}
