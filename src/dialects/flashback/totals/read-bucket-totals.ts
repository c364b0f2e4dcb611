/**
 * Reads the totals of any number of buckets with one query.
 */
import type { DialectDeps } from "../../dialect.ts";
import { type BucketTotals, fromUsageResult, type TotalsRequest, toUsageQuery } from "./bucket-totals.ts";

/** The totals by bucket id; buckets without any record are not in the map, and others may be. */
export async function readBucketTotals(
  deps: Pick<DialectDeps, "runQuery">,
  request: TotalsRequest,
): Promise<ReadonlyMap<string, BucketTotals>> {
  return fromUsageResult(await deps.runQuery(toUsageQuery(request)));
}
