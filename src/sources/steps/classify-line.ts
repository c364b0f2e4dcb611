/**
 * Step classify-line: decides what a log line is about. The default rule: a static file that was sent is a delivery,
 * everything else is an API request. Events say their kind themselves.
 */
import { hasStaticExtension } from "../access-log/static-extensions.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";

/** Statuses from here on sent no file: nothing was delivered. */
const ERROR_STATUS_MIN = 400;

/**
 * Sets kind, operation and path. Method and status 304 make no difference: HEAD requests and revalidations are
 * deliveries of the bytes logged, which are 0; without them a CDN that revalidates would look idle.
 */
export function classifyLine(passage: Passage): Rejection | null {
  const { request } = passage;
  if (request === null) return null;
  const wasSent = request.status !== null && request.status < ERROR_STATUS_MIN;
  // A target such as `*` or `example.com:443` is no path, and assets are known by paths that begin with a slash.
  if (wasSent && request.path.startsWith("/") && hasStaticExtension(request.path)) {
    passage.kind = "delivery";
    passage.operation = request.method;
    passage.assetPath = request.path;
  } else {
    passage.kind = "api";
  }
  return null;
}
