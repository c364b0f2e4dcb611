/**
 * GET /usage/v1/receipts: what became of single events by their ids, or the last refused and duplicate records of a
 * source. For a sender that lost an answer, and for whoever asks why a number is smaller than expected.
 */
import { Type } from "typebox";
import type { Corrections, RememberedEvent } from "../../model/correction.ts";
import type { Route } from "../../model/route.ts";
import type { KeptRejection } from "../../model/source.ts";
import { formatTime } from "../../model/time-range.ts";
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";
import type { DialectDeps } from "../dialect.ts";
import { maySeeRecordsOf } from "./sources.ts";

/** The part of DialectDeps that this route needs. */
export type ReceiptDeps = Pick<DialectDeps, "catalog" | "readRejected" | "readDuplicates"> & {
  readonly corrections: Corrections;
};

/** Ids of one request, at most: what fits a request line. */
const IDS_MAX = 100;

const QUERY = Type.Object(
  {
    source: Type.String({ minLength: 1, maxLength: 255, description: "The source of the events." }),
    id: Type.Optional(
      Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { maxItems: IDS_MAX })], {
        description: `An event's id; up to ${IDS_MAX} of them as \`id=a&id=b\`. Without one: the last refused and duplicate records.`,
      }),
    ),
  },
  { additionalProperties: false },
);

const NULLABLE_TIME = Type.Union([Type.String({ format: "date-time" }), Type.Null()]);

const EVENT = Type.Object({
  id: Type.String(),
  result: Type.Union(
    ["accepted", "voided", "rejected", "unknown"].map((result) => Type.Literal(result)),
    {
      description:
        "`accepted`: counts. `voided`: was accepted and taken back. `rejected`: among the kept refused records. " +
        "`unknown`: never accepted, or its single row has been dropped.",
    },
  ),
  received_at: NULLABLE_TIME,
  time: NULLABLE_TIME,
  kind: Type.Union([Type.String(), Type.Null()]),
  count: Type.Optional(Type.Integer()),
  bytes_in: Type.Optional(Type.Integer()),
  bytes_out: Type.Optional(Type.Integer()),
  size_delta: Type.Optional(Type.Integer()),
  objects_delta: Type.Optional(Type.Integer()),
  corrections: Type.Array(Type.Integer(), { description: "Numbers of the corrections that changed it." }),
  duplicates_kept: Type.Integer({ description: "How often it came again, as far as duplicates are kept." }),
  reason: Type.Union([Type.String(), Type.Null()]),
  detail: Type.Union([Type.String(), Type.Null()]),
});

const KEPT = Type.Object({
  id: Type.Union([Type.String(), Type.Null()]),
  result: Type.Union([Type.Literal("rejected"), Type.Literal("duplicate")]),
  received_at: Type.String({ format: "date-time" }),
  reason: Type.Union([Type.String(), Type.Null()]),
  detail: Type.Union([Type.String(), Type.Null()]),
  position: Type.String({ description: "Where the record stood in what was sent." }),
  text: Type.String({ description: "The first kilobyte of the record, secrets removed." }),
});

type ReceiptParameters = { readonly principal: Principal; readonly source: string; readonly ids: readonly string[] };

/** Builds the route. */
export function buildReceiptsRoute(deps: ReceiptDeps): Route<ReceiptParameters> {
  return {
    method: "GET",
    path: "/usage/v1/receipts",
    scope: "stats:read",
    summary: "What became of events: by id, or the last refused and duplicate ones of a source",
    query: QUERY,
    responses: {
      200: {
        description: "One entry per id, in order; or the kept records, newest first",
        schema: Type.Object({ source: Type.String(), receipts: Type.Array(Type.Union([EVENT, KEPT])) }),
      },
      401: { description: "No valid token" },
      403: { description: "The token lacks the scope" },
      404: { description: "No such source" },
      503: { description: "The store does not answer" },
    },
    readParameters: ({ principal, values, query }) => {
      if (principal === null) throw new AppError("access/no-token", "This request needs a token.");
      return { principal, source: String(values.source), ids: query.getAll("id") };
    },
    answer: async (asked) => ({ status: 200, body: await readReceipts(asked, deps) }),
  };
}

async function readReceipts({ principal, source, ids }: ReceiptParameters, deps: ReceiptDeps) {
  const { organization } = principal;
  const [known, rejected, duplicates, events] = await Promise.all([
    deps.catalog.readSource(organization, source),
    deps.readRejected(organization, source),
    deps.readDuplicates(organization, source),
    deps.corrections.lookUp(organization, source, ids),
  ]);
  const isKnown = known !== null || rejected.length > 0;
  if (!isKnown || !maySeeRecordsOf(principal, known?.space ?? null)) {
    throw new AppError("catalog/not-found", "There is no source of this name.");
  }
  if (ids.length === 0) {
    const kept = [...rejected, ...duplicates].sort((a, b) => b.receivedMs - a.receivedMs);
    return { source, receipts: kept.map(fromKept) };
  }
  const receipts = ids.map((id, index) => {
    const refusal = rejected.find((record) => record.id === id);
    const again = duplicates.filter((record) => record.id === id).length;
    return { id, ...fromEvent(events[index] ?? null, refusal), duplicates_kept: again };
  });
  return { source, receipts };
}

function fromEvent(event: RememberedEvent | null, refusal: KeptRejection | undefined) {
  if (event === null) {
    return {
      result: refusal === undefined ? "unknown" : "rejected",
      received_at: refusal === undefined ? null : formatTime(refusal.receivedMs),
      time: null,
      kind: null,
      corrections: [],
      reason: refusal?.reason ?? null,
      detail: refusal?.detail ?? null,
    };
  }
  return {
    result: event.counts ? "accepted" : "voided",
    received_at: formatTime(event.receivedMs),
    time: formatTime(event.timeMs),
    kind: event.kind,
    count: event.count,
    bytes_in: event.bytesIn,
    bytes_out: event.bytesOut,
    size_delta: event.sizeDelta,
    objects_delta: event.objectsDelta,
    corrections: event.corrections,
    reason: null,
    detail: null,
  };
}

function fromKept({ id, receivedMs, reason, detail, position, text }: KeptRejection) {
  const isDuplicate = reason === "duplicate";
  return {
    id: id ?? null,
    result: isDuplicate ? "duplicate" : "rejected",
    received_at: formatTime(receivedMs),
    reason: isDuplicate ? null : reason,
    detail: isDuplicate ? null : detail,
    position,
    text,
  };
}
