/**
 * GET /api/v1/users: the users of the group, page by page. An extension of ours: whoever may read everybody's figures
 * has to know who everybody is.
 */
import { Type } from "typebox";
import type { User } from "../../../model/organization.ts";
import type { Route } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import type { DialectDeps } from "../../dialect.ts";
import { readFirst } from "../../wire-parameters.ts";
import { buildResponses } from "../answer-schemas.ts";
import { NO_STORE } from "../error-answer.ts";
import { buildParameterError, refuseRepeated } from "../request-parameters.ts";
import { toWireRole } from "../role.ts";

/** One page. Both from 1. */
type UserListRequest = { readonly page: number; readonly perPage: number };

const PER_PAGE_DEFAULT = 25;
const PER_PAGE_MAX = 1000;
/** Far beyond any group, and its product with PER_PAGE_MAX is still a safe integer. */
const PAGE_MAX = 1_000_000_000;

const KNOWN = ["page", "per_page"] as const;

const UserSchema = Type.Object({
  user_id: Type.Integer(),
  user_email: Type.String({ description: "Empty where it is not known." }),
  username: Type.String(),
  role_id: Type.Integer(),
  role_name: Type.String(),
  disabled: Type.Boolean(),
});

const PageSchema = Type.Object({
  usergroup_id: Type.Integer(),
  page: Type.Integer(),
  per_page: Type.Integer(),
  total: Type.Integer({ description: "Users on all pages." }),
  users: Type.Array(UserSchema),
});

/** The route. */
export function buildUserListRoute({ catalog }: Pick<DialectDeps, "catalog">): Route<UserListRequest> {
  return {
    method: "GET",
    path: "/api/v1/users",
    scope: "stats:read",
    summary: "Users of the group, by their id",
    query: Type.Object({
      page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
      per_page: Type.Optional(Type.Integer({ minimum: 1, maximum: PER_PAGE_MAX, default: PER_PAGE_DEFAULT })),
    }),
    responses: buildResponses(PageSchema),
    readParameters: ({ query }) => {
      refuseRepeated(query, KNOWN);
      const page = readCount(query, "page", { initial: 1, max: PAGE_MAX });
      return { page, perPage: readCount(query, "per_page", { initial: PER_PAGE_DEFAULT, max: PER_PAGE_MAX }) };
    },
    answer: async (asked, { principal }) => {
      // A key that is limited to some spaces is not meant to see everybody: users belong to the whole group.
      if (principal === null || principal.role !== "admin" || principal.spaces !== null) {
        throw new AppError("access/forbidden", "Forbidden");
      }
      const { users, total } = await catalog.listUserPage(principal.organization, asked);
      const page = { page: asked.page, per_page: asked.perPage, total, users: users.map(toWireUser) };
      return { status: 200, headers: NO_STORE, body: { usergroup_id: principal.organization, ...page } };
    },
  };
}

function readCount(
  query: URLSearchParams,
  name: (typeof KNOWN)[number],
  { initial, max }: { readonly initial: number; readonly max: number },
): number {
  const text = readFirst(query, name);
  if (text === undefined) return initial;
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw buildParameterError(`${name} must be an integer from 1 to ${max}`);
  return value;
}

function toWireUser({ id, email, name, role, disabledAtMs }: User) {
  const disabled = disabledAtMs !== null;
  return { user_id: id, user_email: email ?? "", username: name, ...toWireRole(role), disabled };
}
