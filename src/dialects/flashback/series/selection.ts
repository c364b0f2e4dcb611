/**
 * Visible buckets → the buckets that a request for a series means. Pure.
 */
import type { Bucket } from "../../../model/bucket.ts";
import type { SeriesRequest } from "./parameters.ts";

/** What a request selects by. */
export type Selection = Pick<SeriesRequest, "repos" | "buckets" | "hosts">;

/**
 * Those of the visible `buckets` that are named by id or belong to a named repo (all, when neither is asked for), and that
 * are stored at one of the hosts. In the given order. Unknown ids select nothing.
 */
export function toSelectedBuckets(selection: Selection, buckets: readonly Bucket[]): readonly Bucket[] {
  const askedRepos = new Set(selection.repos);
  const askedBuckets = new Set(selection.buckets);
  const asksForNone = selection.repos === undefined && selection.buckets === undefined;
  return buckets.filter((bucket) => {
    const isAsked = asksForNone || askedBuckets.has(bucket.id) || (bucket.repo !== null && askedRepos.has(bucket.repo));
    return isAsked && (selection.hosts === undefined || selection.hosts.includes(toHost(bucket)));
  });
}

/** The lower-case host name of a bucket's endpoint without its port; the empty string without a readable one. */
export function toHost(bucket: Pick<Bucket, "endpoint">): string {
  const { endpoint } = bucket;
  if (endpoint === "") return "";
  const address = endpoint.includes("://") ? endpoint : `https://${endpoint}`;
  return URL.parse(address)?.hostname.toLowerCase() ?? "";
}
