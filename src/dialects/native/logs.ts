/**
 * POST /usage/v1/logs: one access log as the body, of any length, plain or packed. What `assetmeter import` sends when a
 * server has the data directory open, and what a log shipper without events can send.
 */
import { Type } from "typebox";
import type { Route, RouteRequest } from "../../model/route.ts";
import { LOG_FORMATS, type SourceFormat } from "../../model/source.ts";
import { AppError, assertInvariant } from "../../platform/errors.ts";
import type { DialectDeps } from "../dialect.ts";

const QuerySchema = Type.Object(
  {
    source: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: "The stream that the log is a piece of; made when new. Default: the format's name.",
      }),
    ),
    format: Type.Optional(
      Type.Union(
        ["auto" as const, ...LOG_FORMATS].map((format) => Type.Literal(format)),
        { description: "How its lines are written. Default `auto`: as its source is, or as its first lines look." },
      ),
    ),
    space: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: "The space of the lines that no rule gives one. Default: the source's.",
      }),
    ),
    default_space: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          "The space of these lines where the source has none, and does not require its rules to give one. Default: none.",
      }),
    ),
    name: Type.Optional(Type.String({ maxLength: 255, description: "What to call the log where a line is refused." })),
  },
  { additionalProperties: false },
);

const TIME = Type.Union([Type.String({ format: "date-time" }), Type.Null()], {
  description: "Of the oldest and the newest line that was accepted or a duplicate; null without one.",
});

const AnswerSchema = Type.Object({
  source: Type.String({ description: "The source that the lines were counted under." }),
  format: Type.Union([Type.String(), Type.Null()], {
    description:
      "What the lines were taken for; null where only the source says it and the token may not see its records.",
  }),
  received: Type.Integer({ description: "Lines; empty ones and comments are not records." }),
  accepted: Type.Integer(),
  duplicates: Type.Integer(),
  rejected: Type.Integer(),
  rejected_by_reason: Type.Record(Type.String(), Type.Integer()),
  bytes: Type.Integer({ description: "Of the body as it was sent." }),
  late: Type.Integer({ description: "Accepted ones that were older than the source's lateness bound." }),
  first_event_time: TIME,
  last_event_time: TIME,
});

type LogParameters = {
  readonly source: string | null;
  readonly format: SourceFormat | "auto";
  readonly space: number | null;
  readonly defaultSpace: number | null;
  readonly name: string;
};

/** Builds the route. Its answer comes after the last commit; what a broken connection cut off may be sent again. */
export function buildLogsRoute(deps: Pick<DialectDeps, "importLog">): Route<LogParameters> {
  return {
    method: "POST",
    path: "/usage/v1/logs",
    scope: "ingest",
    summary: "Take an access log in",
    description:
      "The body is the log itself, plain, gzip or zstd (told apart by its first bytes). Sending the same log again, " +
      "whole or in part, changes no number.",
    query: QuerySchema,
    body: "stream",
    responses: { 200: { description: "What became of its lines, after the commit.", schema: AnswerSchema } },
    readParameters: ({ values }) => {
      const { source = null, format = "auto", space = null, name = "body" } = values as Partial<LogParameters>;
      const { default_space: defaultSpace = null } = values as { readonly default_space?: number };
      return { source, format, space, defaultSpace, name };
    },
    answer: async (parameters, request) => {
      const { principal } = request;
      assertInvariant(principal !== null, "the route needs a scope");
      const { rejectedByReason, firstEventMs, lastEventMs, ...counts } = await deps.importLog({
        ...parameters,
        organization: principal.organization,
        allowedSpaces: principal.spaces,
        bytes: readBody(request),
      });
      const { source, format, received, accepted, duplicates, rejected, bytes, late } = counts;
      const body = {
        ...{ source, format, received, accepted, duplicates, rejected, rejected_by_reason: rejectedByReason },
        ...{ bytes, late, first_event_time: toIso(firstEventMs), last_event_time: toIso(lastEventMs) },
      };
      return { status: 200, body };
    },
  };
}

function readBody({ body }: RouteRequest): AsyncIterable<Uint8Array> {
  if (body === undefined || body === null) throw new AppError("request/invalid", "Send the log as the request's body.");
  return body as AsyncIterable<Uint8Array>;
}

function toIso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
