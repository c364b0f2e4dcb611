/**
 * GET /v1/spaces/:space_id/statistics/:date: API requests of one space and the bytes of their answers, per day of the
 * month that a date lies in.
 * @see https://www.storyblok.com/docs/api/management/statistics/retrieve-statistics-by-date "Retrieve Statistics by Date", read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { parseDay } from "../../../model/time-range.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { buildDateError, calendarMonth } from "../dates.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readSpaceTraffic } from "./space-traffic.ts";
import type { SpaceTrafficRow } from "./traffic-rows.ts";

type Parameters = SpaceParameters & { readonly dayMs: number };

/** One day. */
const DayRowSchema = Type.Object({
  id: Type.Integer({ description: "The date as a number, 20260316." }),
  counting: Type.Integer({ description: "API requests." }),
  total_bytes: Type.Union([Type.Integer(), Type.Null()], { description: "Null: not completely received yet." }),
  created_at: Type.String({ format: "date" }),
});

/** The route. */
export function buildSpaceByDateRoute(deps: StoryblokDeps): Route<Parameters> {
  return {
    method: "GET",
    path: "/v1/spaces/:space_id/statistics/:date",
    scope: "stats:read",
    summary: "Retrieve statistics by date",
    description: "The whole calendar month (UTC) that the date lies in: one row per day with data.",
    pathParameters: Type.Object({ ...SpacePathSchema.properties, date: Type.String({ format: "date" }) }),
    responses: {
      200: { description: "The days.", schema: Type.Object({ statistics: Type.Array(DayRowSchema) }) },
      400: { description: "The date cannot be read." },
      404: { description: "The space does not exist, or the token is not for it." },
    },
    readParameters(request) {
      const space = toSpaceParameters(request);
      const dayMs = parseDay(request.params.date ?? "");
      if (dayMs === null) throw buildDateError();
      return { ...space, dayMs };
    },
    async answer({ principal, space, dayMs }) {
      await readVisibleSpace(deps.catalog, principal, space);
      const { organization } = principal;
      const { rows } = await readSpaceTraffic(deps, { organization, space, range: calendarMonth(dayMs), group: "day" });
      return { status: 200, body: { statistics: rows.map(toDayRow) } };
    },
  };
}

/** A day as it is shown; its id is the same in every answer and unique within the space. */
export function toDayRow({ date, api_requests, total_bytes }: SpaceTrafficRow) {
  return { id: Number(date.replaceAll("-", "")), counting: api_requests, total_bytes, created_at: date };
}
