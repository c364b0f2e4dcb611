/**
 * The query string of the API traffic statistics, of an organization and of a space alike.
 */
import { Type } from "typebox";
import { AppError } from "../../../platform/errors.ts";
import { readLast } from "../values.ts";
import { TRAFFIC_GROUPS, type TrafficGroup } from "./traffic-rows.ts";

const DAY_PARAMETERS = {
  start_date: Type.Optional(Type.String({ description: "First day, `YYYY-MM-DD`. Default: one year before the end." })),
  end_date: Type.Optional(Type.String({ description: "Last day, `YYYY-MM-DD`. Default: today." })),
};

/** Two days, both included. */
export const DayRangeSchema = Type.Object(DAY_PARAMETERS);

/** The same with the length of the periods. */
export const TrafficQuerySchema = Type.Object({
  ...DAY_PARAMETERS,
  group_by: Type.Optional(
    Type.Union(
      TRAFFIC_GROUPS.map((group) => Type.Literal(group)),
      { default: "month" },
    ),
  ),
});

/** The length of the periods, a month unless said. Throws `request/invalid` for an unknown one. */
export function readGroup(query: URLSearchParams): TrafficGroup {
  const text = readLast(query, "group_by") ?? "month";
  const group = TRAFFIC_GROUPS.find((known) => known === text);
  if (group === undefined) {
    throw new AppError("request/invalid", "Invalid group_by. Expected one of: day, month, year");
  }
  return group;
}
