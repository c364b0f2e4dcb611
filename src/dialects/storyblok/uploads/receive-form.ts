/**
 * POST /s3/assets: the form of an upload with its file. With the answer the asset is there, readable and counted.
 */
import type { Readable } from "node:stream";
import type { FileStore, StoredFile } from "../../../files/file-store.ts";
import type { Asset } from "../../../model/asset.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import type { AnswerUsage } from "../../../model/served-request.ts";
import { AppError } from "../../../platform/errors.ts";
import { randomIds } from "../../../platform/ids.ts";
import type { Signatures } from "../files/signatures.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readPolicy, refused } from "./policy.ts";
import { readUploadForm } from "./read-form.ts";

type Deps = Pick<StoryblokDeps, "catalog" | "clock" | "files">;

/** The path of the form's target. */
export const FORM_PATH = "/s3/assets";

/** The route. */
export function buildReceiveFormRoute(deps: Deps, signatures: Signatures): Route<null> {
  return {
    method: "POST",
    path: FORM_PATH,
    scope: "none",
    countsAsApi: false,
    summary: "Upload a file",
    description: "The form that was signed, field by field, and then the part `file`. The same form may be sent again.",
    body: "stream",
    responses: {
      204: { description: "The asset is there." },
      400: { description: "The form is not whole, or has something behind its file." },
      403: { description: "The form is not the one that was signed, or it has expired." },
      404: { description: "The asset was deleted meanwhile." },
      413: { description: "The file is larger than was signed." },
    },
    readParameters: () => null,
    async answer(_, request) {
      const { upload, user, key, stored } = await receive(deps, signatures, request);
      const { asset, bytesBefore } = await completeUpload(deps, upload, { key, ...stored });
      return { status: 204, usage: [toUsage(asset, user, stored.bytes, bytesBefore)] };
    },
  };
}

type Received = {
  readonly upload: string;
  readonly user: number | null;
  readonly key: string;
  readonly stored: StoredFile;
};

/** Stores the file under a new key, which is known as unused before its first byte is written. */
async function receive(deps: Deps, signatures: Signatures, { body, headers }: RouteRequest): Promise<Received> {
  const key = randomIds.uuid();
  let isNoted = false;
  const form = { body: body as AsyncIterable<Uint8Array>, contentType: headers["content-type"] };
  try {
    return await readUploadForm(form, async (fields: ReadonlyMap<string, string>, file: Readable) => {
      const { upload, user, bytesMax } = await checkForm(fields, signatures, deps.clock.now());
      if ((await deps.catalog.readUpload(upload)) === null) throw refused("The upload is not known any more.");
      isNoted = true;
      await deps.catalog.noteUnusedFile(key);
      return { upload, user, key, stored: await deps.files.put(key, file, { bytesMin: 1, bytesMax }) };
    });
  } catch (error) {
    if (isNoted) await forget(deps, key);
    throw error;
  }
}

async function checkForm(fields: ReadonlyMap<string, string>, signatures: Signatures, nowMs: number) {
  const policy = fields.get("policy");
  for (const name of ["key", "policy"]) {
    if (!fields.has(name)) throw new AppError("request/invalid", `The field ${name} is missing.`);
  }
  if (!(await signatures.isPolicySignature(policy ?? "", fields.get("x-amz-signature") ?? ""))) {
    throw refused("The signature is not that of the policy.");
  }
  return readPolicy(policy ?? "", fields, nowMs);
}

async function completeUpload(
  deps: Deps,
  upload: string,
  file: StoredFile & { readonly key: string },
): ReturnType<Deps["catalog"]["completeUpload"]> {
  try {
    return await deps.catalog.completeUpload(upload, file);
  } catch (error) {
    await forget(deps, file.key);
    throw error;
  }
}

/** Removes a file that came to nothing. What fails here is done by the search for unused files later. */
async function forget(
  { catalog, files }: { readonly catalog: Deps["catalog"]; readonly files: FileStore },
  key: string,
) {
  try {
    await files.delete(key);
    await catalog.forgetUnusedFiles([key]);
  } catch {
    // The key is still noted as unused: nothing is lost sight of, and the answer is about what went wrong first.
  }
}

function toUsage(asset: Asset, user: number | null, bytes: number, bytesBefore: number | null): AnswerUsage {
  return {
    kind: "upload",
    operation: "POST",
    organization: asset.organization,
    space: asset.space,
    user,
    asset: asset.id,
    count: 1,
    bytesIn: bytes,
    sizeDelta: bytes - (bytesBefore ?? 0),
    objectsDelta: bytesBefore === null ? 1 : 0,
  };
}
