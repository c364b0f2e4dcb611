/**
 * POST and GET /usage/v1/corrections, and …/:number/revert: taking accepted usage back or replacing it, with a preview,
 * a reason and an author; and taking that back.
 */
import { Type } from "typebox";
import type { Correction, CorrectionAnswer, CorrectionRequest, Corrections } from "../../model/correction.ts";
import type { Route } from "../../model/route.ts";
import { formatTime } from "../../model/time-range.ts";
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";
import { authorOf, readCorrectionRequest, readReason } from "./correction-input.ts";

/** The part of DialectDeps that these routes need. */
export type CorrectionDeps = {
  readonly corrections: Corrections;
  readonly limits: { readonly batchRecordsMax: number };
};

const CHANGE = Type.Object({
  count: Type.Integer(),
  bytes_in: Type.Integer(),
  bytes_out: Type.Integer(),
  size_delta: Type.Integer(),
  objects_delta: Type.Integer(),
});

const MADE = Type.Object({
  number: Type.Union([Type.Integer(), Type.Null()], { description: "Null for a preview and when nothing changed." }),
  dry_run: Type.Boolean(),
  source: Type.String(),
  events: Type.Integer({ description: "Events that were changed; void and unknown ones are not among them." }),
  change: CHANGE,
  ids: Type.Array(Type.Object({ id: Type.String(), changed: Type.Boolean() })),
});

const TIME_OR_NULL = Type.Union([Type.String({ format: "date-time" }), Type.Null()]);

const LISTED = Type.Object({
  number: Type.Integer(),
  action: Type.Union([Type.Literal("void"), Type.Literal("replace")]),
  source: Type.String(),
  start: TIME_OR_NULL,
  end: TIME_OR_NULL,
  events: Type.Integer(),
  reason: Type.String(),
  author: Type.String(),
  made_at: Type.String({ format: "date-time" }),
  reverted: Type.Union([
    Type.Null(),
    Type.Object({ reason: Type.String(), author: Type.String(), at: Type.String({ format: "date-time" }) }),
  ]),
});

const BODY = Type.Object({
  action: Type.Union([Type.Literal("void"), Type.Literal("replace")]),
  source: Type.Optional(Type.String({ description: "For void: whose events." })),
  ids: Type.Optional(Type.Array(Type.String(), { description: "For void: these events." })),
  start: Type.Optional(Type.String({ description: "For void: all events of the source from this moment …" })),
  end: Type.Optional(Type.String({ description: "… up to and without this one." })),
  events: Type.Optional(Type.Array(Type.Unknown(), { description: "For replace: CloudEvents with the old ids." })),
  reason: Type.String({ description: "Why. Kept and listed." }),
  dry_run: Type.Optional(Type.Boolean({ description: "Answer what would change, and change nothing." })),
});

const REASON = Type.Object({ reason: Type.String({ description: "Why. Kept and listed." }) });

const REFUSALS = {
  401: { description: "No valid token" },
  403: { description: "The token lacks the scope, or is limited to spaces" },
  503: { description: "The store does not answer; nothing was changed" },
};

/** Makes a correction. */
export function buildCorrectRoute({ corrections, limits }: CorrectionDeps): Route<CorrectionRequest> {
  return {
    method: "POST",
    path: "/usage/v1/corrections",
    scope: "admin",
    summary: "Void or replace accepted usage",
    description:
      "Every number follows at once; the events themselves stay and stay known, so sending them again changes nothing.",
    body: { mediaTypes: ["application/json"], schema: BODY },
    responses: {
      200: { description: "What was changed", schema: MADE },
      400: { description: "The correction cannot be made as put; nothing was changed" },
      409: { description: "The single events of the range have been dropped" },
      ...REFUSALS,
    },
    readParameters: ({ principal, body }) =>
      readCorrectionRequest(body, requireWholeOrganization(principal), limits.batchRecordsMax),
    answer: async (request) => ({ status: 200, body: fromAnswer(await corrections.correct(request), request) }),
  };
}

/** Lists corrections, newest first. */
export function buildCorrectionsRoute({ corrections }: CorrectionDeps): Route<Principal> {
  return {
    method: "GET",
    path: "/usage/v1/corrections",
    scope: "admin",
    summary: "Every correction, newest first",
    query: Type.Object({}, { additionalProperties: false }),
    responses: {
      200: { description: "Corrections", schema: Type.Object({ corrections: Type.Array(LISTED) }) },
      ...REFUSALS,
    },
    readParameters: ({ principal }) => requireWholeOrganization(principal),
    answer: async ({ organization }) => {
      const listed = await corrections.list(organization);
      return { status: 200, body: { corrections: listed.map(fromCorrection) } };
    },
  };
}

/** Takes a correction back. */
export function buildRevertRoute({
  corrections,
}: CorrectionDeps): Route<{ principal: Principal; number: number; reason: string }> {
  return {
    method: "POST",
    path: "/usage/v1/corrections/:number/revert",
    scope: "admin",
    summary: "Take a correction back",
    description: "Every number is what it would be without the correction. Later ones of the same events go first.",
    pathParameters: Type.Object({ number: Type.Integer({ minimum: 1, description: "The correction's number." }) }),
    body: { mediaTypes: ["application/json"], schema: REASON },
    responses: {
      200: { description: "The correction as it stands now", schema: LISTED },
      404: { description: "No such correction" },
      409: { description: "Reverted already, or a later correction changed the same events" },
      ...REFUSALS,
    },
    readParameters: ({ principal, params, body }) => ({
      principal: requireWholeOrganization(principal),
      number: Number(params.number),
      reason: readReason(body),
    }),
    answer: async ({ principal, number, reason }) => {
      const order = { organization: principal.organization, number, reason, author: authorOf(principal) };
      return { status: 200, body: fromCorrection(await corrections.revert(order)) };
    },
  };
}

/** A correction may touch usage of every space: only who may see all of them may make or list one. */
function requireWholeOrganization(principal: Principal | null): Principal {
  if (principal === null) throw new AppError("access/no-token", "This request needs a token.");
  if (principal.spaces !== null) {
    throw new AppError("access/forbidden", "Corrections need a token that is not limited to spaces.");
  }
  return principal;
}

function fromAnswer({ number, source, events, change, ids }: CorrectionAnswer, { isPreview }: CorrectionRequest) {
  return {
    number,
    dry_run: isPreview,
    source,
    events,
    change: {
      count: change.count,
      bytes_in: change.bytesIn,
      bytes_out: change.bytesOut,
      size_delta: change.sizeDelta,
      objects_delta: change.objectsDelta,
    },
    ids: ids.map(({ id, isChanged }) => ({ id, changed: isChanged })),
  };
}

function fromCorrection({ number, action, source, range, events, reason, author, madeMs, reverted }: Correction) {
  return {
    number,
    action,
    source,
    start: range === null ? null : formatTime(range.startMs),
    end: range === null ? null : formatTime(range.endMs),
    events,
    reason,
    author,
    made_at: formatTime(madeMs),
    reverted:
      reverted === null ? null : { reason: reverted.reason, author: reverted.author, at: formatTime(reverted.timeMs) },
  };
}
