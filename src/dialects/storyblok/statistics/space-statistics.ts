/**
 * GET /v1/spaces/:space_id/statistics: the overview of a space in its three shapes. What belongs to content, workflows
 * and the like is not kept here: it is 0 or an empty list. The rows of the lists are in no page of the vendor; they have
 * the keys that programs read.
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { buildCalendar, DAY_MS } from "../../../model/time-range.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { countAssets } from "../account/space-object.ts";
import { calendarMonth, startOfDay } from "../dates.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readLast } from "../values.ts";
import { toDayRow } from "./space-by-date.ts";
import { readSpaceTraffic, type SpaceTrafficQuestion } from "./space-traffic.ts";

type Version = "content_list" | "new" | "omitted";
type Parameters = SpaceParameters & { readonly version: Version };

/** Days of `api_logs`, today included. */
const API_LOG_DAYS = 31;

/** Months of `monthly_traffic`, the current one included. */
const TRAFFIC_MONTHS = 12;

const CONTENT_LIST = { all_stories_count: 0, all_folders_count: 0 };

/** What the newest shape has beyond the older one. */
const NEW_KEYS = {
  all_folders_count: 0,
  all_space_roles_count: 0,
  all_datasources_count: 0,
  all_locales_count: 0,
  my_content_count: 0,
  image_invalidation_limit: 0,
  image_invalidation_count: 0,
  preview_urls_count: 0,
  all_webhooks_count: 0,
  all_workflows_count: 0,
  all_workflow_stages_count: 0,
  all_schedule_single_story_count: 0,
  all_asset_custom_meta_data_count: 0,
  all_releases_count: 0,
  all_pipelines_count: 0,
  webhook_log_retention_in_days: 0,
  story_history_retention_in_days: 0,
  activity_log_period_in_days: 0,
  content_activities: [],
  my_content_activities: [],
  my_content: [],
  asset_custom_upload_limit: null,
};

/** The route. */
export function buildSpaceStatisticsRoute(deps: StoryblokDeps): Route<Parameters> {
  return {
    method: "GET",
    path: "/v1/spaces/:space_id/statistics",
    scope: "stats:read",
    summary: "Retrieve the statistics of a space",
    description: "Members, assets and API traffic by day and month. What is not kept here is 0 or an empty list.",
    query: Type.Object({
      version: Type.Optional(
        Type.String({ description: "`new` or `content_list`; anything else is the older shape." }),
      ),
    }),
    pathParameters: SpacePathSchema,
    responses: {
      200: { description: "The overview.", schema: Type.Object({}, { additionalProperties: true }) },
      404: { description: "The space does not exist, or the token is not for it." },
    },
    readParameters: (request) => ({
      ...toSpaceParameters(request),
      version: toVersion(readLast(request.query, "version")),
    }),
    async answer(parameters) {
      const { principal, space, version } = parameters;
      await readVisibleSpace(deps.catalog, principal, space);
      if (version === "content_list") return { status: 200, body: CONTENT_LIST };
      const overview = await readOverview(deps, { organization: principal.organization, space });
      return { status: 200, body: version === "new" ? { ...overview, ...NEW_KEYS } : overview };
    },
  };
}

function toVersion(text: string | null): Version {
  return text === "content_list" || text === "new" ? text : "omitted";
}

async function readOverview(deps: StoryblokDeps, part: { readonly organization: number; readonly space: number }) {
  const { catalog } = deps;
  const nowMs = deps.clock.now();
  const endMs = startOfDay(nowMs) + DAY_MS;
  const read = async (question: Pick<SpaceTrafficQuestion, "range" | "group">) =>
    (await readSpaceTraffic(deps, { ...part, ...question })).rows;
  const [days, thisMonth, months, users, assetCount] = await Promise.all([
    read({ range: { startMs: endMs - API_LOG_DAYS * DAY_MS, endMs }, group: "day" }),
    read({ range: calendarMonth(nowMs), group: "day" }),
    read({ range: lastMonths(nowMs), group: "month" }),
    catalog.listUsers(part.organization),
    countAssets(catalog, part),
  ]);
  return {
    collaborators_count: users.length,
    collaborators_limit: 0,
    all_stories_count: 0,
    all_assets_count: assetCount,
    all_components_count: 0,
    updated_activities: [],
    latest_activities: [],
    api_logs: days.map(({ date, api_requests, total_bytes }) => ({ day: date, counting: api_requests, total_bytes })),
    api_logs_per_month: thisMonth.map(toDayRow),
    monthly_traffic: months.map(({ date, api_requests, total_bytes }) => ({
      month_col: date,
      counting: api_requests,
      total_bytes,
    })),
  };
}

/** The current calendar month (UTC) and those before it. */
function lastMonths(nowMs: number): { readonly startMs: number; readonly endMs: number } {
  const calendar = buildCalendar("UTC");
  const { startMs, endMs } = calendar.windowAround(nowMs, "month");
  let first = startMs;
  for (let month = 1; month < TRAFFIC_MONTHS; month++) first = calendar.windowAround(first - 1, "month").startMs;
  return { startMs: first, endMs };
}
