/**
 * GET /v1/spaces/:space_id/assets/:id/finish_upload: confirms that the file has come. Nothing depends on it; clients ask
 * all the same.
 * @see https://www.storyblok.com/docs/api/management/assets/finish-upload "Finish the Upload", read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { readVisibleSpace } from "../access.ts";
import { isPrivateAt, toFileUrl } from "../asset-object.ts";
import { type AssetParameters, AssetPathSchema, toAssetParameters } from "../assets/find-asset.ts";
import { buildNotFound, FieldError } from "../errors.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";

type Deps = Pick<StoryblokDeps, "catalog" | "clock" | "files">;

/** The route. */
export function buildFinishUploadRoute({ catalog, clock, files }: Deps): Route<AssetParameters> {
  return {
    method: "GET",
    path: "/v1/spaces/:space_id/assets/:id/finish_upload",
    scope: "assets:write",
    summary: "Confirm an upload",
    pathParameters: AssetPathSchema,
    responses: {
      200: { description: "The file is there.", schema: AnswerSchema },
      404: { description: "There is no such asset or upload." },
      422: { description: "The file has not come yet." },
    },
    readParameters: toAssetParameters,
    async answer({ principal, space, asset: id }, { baseUrl }) {
      await readVisibleSpace(catalog, principal, space);
      const { organization } = principal;
      const asset = await catalog.readAsset(organization, id);
      if (asset === null && (await catalog.awaitsUpload(organization, space, id))) throw notYet();
      if (asset === null || asset.space !== space || asset.deletedAtMs !== null) throw buildNotFound();
      const file = await catalog.readAssetFile(organization, id);
      if (file === null || (await files.stat(file.key))?.bytes !== file.bytes) throw notYet();
      const { alt, copyright, focus, title } = asset;
      const is_private = isPrivateAt(asset, clock.now());
      return {
        status: 200,
        body: { id, alt, copyright, filename: toFileUrl(asset, baseUrl), focus, is_private, title },
      };
    },
  };
}

function notYet(): FieldError {
  return new FieldError([{ field: "file", text: "can't be blank" }]);
}

const NullableText = Type.Union([Type.String(), Type.Null()]);

const AnswerSchema = Type.Object({
  id: Type.Integer(),
  alt: NullableText,
  copyright: NullableText,
  filename: Type.String({ description: "Absolute URL of the file." }),
  focus: NullableText,
  is_private: Type.Boolean(),
  title: NullableText,
});
