/**
 * POST /v1/spaces/:space_id/assets: announces an upload and signs the form that brings its file. The asset is nowhere until
 * the file is there.
 * @see https://www.storyblok.com/docs/api/management/assets/get-a-signed-response-object "Get a Signed Response Object", read 2026-11-20
 */
import { randomBytes } from "node:crypto";
import { Type } from "typebox";
import type { AssetFields, Catalog, Upload } from "../../../catalog/catalog.ts";
import type { Asset } from "../../../model/asset.ts";
import type { Route } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { isPrivateAt } from "../asset-object.ts";
import { readAssetFields } from "../assets/asset-fields.ts";
import { findPlaceFaults } from "../assets/asset-places.ts";
import { buildNotFound, type FieldFault, type ReadFields, refuseFaults } from "../errors.ts";
import { buildFilePath, toFileName } from "../files/file-name.ts";
import type { Signatures } from "../files/signatures.ts";
import { PARAMETERS_BODY, readParameters, type WireParameters } from "../parameters.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readIntegerValue, readTextValue } from "../wire-values.ts";
import { buildFields, orderFields } from "./policy.ts";
import { FORM_PATH } from "./receive-form.ts";

type Deps = Pick<StoryblokDeps, "catalog" | "clock" | "limits">;

/** Who wants to upload into which space, and all that was sent; read when it is known that the space may be seen. */
export type SignUploadParameters = SpaceParameters & { readonly sent: WireParameters };

/** The route. */
export function buildSignUploadRoute(deps: Deps, signatures: Signatures): Route<SignUploadParameters> {
  return {
    method: "POST",
    path: "/v1/spaces/:space_id/assets",
    scope: "assets:write",
    summary: "Get a signed form for an upload",
    description: "Send `fields` in their order and then the file, as `file`, to `post_url` within ten minutes.",
    pathParameters: SpacePathSchema,
    body: { ...PARAMETERS_BODY, schema: BodySchema },
    responses: {
      200: { description: "The form.", schema: AnswerSchema },
      404: { description: "The space or the asset to replace does not exist, or the token is not for it." },
      422: { description: "A parameter cannot be read, or names a folder or tag that the space does not have." },
    },
    readParameters: (request) => ({ ...toSpaceParameters(request), sent: readParameters(request) }),
    async answer(parameters, request) {
      const { principal, space, sent } = parameters;
      await readVisibleSpace(deps.catalog, principal, space);
      const place = { organization: principal.organization, space };
      const replaces = readReplacedId(sent);
      const replaced = replaces === null ? null : await readReplaceable(deps.catalog, place, replaces);
      const file = readFile(sent);
      const { fields, faults } = withFlatMetaData(sent);
      refuseFaults([
        ...file.faults,
        ...(replaced === null ? [] : findAddressFaults(replaced, space)),
        ...faults,
        ...(await findPlaceFaults(deps.catalog, place, fields)),
      ]);
      const { name, size } = file.fields;
      const path = buildFilePath({ space, size, random: randomBytes(5).toString("hex"), name });
      const upload = await announce(deps.catalog, { ...place, replaces, path, fields });
      const asked = { replaced, user: principal.user, baseUrl: request.baseUrl };
      return { status: 200, body: await buildAnswer(upload, asked, { ...deps, signatures }) };
    },
  };
}

type SentFile = { readonly name: string; readonly size: string | null };

const SIZE = /^\d{1,6}[xX]\d{1,6}$/;

/** The asset whose file is replaced; null for none. An id that no asset can have is an unknown one. */
function readReplacedId(sent: WireParameters): number | null {
  const id = readIntegerValue(sent.id);
  if (id === "invalid" || (typeof id === "object" && id.value < 1)) throw buildNotFound();
  return typeof id === "object" ? id.value : null;
}

