/**
 * POST /api/v1/login: from e-mail address and password to a JWT.
 * @see https://developers.filespin.io/api-reference (login; an older page prints the fields and GET), read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import type { DialectDeps } from "../../dialect.ts";
import { type Credentials, readCredentials } from "../../login-body.ts";
import { ErrorSchema } from "../answer-schemas.ts";
import { NO_STORE } from "../error-answer.ts";
import { toWireRole } from "../role.ts";

/** JWTs live 24 hours (documented). */
const JWT_LIFE_S = 86_400;

const BODY_BYTES_MAX = 65_536;

const LoginSchema = Type.Object({
  user_id: Type.Integer(),
  user_email: Type.String(),
  username: Type.String(),
  jwt: Type.String({ description: "Lives 24 hours." }),
  role_id: Type.Integer(),
  role_name: Type.String(),
  uploadkey: Type.Literal(""),
  notifications: Type.Array(Type.Never(), { maxItems: 0 }),
});

/** The route. */
export function buildLoginRoute({ sessions }: Pick<DialectDeps, "sessions">): Route<Credentials> {
  return {
    method: "POST",
    path: "/api/v1/login",
    scope: "none",
    summary: "Log in with e-mail address and password",
    body: {
      mediaTypes: ["application/json"],
      schema: Type.Object({ email: Type.String(), password: Type.String() }),
    },
    bodyBytesMax: BODY_BYTES_MAX,
    responses: {
      200: { description: "The JWT, and whose it is.", schema: LoginSchema },
      400: { description: "No JSON object, or a field is missing.", schema: ErrorSchema },
      401: { description: "A wrong address or password, or a disabled user.", schema: ErrorSchema },
      429: { description: "Too many wrong passwords; Retry-After says how long to wait.", schema: ErrorSchema },
    },
    readParameters: ({ body }) => readCredentials(body),
    answer: async (credentials, { address }) => {
      const user = await sessions.logIn({ ...credentials, address });
      const { token } = await sessions.issueAccessToken(user, JWT_LIFE_S);
      const body = {
        user_id: user.id,
        // No field is null: a user without an address cannot have logged in.
        user_email: user.email ?? "",
        username: user.name,
        jwt: token,
        ...toWireRole(user.role),
        uploadkey: "",
        notifications: [],
      };
      return { status: 200, headers: NO_STORE, body };
    },
  };
}
