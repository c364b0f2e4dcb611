/**
 * GET /usage/v1/sources and …/:name/rejected: what every source has sent, what became of it, and why records were
 * refused. Where somebody looks whose numbers are smaller than expected.
 */
import { Type } from "typebox";
import type { Route } from "../../model/route.ts";
import type { KeptRejection, Source, SourceCounts } from "../../model/source.ts";
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";
import { REJECTION_REASONS, type RejectionReason } from "../../sources/rejection.ts";
import type { DialectDeps } from "../dialect.ts";

/** The part of DialectDeps that these routes need. */
export type SourcesDeps = Pick<DialectDeps, "catalog" | "readSourceCounts" | "readRejected">;

const TIME = Type.Union([Type.String({ format: "date-time" }), Type.Null()]);

const SOURCE = Type.Object({
  name: Type.String(),
  format: Type.Union([Type.String(), Type.Null()], {
    description: "Null where records were refused before there was a source.",
  }),
  space_id: Type.Union([Type.Integer(), Type.Null()], { description: "The space of records that name none." }),
  space: Type.Union([Type.Integer(), Type.Null()], { description: "The same as `space_id`." }),
  received: Type.Integer({ description: "accepted + duplicates + rejected, always." }),
  accepted: Type.Integer(),
  late: Type.Integer({ description: "Accepted ones that were older than the source's lateness bound." }),
  duplicates: Type.Integer(),
  rejected: Type.Integer(),
  rejected_by_reason: Type.Record(Type.String(), Type.Integer()),
  first_event_time: TIME,
  last_event_time: TIME,
  watermark: Type.Union([Type.String({ format: "date-time" }), Type.Null()], {
    description: "For a log that arrives over time: up to when it has arrived. Null for any other source.",
  }),
});

const REJECTED = Type.Object({
  received_at: Type.String({ format: "date-time" }),
  reason: Type.String({ description: "A code that never changes." }),
  meaning: Type.String({ description: "The reason in words." }),
  detail: Type.String({ description: "What was wrong with this record." }),
  position: Type.String({ description: "Where the record stood in what was sent." }),
  text: Type.String({ description: "The first bytes of the record, secrets removed." }),
  replayable: Type.Boolean({ description: "Whether `POST /usage/v1/sources/:name/replay` takes it in again." }),
});

const REFUSALS = {
  401: { description: "No valid token" },
  403: { description: "The token lacks the scope" },
  503: { description: "Store or catalogue does not answer" },
};

/** Counts per source. A source that was set up and has sent nothing is listed with zeros: nothing of it was lost. */
export function buildSourcesRoute({ catalog, readSourceCounts }: SourcesDeps): Route<Principal> {
  return {
    method: "GET",
    path: "/usage/v1/sources",
    scope: "stats:read",
    summary: "What every source has sent and what became of it",
    description: "By name. A token that is limited to spaces sees the sources of these spaces only.",
    query: Type.Object({}, { additionalProperties: false }),
    responses: {
      200: { description: "Counts per source", schema: Type.Object({ sources: Type.Array(SOURCE) }) },
      ...REFUSALS,
    },
    readParameters: ({ principal }) => requirePrincipal(principal),
    answer: async (principal) => {
      const [sources, counts] = await Promise.all([
        catalog.listSources(principal.organization),
        readSourceCounts(principal.organization),
      ]);
      const listed = joinCounts(sources, counts).filter(({ space }) => maySeeRecordsOf(principal, space));
      return { status: 200, body: { sources: listed.map(fromSourceState) } };
    },
  };
}

/** The last refused records of one source, newest first. */
export function buildRejectedRoute({
  catalog,
  readRejected,
}: SourcesDeps): Route<{ principal: Principal; name: string }> {
  return {
    method: "GET",
    path: "/usage/v1/sources/:name/rejected",
    scope: "stats:read",
    summary: "The last records of a source that were refused, newest first",
    description: "At most 100 are kept. A slash in the source's name is written `%2F`.",
    query: Type.Object({}, { additionalProperties: false }),
    pathParameters: Type.Object({ name: Type.String({ minLength: 1, description: "The source's name." }) }),
    responses: {
      200: {
        description: "Refused records",
        schema: Type.Object({ source: Type.String(), rejected: Type.Array(REJECTED) }),
      },
      404: { description: "No such source" },
      ...REFUSALS,
    },
    readParameters: ({ principal, params }) => ({ principal: requirePrincipal(principal), name: params.name ?? "" }),
    answer: async ({ principal, name }) => {
      const [source, rejected] = await Promise.all([
        catalog.readSource(principal.organization, name),
        readRejected(principal.organization, name),
      ]);
      const isKnown = source !== null || rejected.length > 0;
      if (!isKnown || !maySeeRecordsOf(principal, source?.space ?? null)) {
        throw new AppError("catalog/not-found", "There is no source of this name.");
      }
      return { status: 200, body: { source: name, rejected: rejected.map(fromRejection) } };
    },
  };
}

function requirePrincipal(principal: Principal | null): Principal {
  if (principal === null) throw new AppError("access/no-token", "This request needs a token.");
  return principal;
}

/** A source without a space of its own carries records of every space: only who may see all of them may see it. */
export function maySeeRecordsOf({ spaces }: Principal, space: number | null): boolean {
  return spaces === null || (space !== null && spaces.includes(space));
}

/** A source as it was set up, and what it has sent; either half may be missing. */
type SourceState = {
  readonly name: string;
  readonly format: string | null;
  readonly space: number | null;
  readonly counts: SourceCounts | undefined;
};

/**
 * Sources that were set up and names that records were refused under before there was a source: both, by name. Leaving
 * the second out would hide exactly the records that somebody is looking for.
 */
function joinCounts(sources: readonly Source[], counts: readonly SourceCounts[]): readonly SourceState[] {
  const byName = new Map<string, SourceState>();
  for (const { name, format, space } of sources) byName.set(name, { name, format, space, counts: undefined });
  for (const count of counts) {
    const state = byName.get(count.source) ?? { name: count.source, format: null, space: null };
    byName.set(count.source, { ...state, counts: count });
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function fromSourceState({ counts, ...source }: SourceState): Record<string, unknown> {
  const byReason = counts?.rejected ?? {};
  return {
    ...source,
    space_id: source.space,
    received: counts?.received ?? 0,
    accepted: counts?.accepted ?? 0,
    late: counts?.late ?? 0,
    duplicates: counts?.duplicates ?? 0,
    rejected: Object.values(byReason).reduce((sum, count) => sum + count, 0),
    rejected_by_reason: byReason,
    first_event_time: toTime(counts?.firstEventMs),
    last_event_time: toTime(counts?.lastEventMs),
    watermark: toTime(counts?.watermarkMs),
  };
}

function fromRejection(rejection: KeptRejection): Record<string, unknown> {
  const { receivedMs, reason, detail, position, text, canReplay = false } = rejection;
  const meaning = REJECTION_REASONS[reason as RejectionReason] ?? "";
  return { received_at: toTime(receivedMs), reason, meaning, detail, position, text, replayable: canReplay };
}

function toTime(timeMs: number | null | undefined): string | null {
  return timeMs === null || timeMs === undefined ? null : new Date(timeMs).toISOString();
}
