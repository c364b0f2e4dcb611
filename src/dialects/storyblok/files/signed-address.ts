/**
 * GET /v2/cdn/assets/me: an asset by the address of its file, with an address that can be read for an hour where it is
 * private.
 * @see https://www.storyblok.com/docs/api/content-delivery/v2/assets/get-a-signed-asset "Get a Signed Asset", read 2026-11-20
 */
import { Type } from "typebox";
import type { AssetFile } from "../../../catalog/catalog.ts";
import type { Route } from "../../../model/route.ts";
import { maySeeSpace, type Principal } from "../../../model/token.ts";
import { toPrincipal } from "../access.ts";
import { toAssetRow } from "../asset-object.ts";
import { buildNotFound, FieldError } from "../errors.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readLast } from "../values.ts";
import { findLiveFile } from "./find-file.ts";
import type { Signatures } from "./signatures.ts";

/** How long a signed address can be read, in seconds. */
const VALID_S = 3_600;

/** Who asks for which file. */
export type SignedAddressParameters = { readonly principal: Principal; readonly pathname: string };

/** The route. */
export function buildSignedAddressRoute(
  deps: Pick<StoryblokDeps, "catalog" | "clock">,
  signatures: Signatures,
): Route<SignedAddressParameters> {
  return {
    method: "GET",
    path: "/v2/cdn/assets/me",
    scope: "assets:read",
    summary: "Get a signed address of a private asset",
    query: Type.Object({
      filename: Type.String({ description: "The address of the file; scheme and host do not matter." }),
      token: Type.Optional(Type.String()),
    }),
    responses: {
      200: {
        description: "The asset and its address.",
        schema: Type.Object({ asset: Type.Record(Type.String(), Type.Unknown()) }),
      },
      404: { description: "There is no such file, or the token is not for its space." },
      422: { description: "`filename` is missing." },
    },
    readParameters(request) {
      const filename = readLast(request.query, "filename")?.trim() ?? "";
      if (filename === "") throw new FieldError([{ field: "filename", text: "can't be blank" }]);
      return { principal: toPrincipal(request), pathname: toPathname(filename) };
    },
    async answer({ principal, pathname }, { baseUrl }) {
      const nowMs = deps.clock.now();
      const file = await findLiveFile(deps.catalog, pathname, nowMs);
      if (file === null || !maySee(principal, file)) throw buildNotFound();
      const asset = await deps.catalog.readAsset(file.organization, file.asset);
      if (asset === null) throw buildNotFound();
      const { filename, is_private, ...row } = toAssetRow(asset, { baseUrl, nowMs });
      const signed_url = is_private ? await signAddress(filename, file.path, signatures, nowMs) : filename;
      const { alt, asset_folder_id, content_length, content_type, copyright, created_at, expire_at, focus, title } =
        row;
      const shown = {
        alt,
        asset_folder_id,
        content_length,
        content_type,
        copyright,
        created_at,
        expire_at,
        focus,
        title,
      };
      return { status: 200, body: { asset: { ...shown, filename, is_private, signed_url } } };
    },
  };
}

/**
 * The path of a file in an address: from `/f/` on, behind whatever scheme, host and bucket, without query. The vendor's
 * own addresses are `https://a.storyblok.com/f/…` and `https://s3.amazonaws.com/a.storyblok.com/f/…`.
 */
function toPathname(filename: string): string {
  const path = filename.replace(/^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/]*/i, "").replace(/[?#].*$/s, "");
  const begin = path.indexOf("/f/");
  return begin === -1 ? "" : path.slice(begin);
}

function maySee(principal: Principal, { organization, space }: AssetFile): boolean {
  return organization === principal.organization && space !== null && maySeeSpace(principal, space);
}

async function signAddress(filename: string, path: string, signatures: Signatures, nowMs: number): Promise<string> {
  const expiresS = Math.floor(nowMs / 1000) + VALID_S;
  return `${filename}?Expires=${expiresS}&Signature=${await signatures.signPath(path, expiresS)}&Key-Pair-Id=1`;
}
