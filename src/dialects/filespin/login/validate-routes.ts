/**
 * GET and POST /api/v1/auth/validate: is this JWT good, and whose is it?
 * @see https://developers.filespin.io/api-reference (auth), read 2026-11-20. It documents the statuses; the body is ours.
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import { parseBearerToken } from "../../bearer-token.ts";
import type { DialectDeps } from "../../dialect.ts";
import { readFirst } from "../../wire-parameters.ts";
import { ErrorSchema } from "../answer-schemas.ts";
import { NO_STORE } from "../error-answer.ts";
import { refuseRepeated } from "../request-parameters.ts";
import { toWireRole } from "../role.ts";

const ValidSchema = Type.Object({
  status: Type.Literal("OK"),
  user_id: Type.Integer(),
  usergroup_id: Type.Integer(),
  role_id: Type.Integer(),
  role_name: Type.String(),
  expires_at: Type.Integer({ description: "UNIX seconds." }),
});

/** Both routes. */
export function buildValidateRoutes(deps: Pick<DialectDeps, "sessions">): readonly Route[] {
  return (["GET", "POST"] as const).map((method) => buildValidateRoute(method, deps));
}

/**
 * Without a scope of ours: API keys, which the server would let in, are no JWTs, and `_jwt` in the query is read here
 * and nowhere else. What a POST says in its body is ignored.
 */
function buildValidateRoute(method: "GET" | "POST", { sessions }: Pick<DialectDeps, "sessions">): Route<string> {
  return {
    method,
    path: "/api/v1/auth/validate",
    scope: "none",
    summary: `Check a JWT (${method})`,
    query: Type.Object({
      _jwt: Type.Optional(Type.String({ description: "The JWT, where there is no Authorization header." })),
    }),
    responses: {
      200: { description: "It is good.", schema: ValidSchema },
      400: { description: "`_jwt` comes twice.", schema: ErrorSchema },
      401: { description: "Missing, malformed, expired or wrongly signed, or an API key.", schema: ErrorSchema },
      403: { description: "Its user has been disabled since.", schema: ErrorSchema },
    },
    readParameters: ({ headers, query }) => {
      const { authorization } = headers;
      // The header alone decides where there is one, however often `_jwt` comes beside it.
      if (authorization === undefined) refuseRepeated(query, ["_jwt"]);
      const jwt = authorization === undefined ? readFirst(query, "_jwt") : parseBearerToken(authorization);
      if (jwt === undefined || jwt === null) throw new AppError("access/no-token", "This request needs a JWT.");
      return jwt;
    },
    answer: async (jwt) => {
      const { user, expiresAtS } = await sessions.readAccessToken(jwt);
      const whose = { user_id: user.id, usergroup_id: user.organization, ...toWireRole(user.role) };
      return { status: 200, headers: NO_STORE, body: { status: "OK", ...whose, expires_at: expiresAtS } };
    },
  };
}
