/**
 * The engine's refusal of figures that are too old → FileSpin's: its own advice is of groups and gauges, which no parameter
 * here is called.
 */
import type { Principal } from "../../model/token.ts";
import { NotKept } from "../../query/not-kept.ts";
import { buildParameterError } from "./request-parameters.ts";
import type { StatType } from "./stat-type.ts";

/** What was asked for, by whom, and the parameter that would let it be answered: `start_time must be at least 1773532800`. */
export type RefusedFigures = {
  readonly type: StatType;
  readonly isByUser: boolean;
  readonly principal: Principal;
  toBound(keptFromMs: number): string;
};

/** Throws the error as it is, or in these words where it is of the age of figures. */
export function refuseNotKept(error: unknown, { type, isByUser, principal, toBound }: RefusedFigures): never {
  if (!(error instanceof NotKept)) throw error;
  const isLimited = principal.spaces !== null;
  // Sums are kept by space and by user, and not by both: only raw rows know. No later start helps what all of them add up to.
  if (type === "storage" && isByUser && isLimited) {
    throw buildParameterError("What single users store is not known to a key that is limited to spaces");
  }
  const whose = isLimited ? "not kept for a key that is limited to spaces" : "no longer kept";
  throw buildParameterError(`${toBound(error.keptFromMs)}: older figures are ${whose}`);
}
