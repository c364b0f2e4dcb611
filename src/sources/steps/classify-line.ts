/**
 * Step classify-line: decides what a log line is about. An object store's operation first, then what a rule said, then the
 * default: a static file that was sent is a delivery, everything else is an API request. Events say their kind themselves.
 */
import type { KnownPaths } from "../access-log/known-paths.ts";
import { cutOperation } from "../access-log/operation-template.ts";
import type { LineRequest } from "../access-log/parse-request.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import type { PathContext } from "./step.ts";

/** Statuses from here on sent, stored and removed nothing: such a line is an API request, whatever was asked for. */
const ERROR_STATUS_MIN = 400;

const INTERNAL: Rejection = {
  reason: "internal-request",
  detail: "A header says that the platform itself made the request.",
};

/**
 * Sets kind, operation, measures and path. Method and status 304 make no difference: HEAD requests and revalidations are
 * deliveries of the bytes logged, which are 0; without them a CDN that revalidates would look idle.
 */
export function classifyLine(passage: Passage, { known }: PathContext): Rejection | null {
  const { request, rule } = passage;
  if (request === null || rule === null) return null;
  const { store } = request;
  passage.kind = store?.kind ?? findKind(request, rule.kind, known.paths);
  passage.count = store?.count ?? 1;
  const isApi = passage.kind === "api";
  // Uploads and deletions count whoever asked: without them, what is stored would drift away from the store.
  if (request.isInternal === true && (isApi || passage.kind === "delivery")) return INTERNAL;
  // A log's own word for it, and what a rule takes of a path, are as long as their writer likes.
  const said = rule.operation ?? store?.operation;
  passage.operation = said === undefined ? (isApi ? "" : operationOf(passage.kind, request)) : cutOperation(said);
  passage.bytesOut = isApi || passage.kind === "delivery" ? request.bytesOut : 0;
  // Of the other kinds none has received bytes: what a job or a service was sent is no traffic of it.
  const receives = isApi || passage.kind === "upload";
  passage.bytesIn = receives ? (store?.bytesIn ?? request.bytesIn) : 0;
  if (isApi) return null;
  passage.assetPath = rule.asset ?? request.path;
  if (passage.assetPath === "") return { reason: "missing-field", detail: "The line has no path or key." };
  if (passage.kind === "upload" || passage.kind === "delete") passage.object = findObject(passage, request);
  return null;
}

function findKind(request: LineRequest, ruled: Passage["kind"] | undefined, paths: KnownPaths): Passage["kind"] {
  const wasDone = request.status !== null && request.status < ERROR_STATUS_MIN;
  if (!wasDone) return "api";
  if (ruled !== undefined) return ruled;
  // A target such as `*` or `example.com:443` is no path, and assets are known by paths that begin with a slash.
  return request.path.startsWith("/") && paths.isStatic(request.path) ? "delivery" : "api";
}

function operationOf(kind: Passage["kind"], { method }: LineRequest): string {
  return kind === "delete" ? "DELETE" : method;
}

/** What becomes of the object. Web servers say its size by the bytes received, where they log them. */
function findObject(passage: Passage, request: LineRequest): Passage["object"] {
  const { store } = request;
  const after =
    store !== null
      ? store.object
      : passage.kind === "delete"
        ? { size: 0, exists: false }
        : request.bytesIn > 0
          ? { size: request.bytesIn, exists: true }
          : "unknown";
  if (after === null) return null;
  // The bucket cannot hold a NUL, so the first one ends it.
  const key = `${passage.bucket ?? ""}\0${passage.assetPath}`;
  const change = after === "unknown" ? { key, size: null, exists: true } : { key, ...after };
  return store?.upload === undefined ? change : { ...change, upload: store.upload };
}
