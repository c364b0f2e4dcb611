/**
 * The statistics endpoints of the three vendors, as requests: each for a day, a month and a year before one moment.
 */

/** One endpoint, for the whole organization, for one user or bucket, or for a list of buckets. */
export type Endpoint = {
  readonly name: string;
  /** `one`: a single user, bucket or space; `many`: everything or a list. */
  readonly scope: "one" | "many";
  /** Path and query for a range that ends at `nowMs`; null where the vendor has no such range. */
  path(days: number, nowMs: number): string | null;
};

/** Ranges in days. FileSpin looks back 364 days. */
export const RANGES = [
  { name: "day", days: 1 },
  { name: "month", days: 30 },
  { name: "year", days: 364 },
] as const;

/** Buckets in one list. */
export const LISTED_BUCKETS = 200;

const DAY_MS = 86_400_000;
const USER = 4711;
const SPACE = 17;
const BUCKET = "bucket-17";
const bucketList = Array.from({ length: LISTED_BUCKETS }, (_, index) => `bucket-${1 + index * 5}`).join(",");

const isoDay = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);

/** Flashback's names of ranges. */
const LOOK_BACKS: Readonly<Record<number, string>> = { 1: "24h", 30: "30d", 364: "365d" };

function buildFilespin(): Endpoint[] {
  const types = ["api", "addons", "transcodes", "storage", "cdn"];
  const whose = [
    { scope: "many", name: "group", suffix: "" },
    { scope: "one", name: "one user", suffix: `&user_id=${USER}` },
  ] as const;
  return types.flatMap((type) =>
    whose.flatMap(({ scope, name, suffix }): Endpoint[] => [
      {
        name: `/api/v1/stats/${type}, ${name}`,
        scope,
        path: (days) => `/api/v1/stats/${type}?period=${days * 24}${suffix}`,
      },
      {
        name: `/api/v1/stats/timeseries/${type}, ${name}`,
        scope,
        path: (days, nowMs) => {
          const endS = Math.floor(nowMs / 1000);
          return `/api/v1/stats/timeseries/${type}?start_time=${endS - days * 86_400}&end_time=${endS}${suffix}`;
        },
      },
    ]),
  );
}

function buildFlashback(): Endpoint[] {
  const series = (path: string, daysMax: number, selection: string) => (days: number, nowMs: number) =>
    days > daysMax
      ? null
      : `${path}?startDate=${new Date(nowMs - days * DAY_MS).toISOString()}&endDate=${new Date(nowMs).toISOString()}${selection}`;
  const storage = (path: string, rest: string) => (days: number) => `${path}?window=${LOOK_BACKS[days]}${rest}`;
  // Totals know no range: they are asked once.
  const totals = (path: string) => (days: number) => (days === 1 ? path : null);
  const listed = `${LISTED_BUCKETS} buckets in one list`;
  return [
    { name: "/bucket/stats, all buckets", scope: "many", path: totals("/bucket/stats") },
    { name: `/bucket/stats, ${listed}`, scope: "many", path: totals(`/bucket/stats?bucketId=${bucketList}`) },
    { name: "/bucket/stats, one bucket", scope: "one", path: totals(`/bucket/stats?bucketId=${BUCKET}`) },
    { name: "/unit/stats, one bucket", scope: "one", path: totals(`/unit/stats?unitId=${BUCKET}`) },
    { name: "/repo/stats, all repos", scope: "many", path: totals("/repo/stats") },
    { name: "/stats/daily, all buckets on every day", scope: "many", path: series("/stats/daily", 366, "") },
    { name: `/stats/daily, ${listed}`, scope: "many", path: series("/stats/daily", 366, `&bucketId=${bucketList}`) },
    { name: "/stats/daily, one bucket", scope: "one", path: series("/stats/daily", 366, `&bucketId=${BUCKET}`) },
    { name: "/stats/minute, one bucket", scope: "one", path: series("/stats/minute", 31, `&bucketId=${BUCKET}`) },
    { name: "/v2/stats/storage, organization", scope: "many", path: storage("/v2/stats/storage", "") },
    { name: "/v2/stats/storage, one bucket", scope: "one", path: storage("/v2/stats/storage", `&bucketId=${BUCKET}`) },
    ...["buckets", "repos", "workspaces"].map((kind): Endpoint => {
      const path = `/v2/stats/storage/breakdown/${kind}`;
      return { name: `${path}, one page of all`, scope: "many", path: storage(path, "") };
    }),
    {
      name: "/v2/stats/storage/breakdown/buckets, series of one",
      scope: "one",
      path: storage("/v2/stats/storage/breakdown/buckets", `&includeSeries=true&bucketId=${BUCKET}`),
    },
  ];
}

function buildStoryblok(): Endpoint[] {
  const days =
    (path: string, rest = "") =>
    (count: number, nowMs: number) =>
      `${path}?start_date=${isoDay(nowMs - (count - 1) * DAY_MS)}&end_date=${isoDay(nowMs)}${rest}`;
  const space = `/v1/spaces/${SPACE}/statistics`;
  const once = (path: (nowMs: number) => string) => (count: number, nowMs: number) =>
    count === 1 ? path(nowMs) : null;
  return [
    { name: "/v1/orgs/me/statistics/all_traffic", scope: "many", path: days("/v1/orgs/me/statistics/all_traffic") },
    { name: "/v1/spaces/:id/statistics/all_traffic", scope: "one", path: days(`${space}/all_traffic`) },
    { name: "/v1/spaces/:id/statistics/assets_traffic", scope: "one", path: days(`${space}/assets_traffic`) },
    { name: "/v1/spaces/:id/statistics", scope: "one", path: once(() => `${space}?version=new`) },
    { name: "/v1/spaces/:id/statistics/:date", scope: "one", path: once((nowMs) => `${space}/${isoDay(nowMs)}`) },
  ];
}

/** Every endpoint by its vendor. */
export const ENDPOINTS: Readonly<Record<string, readonly Endpoint[]>> = {
  FileSpin: buildFilespin(),
  Flashback: buildFlashback(),
  Storyblok: buildStoryblok(),
};