/** Which file comes. Every parameter that cannot be read is a fault. */
function readFile(sent: WireParameters): ReadFields<SentFile> {
  const faults: FieldFault[] = [];
  const filename = readTextValue(sent.filename);
  const name = typeof filename === "object" ? filename.value : "";
  if (filename === "invalid") faults.push({ field: "filename", text: "is invalid" });
  else if (name.trim() === "") faults.push({ field: "filename", text: "can't be blank" });
  const size = readTextValue(sent.size);
  const sizeText = typeof size === "object" ? size.value.trim() : "";
  if (size === "invalid" || (sizeText !== "" && !SIZE.test(sizeText))) {
    faults.push({ field: "size", text: "is invalid" });
  }
  return { fields: { name: toFileName(name), size: sizeText === "" ? null : sizeText.toLowerCase() }, faults };
}

/** What is said of the asset. A new one has no metadata to take keys from. */
function withFlatMetaData(sent: WireParameters): ReadFields<AssetFields> {
  const { id: _, ...others } = sent;
  return readAssetFields(others);
}

/** An asset of this space that is not in the trash. */
async function readReplaceable(
  catalog: Catalog,
  { organization, space }: { readonly organization: number; readonly space: number },
  id: number,
): Promise<Asset> {
  const asset = await catalog.readAsset(organization, id);
  if (asset === null || asset.space !== space || asset.deletedAtMs !== null) throw buildNotFound();
  return asset;
}

/** An asset's file can be replaced where its address is below this server's own files. */
function findAddressFaults({ path }: Asset, space: number): readonly FieldFault[] {
  if (path.startsWith(`/f/${space}/`)) return [];
  return [{ field: "id", text: "has a file that is not on this server" }];
}

async function announce(catalog: Catalog, input: Parameters<Catalog["createUpload"]>[0]): Promise<Upload> {
  try {
    return await catalog.createUpload(input);
  } catch (error) {
    // Deleted since it was looked at.
    if (error instanceof AppError && error.code === "catalog/not-found") throw buildNotFound();
    throw error;
  }
}

/** Who asks under which address, and for a file in the place of which asset's. */
type Asked = { readonly replaced: Asset | null; readonly user: number | null; readonly baseUrl: string };

async function buildAnswer(
  upload: Upload,
  { replaced, user, baseUrl }: Asked,
  { clock, limits, signatures }: Pick<Deps, "clock" | "limits"> & { readonly signatures: Signatures },
) {
  const nowMs = clock.now();
  // What the request does not say stays as it is: a private file must not be signed as one that all may read.
  const { isPrivate, publishAtMs } = { isPrivate: false, publishAtMs: null, ...replaced, ...upload.fields };
  const { fixed, policy } = buildFields(
    {
      upload: upload.id,
      user,
      key: upload.path.slice(1),
      contentType: upload.contentType,
      isPrivate: isPrivateAt({ isPrivate, publishAtMs }, nowMs),
      bytesMax: limits.uploadBytesMax,
    },
    nowMs,
  );
  const publicUrl = baseUrl + upload.path;
  return {
    pretty_url: publicUrl.replace(/^https?:/, ""),
    public_url: publicUrl,
    fields: orderFields(fixed, policy, await signatures.signPolicy(policy)),
    post_url: baseUrl + FORM_PATH,
    id: upload.asset,
    locked: false,
    // Null says that a key is removed: it stays in the upload for the asset that is replaced, and is nothing to show.
    meta_data: Object.fromEntries(Object.entries(upload.fields.metaData ?? {}).filter(([, value]) => value !== null)),
  };
}

const BodySchema = Type.Object({
  filename: Type.String({ description: "The file's name; the part behind the last slash counts." }),
  id: Type.Optional(Type.Integer({ description: "The asset whose file is replaced; id and address stay." })),
  asset_folder_id: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  size: Type.Optional(Type.String({ description: "`400x500`; becomes a part of the address." })),
  validate_upload: Type.Optional(Type.Boolean({ description: "Accepted; every file is checked as it comes." })),
});

const AnswerSchema = Type.Object({
  pretty_url: Type.String(),
  public_url: Type.String({ description: "Where the file will be." }),
  fields: Type.Record(Type.String(), Type.String(), { description: "The fields of the form, in order." }),
  post_url: Type.String({ description: "Where the form is to be sent." }),
  id: Type.Integer({ description: "The id that the asset will have." }),
  locked: Type.Boolean(),
  meta_data: Type.Record(Type.String(), Type.Unknown()),
});
