/**
 * POST /usage/v1/sources/:name/replay: the kept refused lines of a source, taken in again after a rule or a setting was
 * put right.
 */
import { Type } from "typebox";
import type { Route } from "../../model/route.ts";
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";
import type { DialectDeps } from "../dialect.ts";
import { maySeeRecordsOf } from "./sources.ts";

const COUNTS = Type.Record(Type.String(), Type.Integer());

const ANSWER = Type.Object({
  source: Type.String(),
  received: Type.Integer({ description: "Lines that were taken in again: accepted + duplicates + rejected." }),
  accepted: Type.Integer(),
  duplicates: Type.Integer({ description: "Lines that had been counted meanwhile, because they were sent again." }),
  rejected: Type.Integer({
    description: "Lines that are refused as before, or for another reason now. They stay kept.",
  }),
  rejected_by_reason: COUNTS,
  not_replayable: Type.Record(Type.String(), Type.Integer(), {
    description: "Kept records of which not enough is kept, by reason. Send the file or the events again.",
  }),
  not_kept: Type.Integer({ description: "Refused records of the source of which nothing is kept any more." }),
});

/** Builds the route. It answers after the last commit; asked twice, the second time changes nothing. */
export function buildReplayRoute({
  catalog,
  replayRejected,
}: Pick<DialectDeps, "catalog" | "replayRejected">): Route<{ readonly principal: Principal; readonly source: string }> {
  return {
    method: "POST",
    path: "/usage/v1/sources/:name/replay",
    scope: "admin",
    summary: "Take the kept refused lines of a source in again",
    description:
      "Under the rules and settings of the source as they are now. Lines that are accepted or known leave the list; " +
      "each keeps its identity, so that the file sent again afterwards gives duplicates.",
    pathParameters: Type.Object({ name: Type.String({ minLength: 1, description: "The source's name." }) }),
    responses: {
      200: { description: "What became of the lines, after the commit", schema: ANSWER },
      401: { description: "No valid token" },
      403: { description: "The token lacks the scope" },
      404: { description: "No such source" },
      409: { description: "The source is paused" },
      503: { description: "Store or catalogue does not answer" },
    },
    readParameters: ({ principal, params }) => {
      if (principal === null) throw new AppError("access/no-token", "This request needs a token.");
      return { principal, source: params.name ?? "" };
    },
    answer: async ({ principal, source }) => {
      const { organization, spaces: allowedSpaces } = principal;
      const known = await catalog.readSource(organization, source);
      if (known === null || !maySeeRecordsOf(principal, known.space)) {
        throw new AppError("catalog/not-found", "There is no source of this name.");
      }
      const totals = await replayRejected({ organization, source, allowedSpaces });
      const { rejectedByReason, notReplayable, notKept, ...counts } = totals;
      const body = { source, ...counts, rejected_by_reason: rejectedByReason };
      return { status: 200, body: { ...body, not_replayable: notReplayable, not_kept: notKept } };
    },
  };
}
