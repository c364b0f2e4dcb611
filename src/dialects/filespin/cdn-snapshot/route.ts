/**
 * GET /api/v1/stats/cdn: bytes or deliveries of the last hours.
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import type { DialectDeps } from "../../dialect.ts";
import { buildResponses, CdnSnapshotSchema } from "../answer-schemas.ts";
import { NO_STORE } from "../error-answer.ts";
import { mayReadUser } from "../group-access.ts";
import { toPeriodBound } from "../period.ts";
import { refuseNotKept } from "../refuse-not-kept.ts";
import { CDN_SUBTYPES } from "../stat-type.ts";
import { type CdnSnapshotRequest, readCdnSnapshotRequest } from "./parameters.ts";
import { fromUsageResult, toUsageQuery } from "./translation.ts";

type Deps = Pick<DialectDeps, "runQuery" | "catalog" | "clock" | "cdnHost">;

const SubtypeSchema = Type.Union(
  CDN_SUBTYPES.map((subtype) => Type.Literal(subtype)),
  { default: "traffic" },
);

const QuerySchema = Type.Object({
  period: Type.Optional(Type.Integer({ minimum: 1, maximum: 8736, default: 24, description: "Hours to look back." })),
  user_id: Type.Optional(Type.Integer({ description: "Left out: the whole user group." })),
  type: Type.Optional(SubtypeSchema),
  stat_subtype: Type.Optional(Type.String({ description: "Another name for `type`, which wins." })),
});

/** The route of the cdn snapshot. */
export function buildCdnSnapshotRoute(deps: Deps): Route<CdnSnapshotRequest> {
  return {
    method: "GET",
    path: "/api/v1/stats/cdn",
    scope: "stats:read",
    summary: "Bytes or deliveries of the last hours",
    query: QuerySchema,
    responses: buildResponses(CdnSnapshotSchema),
    readParameters: (request) => readCdnSnapshotRequest(request.query),
    answer: async (parameters, { principal, baseUrl }) => {
      if (principal === null || !mayReadUser(principal, parameters.user)) {
        throw new AppError("access/forbidden", "Forbidden");
      }
      const nowMs = deps.clock.now();
      const refused = {
        type: "cdn" as const,
        isByUser: parameters.user !== null,
        principal,
        toBound: (keptFromMs: number) => toPeriodBound(keptFromMs, nowMs),
      };
      const query = toUsageQuery(parameters, principal, nowMs);
      const [result, organization] = await Promise.all([
        deps.runQuery(query).catch((error: unknown) => refuseNotKept(error, refused)),
        deps.catalog.readOrganization(principal.organization),
      ]);
      // A server's setting may be empty, which is none either.
      const host = organization?.cdnHost || deps.cdnHost || new URL(baseUrl).hostname;
      return { status: 200, headers: NO_STORE, body: fromUsageResult(result, parameters, host) };
    },
  };
}
