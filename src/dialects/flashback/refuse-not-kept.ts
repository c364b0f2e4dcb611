/**
 * The engine's refusal of usage that is too old → Flashback's: its own advice is of groups and gauges, which no parameter here
 * is called.
 */
import { formatTime } from "../../model/time-range.ts";
import { AppError } from "../../platform/errors.ts";
import { NotKept } from "../../query/not-kept.ts";

/** Throws the error as it is, or `request/invalid` with this advice where it is of the age of usage. `what`: `Minutes are`. */
export function refuseNotKept(error: unknown, advice: string, what = "Usage is"): never {
  if (!(error instanceof NotKept)) throw error;
  const message = `${what} kept from ${formatTime(error.keptFromMs)} on. ${advice}`;
  throw new AppError("request/invalid", message, { cause: error });
}
