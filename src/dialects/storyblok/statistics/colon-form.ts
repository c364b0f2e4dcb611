/**
 * The vendor's pages print two paths with a colon, `/statistics/:all_traffic`, where their samples have none.
 */
import type { Route } from "../../../model/route.ts";

/**
 * A route under its own path and under the one with a colon before the last segment. Two colons in a route's path
 * stand for one that is meant as it is; a single one would make the segment a parameter.
 */
export function withColonForm<Parameters>(route: Route<Parameters>): readonly Route<Parameters>[] {
  const lastSlash = route.path.lastIndexOf("/");
  return [route, { ...route, path: `${route.path.slice(0, lastSlash)}/::${route.path.slice(lastSlash + 1)}` }];
}
