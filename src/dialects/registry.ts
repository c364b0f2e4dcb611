/**
 * The list of dialects. A new vendor is a folder beside these and one line here.
 */
import { INTERNAL_REQUEST_HEADER, marksInternal } from "../model/internal-request.ts";
import type { Dialect, DialectDeps } from "./dialect.ts";
import { buildFilespinDialect } from "./filespin/filespin-dialect.ts";
import { buildFlashbackDialect } from "./flashback/flashback-dialect.ts";
import { buildNativeDialect } from "./native/native.ts";
import { buildStoryblokDialect } from "./storyblok/storyblok.ts";

/** Every dialect, in the order in which OpenAPI lists them. */
export function buildDialects(deps: DialectDeps): readonly Dialect[] {
  return [
    buildNativeDialect(deps),
    buildStoryblokDialect(deps),
    buildFlashbackDialect(deps),
    buildFilespinDialect(deps),
  ];
}

/** True for a request that says it is the platform's own: it is counted neither as an API request nor as a delivery. */
export function isInternalRequest(headers: Readonly<Record<string, string | undefined>>): boolean {
  return marksInternal(headers[INTERNAL_REQUEST_HEADER]);
}
