/**
 * Reads the figures of any number of buckets with one query.
 */
import type { DialectDeps } from "../../dialect.ts";
import { refuseNotKept } from "../refuse-not-kept.ts";
import { type FiguresByStep, fromUsageResult, type StorageScan, toUsageQuery } from "./translation.ts";

/** The figures; steps and buckets without a record are not in them. Throws `request/invalid` where a window begins too long ago. */
export async function readFigures(deps: Pick<DialectDeps, "runQuery">, scan: StorageScan): Promise<FiguresByStep> {
  const result = await deps
    .runQuery(toUsageQuery(scan))
    .catch((error: unknown) => refuseNotKept(error, "Ask for a shorter window"));
  return fromUsageResult(result, scan);
}
