/**
 * Reads the figures of any number of buckets with one query.
 */
import { formatTime } from "../../../model/time-range.ts";
import { AppError } from "../../../platform/errors.ts";
import { NotKept } from "../../../query/not-kept.ts";
import type { DialectDeps } from "../../dialect.ts";
import { type FiguresByStep, fromUsageResult, type StorageScan, toUsageQuery } from "./translation.ts";

/** The figures; steps and buckets without a record are not in them. Throws `request/invalid` where a window begins too long ago. */
export async function readFigures(deps: Pick<DialectDeps, "runQuery">, scan: StorageScan): Promise<FiguresByStep> {
  return fromUsageResult(await deps.runQuery(toUsageQuery(scan)).catch(refuseNotKept), scan);
}

/** The engine's own advice is of groups and gauges, which these endpoints do not have. */
function refuseNotKept(error: unknown): never {
  if (!(error instanceof NotKept)) throw error;
  const since = formatTime(error.keptFromMs);
  throw new AppError("request/invalid", `Usage is kept from ${since} on. Ask for a shorter window`, { cause: error });
}
