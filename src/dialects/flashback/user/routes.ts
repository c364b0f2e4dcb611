/**
 * POST /user/login and POST /user/refresh: from a password to tokens, and from tokens to the next ones.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, and for the names of fields
 * https://github.com/flashbacknetwork/FlashbackClient (commit bcb34e9), read 2026-11-20
 */
import { Type } from "typebox";
import type { User } from "../../../model/organization.ts";
import type { Route } from "../../../model/route.ts";
import type { Role } from "../../../model/token.ts";
import { AppError } from "../../../platform/errors.ts";
import { readJsonObject } from "../../json-body.ts";
import { type Credentials, readCredentials } from "../../login-body.ts";
import { buildMoreResponses } from "../answer-schemas.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";

/** Access tokens live an hour (documented). */
const ACCESS_TOKEN_LIFE_S = 3600;

const BODY_BYTES_MAX = 65_536;

/** Roles as numbers; the vendor has more of them than we do. */
const ORG_ROLES: Readonly<Record<Role, number>> = { admin: 1, manager: 2, member: 4 };

const Tokens = {
  success: Type.Literal(true),
  accessToken: Type.String({ description: "A JWT that lives an hour." }),
  refreshToken: Type.String({ description: "Works once, for 30 days." }),
  expiresAt: Type.Integer({ description: "End of the access token, UNIX seconds." }),
};

const UserSchema = Type.Object({
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  orgId: Type.String(),
  orgRole: Type.Integer({ description: "1 admin, 2 manager, 4 member." }),
});

const OTHERS = { 429: "Too many wrong passwords; Retry-After says how long to wait." };

/** Both routes. */
export function buildUserRoutes(deps: FlashbackDeps): readonly Route[] {
  return [buildLoginRoute(deps), buildRefreshRoute(deps)];
}

function buildLoginRoute({ sessions }: FlashbackDeps): Route<Credentials> {
  return {
    method: "POST",
    path: "/user/login",
    scope: "none",
    summary: "Log in with e-mail address and password",
    body: {
      mediaTypes: ["application/json"],
      schema: Type.Object({ email: Type.String(), password: Type.String() }),
    },
    bodyBytesMax: BODY_BYTES_MAX,
    responses: buildMoreResponses(Type.Object({ ...Tokens, tokenId: Type.String(), user: UserSchema }), {
      description: "The tokens, and whose they are.",
      others: OTHERS,
    }),
    readParameters: ({ body }) => readCredentials(body),
    answer: async (credentials, { address }) => {
      const { user, refreshToken } = await sessions.logInToRefresh({ ...credentials, address });
      const access = await sessions.issueAccessToken(user, ACCESS_TOKEN_LIFE_S);
      const body = {
        success: true,
        accessToken: access.token,
        refreshToken: refreshToken.secret,
        tokenId: refreshToken.id,
        expiresAt: access.expiresAtS,
        user: toWireUser(user),
      };
      return { status: 200, body };
    },
  };
}

function buildRefreshRoute({ sessions }: FlashbackDeps): Route<string> {
  return {
    method: "POST",
    path: "/user/refresh",
    scope: "none",
    summary: "Exchange a refresh token for the next tokens",
    body: {
      mediaTypes: ["application/json"],
      schema: Type.Object({
        refresh_token: Type.Optional(Type.String()),
        refreshToken: Type.Optional(Type.String({ description: "Another name for `refresh_token`, which wins." })),
      }),
    },
    bodyBytesMax: BODY_BYTES_MAX,
    responses: buildMoreResponses(Type.Object({ ...Tokens, token: Type.String() }), {
      description: "The next tokens; `token` repeats `accessToken`.",
    }),
    readParameters: ({ body }) => readRefreshToken(body),
    answer: async (secret) => {
      const { user, refreshToken } = await sessions.exchangeRefreshToken(secret);
      const { token, expiresAtS } = await sessions.issueAccessToken(user, ACCESS_TOKEN_LIFE_S);
      const tokens = { token, accessToken: token, refreshToken: refreshToken.secret };
      return { status: 200, body: { success: true, ...tokens, expiresAt: expiresAtS } };
    },
  };
}

function readRefreshToken(body: unknown): string {
  const { refresh_token, refreshToken } = readJsonObject(body);
  // Programs that know both names may send one of them empty.
  const token = [refresh_token, refreshToken].find((one) => typeof one === "string" && one !== "");
  if (token === undefined) throw new AppError("request/invalid", "refresh_token is required");
  return String(token);
}

/** No field is null: a user without an address cannot have logged in. */
function toWireUser({ id, email, name, organization, role }: User) {
  return { id: String(id), email: email ?? "", name, orgId: String(organization), orgRole: ORG_ROLES[role] };
}
