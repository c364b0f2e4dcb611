/**
 * Query string → SnapshotRequest: FileSpin's parameters for api, addons, transcodes and storage.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */
import { readFirst } from "../../wire-parameters.ts";
import { readPeriod } from "../period.ts";
import { buildParameterError, readUserId, refuseRepeated } from "../request-parameters.ts";
import type { StatType } from "../stat-type.ts";

/** The stat types with a snapshot by user. The one of cdn has another form (cdn-snapshot/). */
export type SnapshotType = Exclude<StatType, "cdn">;

/** What a client asks for. */
export type SnapshotRequest = {
  readonly type: SnapshotType;
  readonly periodHours: number;
  /** The user's id as sent, null for the whole group. */
  readonly user: string | null;
  /** One key per user in place of `*`. Never together with `user`: one user's figures are by user already. */
  readonly groupsByUser: boolean;
};

/** The names that an endpoint reads, in the order of its description. */
const KNOWN = ["period", "user_id", "group_by"] as const;

/** Reads the parameters; throws `request/invalid` for the first one that is wrong. */
export function readSnapshotRequest(type: SnapshotType, query: URLSearchParams): SnapshotRequest {
  refuseRepeated(query, KNOWN);
  const periodHours = readPeriod(query);
  const user = readUserId(query);
  const groupBy = readFirst(query, "group_by");
  if (groupBy !== undefined && groupBy !== "user") throw buildParameterError("group_by must be user");
  return { type, periodHours, user, groupsByUser: groupBy === "user" && user === null };
}
