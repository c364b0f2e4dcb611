/**
 * Reads the figures of any number of buckets with one query.
 */
import type { DialectDeps } from "../../dialect.ts";
import { type FiguresByStep, fromUsageResult, type StorageScan, toUsageQuery } from "./translation.ts";

/** The figures; steps and buckets without a record are not in them. */
export async function readFigures(deps: Pick<DialectDeps, "runQuery">, scan: StorageScan): Promise<FiguresByStep> {
  return fromUsageResult(await deps.runQuery(toUsageQuery(scan)), scan);
}
