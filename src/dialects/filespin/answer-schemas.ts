/**
 * TypeBox schemas of FileSpin's answers, for OpenAPI only: nothing is checked or printed by them.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */
import { type TSchema, Type } from "typebox";
import { CDN_SUBTYPES, STAT_TYPES } from "./stat-type.ts";

const USER_KEY = "`*` for the whole user group, else the id of a user";

/** A figure: an integer, with all its digits above 2^53-1 too. */
const FIGURE = Type.Integer();

const Group = Type.Integer({ description: "The organization." });
const Period = Type.Integer({ description: "Hours that the figures look back." });

/** The answer of a time series. */
export const TimeSeriesSchema = Type.Object({
  usergroup_id: Group,
  stat_type: Type.Union(STAT_TYPES.map((type) => Type.Literal(type))),
  stat_subtype: Type.Union([Type.String(), Type.Null()], { description: "As sent; null when it was not sent." }),
  start_time: Type.String({ description: "UNIX seconds, as sent or the default." }),
  end_time: Type.String({ description: "UNIX seconds, as sent or the default." }),
  data: Type.Record(
    Type.String(),
    Type.Array(
      Type.Object({ timestamp: Type.Integer({ description: "Start of the window, UNIX seconds." }), value: FIGURE }),
    ),
    { description: `Exactly one key: ${USER_KEY}.` },
  ),
});

/** The answer of a snapshot. */
export const SnapshotSchema = Type.Object({
  usergroup_id: Group,
  period: Period,
  data: Type.Record(
    Type.String(),
    Type.Record(Type.String(), FIGURE, { description: "Keys in ascending order of their code points." }),
    { description: `By user: ${USER_KEY}.` },
  ),
});

/** The answer of the cdn snapshot. */
export const CdnSnapshotSchema = Type.Object({
  type: Type.Union(CDN_SUBTYPES.map((subtype) => Type.Literal(subtype))),
  period: Period,
  cdn: Type.String({ description: "Host name that the CDN of the user group delivers from." }),
  data: Type.Object({ sum: FIGURE }),
});

/** The body of every error. */
export const ErrorSchema = Type.Object({ status: Type.Literal("ERROR"), message: Type.String() });

/** The responses of a stats endpoint that answers `schema`. */
export function buildResponses(
  schema: TSchema,
): Readonly<Record<number, { readonly description: string; readonly schema: TSchema }>> {
  return {
    200: { description: "The figures.", schema },
    400: { description: "A bad parameter.", schema: ErrorSchema },
    401: { description: "No valid credential.", schema: ErrorSchema },
    403: { description: "Figures of the group, or of another user, without the role ADMIN.", schema: ErrorSchema },
  };
}
