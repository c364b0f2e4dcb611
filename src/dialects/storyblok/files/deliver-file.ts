/**
 * GET /f/…: the bytes of an asset, to whoever has its address; of a private one only with a signature. Counted as a
 * delivery of what was really sent.
 */
import { create as buildDisposition } from "content-disposition";
import { Type } from "typebox";
import type { AssetFile } from "../../../catalog/catalog.ts";
import type { FileAnswer } from "../../../files/file-store.ts";
import type { Route, RouteAnswer, RouteRequest } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import { isPrivateAt } from "../asset-object.ts";
import { buildNotFound } from "../errors.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readLast } from "../values.ts";
import { findLiveFile } from "./find-file.ts";
import type { Signatures } from "./signatures.ts";

/** How long anybody may keep a public file, in seconds: it keeps its address when it is replaced. */
const MAX_AGE_S = 3_600;

type Deps = Pick<StoryblokDeps, "catalog" | "clock" | "files">;

/** The route. */
export function buildDeliverFileRoute(deps: Deps, signatures: Signatures): Route<null> {
  return {
    method: "GET",
    path: "/f/*",
    scope: "none",
    countsAsApi: false,
    summary: "Download a file",
    description: "Answers one range and the usual conditions. A private file needs a signed address.",
    query: Type.Object({
      Expires: Type.Optional(Type.Integer({ description: "Until when the address is valid, in Unix seconds." })),
      Signature: Type.Optional(Type.String()),
    }),
    responses: {
      200: { description: "The file." },
      206: { description: "The range that was asked for." },
      304: { description: "The client has the file already." },
      403: { description: "The file is private and the address is not signed, wrongly signed or has expired." },
      404: { description: "There is no such file, or it was deleted or has expired." },
      416: { description: "The range lies behind the end of the file." },
    },
    readParameters: () => null,
    async answer(_, request) {
      const nowMs = deps.clock.now();
      const file = await findLiveFile(deps.catalog, request.path, nowMs);
      if (file === null) throw buildNotFound();
      if (isPrivateAt(file, nowMs)) await requireSignature(file, request, signatures, nowMs);
      const { found, answer } = await openFile(deps, file, request);
      return toRouteAnswer(found, answer, { method: request.method, nowMs });
    },
  };
}

async function requireSignature(
  file: AssetFile,
  { query }: RouteRequest,
  signatures: Signatures,
  nowMs: number,
): Promise<void> {
  const expires = readLast(query, "Expires") ?? "";
  const signature = readLast(query, "Signature") ?? "";
  const isInTime = /^\d{1,12}$/.test(expires) && Number(expires) * 1000 > nowMs;
  if (isInTime && (await signatures.isPathSignature(file.path, Number(expires), signature))) return;
  throw new AppError("access/forbidden", "The file is private.");
}

/** Opens the bytes; again where they were replaced, and the old ones removed, since the file was looked up. */
async function openFile(
  { catalog, files }: Deps,
  file: AssetFile,
  { method, headers }: RouteRequest,
): Promise<{ readonly found: AssetFile; readonly answer: FileAnswer }> {
  for (let found = file; ; ) {
    const answer = await files.answer(found.key, { method, headers });
    if (answer !== null) return { found, answer };
    const again = await catalog.findAssetFile(found.path);
    if (again === null || again.key === found.key) {
      throw new AppError("files/unavailable", "The bytes of the file are missing.", { internal: { key: found.key } });
    }
    found = again;
  }
}

function toRouteAnswer(
  file: AssetFile,
  { status, headers, body }: FileAnswer,
  { method, nowMs }: { readonly method: string; readonly nowMs: number },
): RouteAnswer {
  if (status === 416) return { status, headers, body: { error: "Range Not Satisfiable" } };
  if (status === 412) return { status, headers, body: { error: "Precondition Failed" } };
  const { organization, space, asset } = file;
  const nothing = { user: null, count: 1, bytesIn: 0, sizeDelta: 0, objectsDelta: 0 };
  return {
    status,
    headers: {
      ...headers,
      "cache-control": buildCacheControl(file, nowMs),
      // Uploads may be pages or drawings with scripts, and this is the origin of the API: the first header keeps a
      // picture from being read as a page, the second one takes every right away from a page.
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox",
      "content-disposition": buildDisposition(file.shortFilename, { type: "inline" }),
      "content-type": file.contentType,
    },
    ...(body === null ? {} : { body }),
    usage: [{ kind: "delivery", operation: method, organization, space, asset, ...nothing }],
  };
}

/** A file that expires is kept no longer than that. */
function buildCacheControl(file: AssetFile, nowMs: number): string {
  if (isPrivateAt(file, nowMs)) return "private, no-store";
  const leftS = file.expireAtMs === null ? MAX_AGE_S : Math.ceil((file.expireAtMs - nowMs) / 1000);
  return `public, max-age=${Math.min(MAX_AGE_S, leftS)}`;
}
