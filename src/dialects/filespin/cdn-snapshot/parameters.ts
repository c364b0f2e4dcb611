/**
 * Query string → CdnSnapshotRequest.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */
import { readFirst } from "../../wire-parameters.ts";
import { readPeriod } from "../period.ts";
import { buildParameterError, readUserId, refuseRepeated } from "../request-parameters.ts";
import { type CdnSubtype, isCdnSubtype } from "../stat-type.ts";

/** What a client asks for. */
export type CdnSnapshotRequest = {
  readonly subtype: CdnSubtype;
  readonly periodHours: number;
  /** The user's id as sent, null for the whole group. */
  readonly user: string | null;
};

/** The names that the endpoint reads, in the order of its description. */
const KNOWN = ["period", "user_id", "type", "stat_subtype"] as const;

/** Reads the parameters; throws `request/invalid` for the first one that is wrong. `stat_subtype` says the same as `type`. */
export function readCdnSnapshotRequest(query: URLSearchParams): CdnSnapshotRequest {
  refuseRepeated(query, KNOWN);
  const periodHours = readPeriod(query);
  const user = readUserId(query);
  const subtype = readFirst(query, "type") ?? readFirst(query, "stat_subtype") ?? "traffic";
  if (!isCdnSubtype(subtype)) throw buildParameterError("type must be traffic or request");
  return { subtype, periodHours, user };
}
