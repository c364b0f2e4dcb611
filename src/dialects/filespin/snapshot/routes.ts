/**
 * GET /api/v1/stats/{api,addons,transcodes,storage}: figures of the last hours, by user and operation.
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import type { DialectDeps } from "../../dialect.ts";
import { buildResponses, SnapshotSchema } from "../answer-schemas.ts";
import { NO_STORE } from "../error-answer.ts";
import { mayReadUser } from "../group-access.ts";
import { toPeriodBound } from "../period.ts";
import { refuseNotKept } from "../refuse-not-kept.ts";
import { readSnapshotRequest, type SnapshotRequest, type SnapshotType } from "./parameters.ts";
import { printSnapshot } from "./print-snapshot.ts";
import { fromUsageResult, toUsageQuery } from "./translation.ts";

const SNAPSHOT_TYPES: readonly SnapshotType[] = ["api", "addons", "transcodes", "storage"];

type Deps = Pick<DialectDeps, "runQuery" | "clock" | "limits">;

const QuerySchema = Type.Object({
  period: Type.Optional(Type.Integer({ minimum: 1, maximum: 8736, default: 24, description: "Hours to look back." })),
  user_id: Type.Optional(Type.Integer({ description: "Left out: the whole user group." })),
  group_by: Type.Optional(Type.Literal("user", { description: "One key per user in place of `*`." })),
});

/** One route per stat type, cdn left out. */
export function buildSnapshotRoutes(deps: Deps): readonly Route[] {
  return SNAPSHOT_TYPES.map((type) => buildSnapshotRoute(type, deps));
}

function buildSnapshotRoute(type: SnapshotType, deps: Deps): Route<SnapshotRequest> {
  return {
    method: "GET",
    path: `/api/v1/stats/${type}`,
    scope: "stats:read",
    summary: type === "storage" ? "Bytes stored at this moment" : `Figures of ${type} in the last hours`,
    query: QuerySchema,
    responses: buildResponses(SnapshotSchema),
    readParameters: (request) => readSnapshotRequest(type, request.query),
    answer: async (parameters, { principal }) => {
      if (principal === null || !mayReadUser(principal, parameters.user)) {
        throw new AppError("access/forbidden", "Forbidden");
      }
      const scope = { principal, nowMs: deps.clock.now(), rowsMax: deps.limits.queryRowsMax };
      const refused = {
        type,
        isByUser: parameters.user !== null || parameters.groupsByUser,
        principal,
        toBound: (keptFromMs: number) => toPeriodBound(keptFromMs, scope.nowMs),
      };
      const query = toUsageQuery(parameters, scope);
      const result = await deps.runQuery(query).catch((error: unknown) => refuseNotKept(error, refused));
      const body = printSnapshot(fromUsageResult(result, parameters, principal.organization));
      return { status: 200, headers: { ...NO_STORE, "content-type": "application/json; charset=utf-8" }, body };
    },
  };
}
