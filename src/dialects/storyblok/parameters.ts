/**
 * What a request says beside its path, in every place and form that Storyblok's pages and packages use: query string,
 * form and JSON body become one object of parameters. What a value means is in wire-values.ts and with the routes.
 */
import { Type } from "typebox";
import type { RouteBody, RouteRequest } from "../../model/route.ts";
import { AppError } from "../../platform/errors.ts";

/** Parameters by name: texts of a query or form, anything that JSON has of a body. Without a prototype. */
export type WireParameters = Readonly<Record<string, unknown>>;

/** `k[a][b]` and deeper is read up to here; a deeper name counts as an unknown parameter. */
const NESTING_MAX = 5;

/** A body that is JSON or a form. Its schema says that it is an object; which keys it has stands with the route. */
export const PARAMETERS_BODY: RouteBody = {
  mediaTypes: ["application/json", "application/x-www-form-urlencoded"],
  schema: Type.Object({}, { additionalProperties: true }),
};

/**
 * The parameters of a POST or DELETE, merged from query string, form and JSON body; of two that share a name the one in
 * the body counts. Throws `request/body-malformed` for JSON that is no object.
 */
export function readParameters(request: RouteRequest): WireParameters {
  return Object.assign(Object.create(null), readForm(request.query), readBody(request));
}

/** The parameters of a PUT or PATCH: those of the body alone, so that no query string changes a record. */
export function readBody({ body }: RouteRequest): WireParameters {
  if (body === undefined) return Object.create(null);
  if (body instanceof URLSearchParams) return readForm(body);
  const object = toObject(body);
  if (object === null) throw new AppError("request/body-malformed", "Invalid request body");
  return object;
}

/** The object under `name`, or all parameters where there is none: the pages print bodies with and without a wrapper. */
export function unwrap(parameters: WireParameters, name: string): WireParameters {
  return toObject(parameters[name]) ?? parameters;
}

/** The value as an object; null for lists and everything else. */
export function toObject(value: unknown): WireParameters | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as WireParameters) : null;
}

/** A query string or form as an object: `k=1&k=2` and `k[]=1&k[]=2` become lists, `k[a]=1` an object. */
export function readForm(form: URLSearchParams): WireParameters {
  const parameters: Record<string, unknown> = Object.create(null);
  for (const [name, value] of form) {
    const [, first, rest = ""] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
    const keys = [first ?? name, ...[...rest.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? "")];
    if (keys.length <= NESTING_MAX) setValue(parameters, keys, value);
  }
  return parameters;
}

/** Sets one value; an empty last key means one more item of a list, an empty key before it is not read. */
function setValue(parameters: Record<string, unknown>, keys: readonly string[], value: string): void {
  const isItem = keys.length > 1 && keys.at(-1) === "";
  const path = isItem ? keys.slice(0, -1) : keys;
  let object = parameters;
  for (const key of path.slice(0, -1)) {
    object[key] = toObject(object[key]) ?? Object.create(null);
    object = object[key] as Record<string, unknown>;
  }
  const key = path.at(-1)!;
  const before = object[key];
  if (Array.isArray(before)) before.push(value);
  else if (typeof before === "string") object[key] = [before, value];
  else object[key] = isItem ? [value] : value;
}
