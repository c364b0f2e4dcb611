/**
 * TypeBox schemas of V2, for OpenAPI only: nothing is checked or printed by them.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import { Type } from "typebox";
import { buildMoreResponses } from "../answer-schemas.ts";
import { SCOPES } from "./parameters.ts";
import { LOOK_BACK_NAMES, STEP_NAMES } from "./windows.ts";

const text = (description: string) => Type.Optional(Type.String({ description }));

/** The parameters of every V2 endpoint. */
export const ScopedQueryFields = {
  scope: text(`One of ${SCOPES.join(", ")}; org when left out.`),
  id: text("The workspace or repo; for org the own organization, or left out."),
  window: text(`How far back: ${LOOK_BACK_NAMES.join(", ")}; 24h when left out.`),
  timeBucketSize: text(`Length of the steps: ${STEP_NAMES.join(", ")}; by window when left out.`),
  bucketId: text("Only this bucket."),
} as const;

const FigureFields = {
  uplBytes: Type.Integer({ description: "Bytes uploaded." }),
  dwlBytes: Type.Integer({ description: "Bytes downloaded." }),
  sizeChange: Type.Integer({ description: "Bytes by which what is stored grew; may be negative." }),
  latencyMs: Type.Literal(0),
  requests: Type.Integer({ description: "API requests, downloads, uploads and deletions." }),
} as const;

const Series = Type.Array(Type.Object({ ts: Type.Integer({ description: "UNIX seconds." }), ...FigureFields }));
const Meta = Type.Object({}, { additionalProperties: true });

/** The responses of `/v2/stats/storage`. */
export const STORAGE_RESPONSES = buildMoreResponses(
  Type.Object({
    success: Type.Literal(true),
    meta: Meta,
    summary: Type.Object(
      {
        total: Type.Integer(),
        avg: Type.Number(),
        stdDev: Type.Number(),
        min: Type.Integer(),
        max: Type.Integer(),
        p10: Type.Number(),
        p50: Type.Number(),
        p90: Type.Number(),
      },
      { description: "Of the bytes up and down of each step." },
    ),
    series: Series,
  }),
  { description: "Every step of the window.", notFound: "The scope or the bucket." },
);

/** The responses of the breakdowns. */
export const BREAKDOWN_RESPONSES = buildMoreResponses(
  Type.Object({
    success: Type.Literal(true),
    meta: Meta,
    summary: Type.Object({ total: Type.Integer() }),
    entities: Type.Array(
      Type.Object({
        entityId: Type.String(),
        entityName: Type.String(),
        totals: Type.Object(FigureFields),
        series: Type.Optional(Series),
      }),
    ),
  }),
  { description: "One page, those with the most bytes first.", notFound: "The scope or the bucket." },
);
