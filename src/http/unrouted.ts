/**
 * Requests that no route took: is the path unknown, or only the method?
 */
import type { Route } from "../model/route.ts";
import { AppError } from "../platform/errors.ts";
import type { MountedDialect } from "./mounted-dialect.ts";

/** Finds out which methods a path answers: ascending, empty for an unknown path. */
export type AllowedMethods = (path: string) => readonly string[];

/** Every path that a route answers at: its own, and the one under the dialect's fixed prefix. */
export function listPaths(dialect: MountedDialect, route: Route): readonly string[] {
  return dialect.mountedUnder === null ? [route.path] : [route.path, dialect.mountedUnder + route.path];
}

/** What one method answers at: the segments of a path, parameters among them. */
type Pattern = { readonly method: string; readonly segments: readonly string[] };

/**
 * What a path answers. One that a route spells out is that route's alone: `/bucket/stats` is not the bucket called `stats`,
 * whatever `PUT /bucket/:id` does. Other paths are compared by number of segments first: this runs for unknown paths only,
 * of which scanners send many.
 */
export function buildAllowedMethods(dialects: readonly MountedDialect[]): AllowedMethods {
  const patterns = listPatterns(dialects);
  const spelledOut = Map.groupBy(patterns.filter(isSpelledOut), ({ segments }) => segments.join("/"));
  return (path) => {
    const segments = path.split("/");
    const methods = new Set<string>();
    for (const { method } of spelledOut.get(path) ??
      patterns.filter((pattern) => matches(pattern.segments, segments))) {
      methods.add(method);
      if (method === "GET") methods.add("HEAD");
    }
    return [...methods].sort();
  };
}

/**
 * The methods that a spelled-out path does not answer, but would by a parameter of another route. The router takes them for
 * that route's: without a refusal of their own, `DELETE /bucket/stats` would remove the bucket of this id.
 */
export function listRefused(
  dialects: readonly MountedDialect[],
): readonly { readonly method: string; readonly path: string }[] {
  const patterns = listPatterns(dialects);
  const open = patterns.filter((pattern) => !isSpelledOut(pattern));
  return [...Map.groupBy(patterns.filter(isSpelledOut), ({ segments }) => segments.join("/"))].flatMap(
    ([path, own]) => {
      const segments = path.split("/");
      const taken = open.filter((pattern) => matches(pattern.segments, segments)).map(({ method }) => method);
      return [...new Set(taken).difference(new Set(own.map(({ method }) => method)))].map((method) => ({
        method,
        path,
      }));
    },
  );
}

function listPatterns(dialects: readonly MountedDialect[]): readonly Pattern[] {
  return dialects.flatMap((dialect) =>
    dialect.routes.flatMap((route) =>
      listPaths(dialect, route).map((path) => ({ method: route.method, segments: path.split("/") })),
    ),
  );
}

function isSpelledOut({ segments }: Pattern): boolean {
  return segments.every((part) => part !== "*" && !part.includes(":"));
}

/** A segment that begins with one colon takes any text but none; a final `*` takes the rest. `::` is a real colon. */
function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  const open = pattern.at(-1) === "*";
  if (open ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((part, index) => {
    const segment = segments[index]!;
    if (part === "*" && index === pattern.length - 1) return true;
    if (part.startsWith(":") && !part.startsWith("::")) return segment !== "";
    return part.replaceAll("::", ":") === segment;
  });
}

/** Who opens a server's bare address in a browser wants to know what it answers. */
const NOTHING_BUT_DOCS = "There is nothing at this path; /docs shows every endpoint.";

/** What is wrong with a request that no route took. */
export function buildUnrouted(allowedMethods: readonly string[], method: string, path: string): AppError {
  return allowedMethods.length === 0
    ? new AppError("request/not-found", path === "/" ? NOTHING_BUT_DOCS : "There is nothing at this path.")
    : new AppError(
        "request/method-not-allowed",
        `This path does not answer ${method}; it answers ${allowedMethods.join(", ")}.`,
      );
}
