/**
 * Routes that the vendor has and this server does not offer: 501, after the space has been looked up, so that a token
 * learns nothing of spaces that it may not see. What is behind them is fetching foreign addresses, artificial
 * intelligence, libraries shared between spaces, and changing accounts.
 */
import type { Route, RouteAnswer } from "../../model/route.ts";
import type { Principal } from "../../model/token.ts";
import { readVisibleSpace, toPrincipal, toSpaceId } from "./access.ts";
import { PARAMETERS_BODY } from "./parameters.ts";
import type { StoryblokDeps } from "./storyblok-deps.ts";

/** The answer of a route that is not offered. */
const NOT_SUPPORTED: RouteAnswer = { status: 501, body: { error: "Not supported by this server" } };

const ASSETS = "/v1/spaces/:space_id/assets";
const SHARED = ["shared_asset_folders", "shared_assets", "shared_internal_tags"] as const;

/** Method and path of each. */
const UNSUPPORTED: readonly (readonly [Route["method"], string])[] = [
  ["POST", `${ASSETS}/copy_from_url`],
  ["POST", `${ASSETS}/generate_alt_text_for_new_image`],
  ["GET", `${ASSETS}/:id/upload_part`],
  ["POST", `${ASSETS}/:id/convert`],
  ["POST", `${ASSETS}/:id/generate_image_alt_text`],
  ["POST", "/v1/spaces"],
  ["PUT", "/v1/spaces/:space_id"],
  ["PATCH", "/v1/spaces/:space_id"],
  ["DELETE", "/v1/spaces/:space_id"],
  ...["/v1/users", "/v1/orgs"].flatMap((accounts) => [
    ["POST", accounts] as const,
    ...["me", ":id"].flatMap((account) => [
      ["PUT", `${accounts}/${account}`] as const,
      ["PATCH", `${accounts}/${account}`] as const,
      ["DELETE", `${accounts}/${account}`] as const,
    ]),
  ]),
  ...SHARED.flatMap((name) =>
    ["/v1/spaces/:space_id", "/v1/orgs/me"].flatMap((owner) => [
      ["POST", `${owner}/${name}`] as const,
      ["PUT", `${owner}/${name}/:id`] as const,
      ["PATCH", `${owner}/${name}/:id`] as const,
      ["DELETE", `${owner}/${name}/:id`] as const,
    ]),
  ),
];

type Parameters = { readonly principal: Principal; readonly space: number | null };

/** The routes. */
export function buildUnsupportedRoutes({ catalog }: Pick<StoryblokDeps, "catalog">): readonly Route<Parameters>[] {
  return UNSUPPORTED.map(([method, path]) => ({
    method,
    path,
    scope: "assets:write",
    summary: "Not offered",
    body: PARAMETERS_BODY,
    responses: { 501: { description: "Not supported by this server." } },
    readParameters: (request) => ({
      principal: toPrincipal(request),
      space: path.includes(":space_id") ? toSpaceId(request) : null,
    }),
    async answer({ principal, space }) {
      if (space !== null) await readVisibleSpace(catalog, principal, space);
      return NOT_SUPPORTED;
    },
  }));
}
