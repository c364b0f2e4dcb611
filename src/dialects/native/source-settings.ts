/**
 * POST /usage/v1/sources, GET and PATCH /usage/v1/sources/:name: sources as things, with their settings.
 */
import { Type } from "typebox";
import type { Route, RouteRequest } from "../../model/route.ts";
import { OTHER_SOURCE } from "../../model/source.ts";
import { toSourceJson } from "../../model/source-json.ts";
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";
import {
  findMissingSetting,
  isLogFormat,
  type ParsedSettings,
  parseSettings,
  withFollowDefaults,
} from "../../sources/rules/parse-settings.ts";
import type { DialectDeps } from "../dialect.ts";
import { requireOperator } from "./require-operator.ts";
import { requireReach } from "./source-reach.ts";
import { maySeeRecordsOf } from "./sources.ts";

type Deps = Pick<DialectDeps, "catalog">;
type LimitedDeps = Pick<DialectDeps, "catalog" | "limits">;
type Change = {
  readonly principal: Principal;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
};

const SOURCE = Type.Object(
  { name: Type.String(), format: Type.String(), space_id: Type.Union([Type.Integer(), Type.Null()]) },
  { description: "The source with all its settings; docs/access-logs.md says what each does." },
);

const BODY = {
  mediaTypes: ["application/json"],
  schema: Type.Object({}, { description: "Settings by name; docs/access-logs.md says what each takes." }),
} as const;

const RESPONSES = {
  400: { description: "A setting is not what it should be; every problem is said" },
  401: { description: "No valid token" },
  403: {
    description: "The token lacks the scope or is not for what the source reaches; only the command line names `paths`",
  },
  404: { description: "No such source or space" },
};

const NAME = Type.Object({ name: Type.String({ minLength: 1, description: "The source's name." }) });

/** Makes a source before its first line comes. A name that is taken is a conflict: nothing is changed by accident. */
export function buildCreateSourceRoute({ catalog, limits }: LimitedDeps): Route<Change> {
  return {
    method: "POST",
    path: "/usage/v1/sources",
    scope: "admin",
    summary: "Make a source of log lines",
    description: "With `name`, `format` and any settings. Sources that nobody makes are made by their first record.",
    body: BODY,
    responses: {
      ...RESPONSES,
      201: { description: "The source", schema: SOURCE },
      409: { description: "There is a source of this name, or there are as many as are allowed" },
    },
    readParameters: (request) => readChange(request, ""),
    answer: async ({ principal, body }) => {
      const { name, format, ...rest } = body;
      if (typeof name !== "string" || name === "") throw invalid(["name must be a text."]);
      if (!isLogFormat(format))
        throw new AppError("sources/unknown-format", `There is no log format ${String(format)}.`);
      const parsed = readSettings(rest, principal);
      const missing = findMissingSetting(format, parsed.settings);
      if (missing !== null) throw invalid([missing]);
      const { organization } = principal;
      requireReach(principal, { space: parsed.space ?? null, rules: parsed.settings.rules ?? [] });
      if ((await catalog.readSource(organization, name)) !== null) {
        throw new AppError("catalog/conflict", `There is a source ${name} already.`);
      }
      const { sourcesPerOrganizationMax: sourcesMax } = limits;
      const choice = { organization, name, format, ...withFollowDefaults(format, parsed) };
      const source = await catalog.ensureSourceWithin(choice, { sourcesMax, uncounted: OTHER_SOURCE });
      if (source === null) {
        throw new AppError("sources/too-many", `The organization has ${sourcesMax} sources already.`);
      }
      return { status: 201, body: toSourceJson(source) };
    },
  };
}

/** One source with its settings. */
export function buildReadSourceRoute({ catalog }: Deps): Route<Change> {
  return {
    method: "GET",
    path: "/usage/v1/sources/:name",
    scope: "stats:read",
    summary: "One source with its settings",
    query: Type.Object({}, { additionalProperties: false }),
    pathParameters: NAME,
    responses: { ...RESPONSES, 200: { description: "The source", schema: SOURCE } },
    readParameters: (request) => readChange({ ...request, body: {} }, request.params.name ?? ""),
    answer: async ({ principal, name }) => {
      const source = await catalog.readSource(principal.organization, name);
      if (source === null || !maySeeRecordsOf(principal, source.space)) throw notFound();
      return { status: 200, body: toSourceJson(source) };
    },
  };
}

/** Changes settings; lines that come afterwards are read with them. Name and format stay. */
export function buildChangeSourceRoute({ catalog }: Deps): Route<Change> {
  return {
    method: "PATCH",
    path: "/usage/v1/sources/:name",
    scope: "admin",
    summary: "Change settings of a source",
    description: "What is not said stays. Lines that were counted before stay counted as they were.",
    pathParameters: NAME,
    body: BODY,
    responses: { ...RESPONSES, 200: { description: "The source as it is then", schema: SOURCE } },
    readParameters: (request) => readChange(request, request.params.name ?? ""),
    answer: async ({ principal, name, body }) => {
      const parsed = readSettings(body, principal);
      const before = await catalog.readSource(principal.organization, name);
      if (before === null || !maySeeRecordsOf(principal, before.space)) throw notFound();
      // What it reaches now counts as well: to change its rules or rate takes usage from whom it reaches.
      requireReach(principal, { space: before.space, rules: before.settings.rules });
      const { space = before.space, settings } = parsed;
      requireReach(principal, { space, rules: settings.rules ?? before.settings.rules });
      const missing = findMissingSetting(before.format, { ...before.settings, ...parsed.settings });
      if (missing !== null) throw invalid([missing]);
      const source = await catalog.updateSource(
        principal.organization,
        name,
        withFollowDefaults(before.format, parsed, before),
      );
      if (source === null) throw notFound();
      return { status: 200, body: toSourceJson(source) };
    },
  };
}

function readChange({ principal, body }: Pick<RouteRequest, "principal" | "body">, name: string): Change {
  if (principal === null) throw new AppError("access/no-token", "This request needs a token.");
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid(["The body must be a JSON object."]);
  return { principal, name, body: body as Readonly<Record<string, unknown>> };
}

/** `paths` are for the operator to name, even where they stay as they are: the server reads whatever they say. */
function readSettings(value: Readonly<Record<string, unknown>>, principal: Principal): ParsedSettings {
  if (value.paths !== undefined) requireOperator(principal);
  const { parsed, problems } = parseSettings(value);
  if (problems.length > 0) throw invalid(problems);
  return parsed;
}

function invalid(problems: readonly string[]): AppError {
  return new AppError("request/invalid", problems.join(" "));
}

function notFound(): AppError {
  return new AppError("catalog/not-found", "There is no source of this name.");
}
