/**
 * The table of settings: what can be set, how it is called, its bounds and what holds where nothing is said.
 * Nothing is read here; config.ts does that, and docs/config.md shows the same table.
 */
import type { Config } from "./config.ts";
import { LOG_LEVELS } from "./platform/log.ts";

/** How one field is set. Bounds of integers are inclusive; `initial` holds where nothing is said. */
export type Setting = {
  /** The environment variable. In a configuration file the field's own name is used. */
  readonly variable: string;
  /** One sentence for docs/config.md. */
  readonly meaning: string;
} & (
  | { readonly kind: "integer"; readonly min: number; readonly max: number; readonly initial: number }
  | { readonly kind: "text"; readonly initial: string }
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly initial: string }
  | { readonly kind: "origin"; readonly initial: null }
  /** A host name or address without scheme and port; empty: none. */
  | { readonly kind: "hostName"; readonly initial: "" }
);

/** THE table of settings: reading, bounds and docs/config.md come from it. */
export const SETTINGS = {
  dataDir: {
    variable: "ASSETMETER_DATA_DIR",
    kind: "text",
    initial: "./data",
    meaning: "The folder that holds the store, the catalogue and the file that says which server has it open.",
  },
  host: {
    variable: "ASSETMETER_HOST",
    kind: "text",
    initial: "127.0.0.1",
    meaning: "The address to listen on; `0.0.0.0` or `::` for all.",
  },
  port: {
    variable: "ASSETMETER_PORT",
    kind: "integer",
    min: 0,
    max: 65_535,
    initial: 8787,
    meaning: "The TCP port to listen on; 0 takes any free one.",
  },
  publicUrl: {
    variable: "ASSETMETER_PUBLIC_URL",
    kind: "origin",
    initial: null,
    meaning: "Scheme and authority under which clients reach the server; without it, those of each request.",
  },
  trustsProxy: {
    variable: "ASSETMETER_TRUSTS_PROXY",
    kind: "choice",
    choices: ["on", "off"],
    initial: "off",
    meaning: "Whether a reverse proxy is in front, whose `X-Forwarded-For`, `-Proto` and `-Host` are believed.",
  },
  cdnHost: {
    variable: "ASSETMETER_CDN_HOST",
    kind: "hostName",
    initial: "",
    meaning: "The CDN's host name of organizations without one; else that of `publicUrl`, else of each request.",
  },
  logLevel: {
    variable: "ASSETMETER_LOG_LEVEL",
    kind: "choice",
    choices: LOG_LEVELS,
    initial: "info",
    meaning: "The least important log lines that are written to stderr; commands other than `serve` begin at `warn`.",
  },
  signingKeyFile: {
    variable: "ASSETMETER_SIGNING_KEY_FILE",
    kind: "text",
    initial: "",
    meaning: "A PEM file with the Ed25519 private key that signs access tokens; without it, a secret in the catalogue.",
  },
  bodyBytesMax: {
    variable: "ASSETMETER_BODY_BYTES_MAX",
    kind: "integer",
    min: 1024,
    max: 1_073_741_824,
    initial: 8_388_608,
    meaning: "The largest request body that is read as a whole; streamed bodies (NDJSON, logs) have no such bound.",
  },
  eventBytesMax: {
    variable: "ASSETMETER_EVENT_BYTES_MAX",
    kind: "integer",
    min: 256,
    max: 16_777_216,
    initial: 65_536,
    meaning: "The largest single event.",
  },
  batchRecordsMax: {
    variable: "ASSETMETER_BATCH_RECORDS_MAX",
    kind: "integer",
    min: 1,
    max: 1_000_000,
    initial: 10_000,
    meaning: "The most records of one batch; longer streams are taken in pieces of this length.",
  },
  lineBytesMax: {
    variable: "ASSETMETER_LINE_BYTES_MAX",
    kind: "integer",
    min: 256,
    max: 16_777_216,
    initial: 65_536,
    meaning: "The longest line of an access log, without its line end.",
  },
  operationsPerSourceMax: {
    variable: "ASSETMETER_OPERATIONS_PER_SOURCE_MAX",
    kind: "integer",
    min: 1,
    max: 1_000_000,
    initial: 1000,
    meaning: "The most distinct operations of one source and kind; further ones are counted together under one name.",
  },
  sourcesPerOrganizationMax: {
    variable: "ASSETMETER_SOURCES_PER_ORGANIZATION_MAX",
    kind: "integer",
    min: 1,
    max: 1_000_000,
    initial: 1000,
    meaning: "The most sources of one organization; records of further ones are refused.",
  },
  requestsPerSecondMax: {
    variable: "ASSETMETER_REQUESTS_PER_SECOND_MAX",
    kind: "integer",
    min: 0,
    max: 1_000_000,
    initial: 0,
    meaning: "The most requests per second of one token; further ones are answered with 429. 0 sets no bound.",
  },
  futureToleranceMs: {
    variable: "ASSETMETER_FUTURE_TOLERANCE_MS",
    kind: "integer",
    min: 0,
    max: 31_536_000_000,
    initial: 600_000,
    meaning: "How far ahead of this machine's clock an event may lie.",
  },
  commitRowsMax: {
    variable: "ASSETMETER_COMMIT_ROWS_MAX",
    kind: "integer",
    min: 1,
    max: 1_000_000,
    initial: 30_000,
    meaning: "The most rows of one commit. From 32,768 on they take more room on the disk.",
  },
  queueRecordsMax: {
    variable: "ASSETMETER_QUEUE_RECORDS_MAX",
    kind: "integer",
    min: 1,
    max: 10_000_000,
    initial: 200_000,
    meaning: "The most records that wait to be committed; more are answered with 503. At least one batch's records.",
  },
  queueBytesMax: {
    variable: "ASSETMETER_QUEUE_BYTES_MAX",
    kind: "integer",
    min: 1_048_576,
    max: 1_099_511_627_776,
    initial: 134_217_728,
    meaning: "The most bytes of bodies that wait to be counted; more are answered with 503 before they are read.",
  },
  dedupeHorizonDays: {
    variable: "ASSETMETER_DEDUPE_HORIZON_DAYS",
    kind: "integer",
    min: 1,
    max: 36_600,
    initial: 35,
    meaning: "How many days after its arrival an event's id is remembered, so that it is counted once.",
  },
  rawRetentionDays: {
    variable: "ASSETMETER_RAW_RETENTION_DAYS",
    kind: "integer",
    min: 0,
    max: 36_600,
    initial: 0,
    meaning: "How many days raw rows are kept, never fewer than the dedupe horizon; 0 keeps them for good.",
  },
  minuteRetentionDays: {
    variable: "ASSETMETER_MINUTE_RETENTION_DAYS",
    kind: "integer",
    min: 1,
    max: 36_600,
    initial: 2,
    meaning:
      "How many days sums per minute are kept; older minutes are answered from raw rows, as long as these are kept.",
  },
  hourRetentionDays: {
    variable: "ASSETMETER_HOUR_RETENTION_DAYS",
    kind: "integer",
    min: 0,
    max: 36_600,
    initial: 0,
    meaning: "How many days sums per hour are kept; 0 keeps them for good.",
  },
  dayRetentionDays: {
    variable: "ASSETMETER_DAY_RETENTION_DAYS",
    kind: "integer",
    min: 0,
    max: 36_600,
    initial: 0,
    meaning: "How many days sums per day are kept, by whole months; 0: for good. What was stored is never forgotten.",
  },
  monthRetentionDays: {
    variable: "ASSETMETER_MONTH_RETENTION_DAYS",
    kind: "integer",
    min: 0,
    max: 36_600,
    initial: 0,
    meaning: "How many days sums per month are kept; 0 keeps them for good.",
  },
  metricsAccess: {
    variable: "ASSETMETER_METRICS_ACCESS",
    kind: "choice",
    choices: ["loopback", "everyone", "nobody"],
    initial: "loopback",
    meaning: "Who may read `/metrics`: this machine without a proxy in between, everyone, or nobody.",
  },
  queryRowsMax: {
    variable: "ASSETMETER_QUERY_ROWS_MAX",
    kind: "integer",
    min: 1,
    max: 10_000_000,
    initial: 1_000_000,
    meaning: "The most rows of one answer.",
  },
  queryDaysMax: {
    variable: "ASSETMETER_QUERY_DAYS_MAX",
    kind: "integer",
    min: 1,
    max: 36_600,
    initial: 3660,
    meaning: "The longest range that one query cuts into windows; without windows any range is answered.",
  },
  assetColumnsBytesMax: {
    variable: "ASSETMETER_ASSET_COLUMNS_BYTES_MAX",
    kind: "integer",
    min: 0,
    max: 1_099_511_627_776,
    initial: 536_870_912,
    meaning: "The most memory for lists of large spaces, some 200 bytes an asset; others are read from disk.",
  },
  storeMemoryBytesMax: {
    variable: "ASSETMETER_STORE_MEMORY_BYTES_MAX",
    kind: "integer",
    min: 67_108_864,
    max: 1_099_511_627_776,
    initial: 536_870_912,
    meaning: "The memory that the store may use.",
  },
  storeThreads: {
    variable: "ASSETMETER_STORE_THREADS",
    kind: "integer",
    min: 1,
    max: 256,
    initial: 2,
    meaning: "The threads that the store may use.",
  },
  uploadBytesMax: {
    variable: "ASSETMETER_UPLOAD_BYTES_MAX",
    kind: "integer",
    min: 1,
    max: 5_368_709_120,
    initial: 78_643_200,
    meaning: "The largest file that can be uploaded.",
  },
  metersOwnTraffic: {
    variable: "ASSETMETER_METERS_OWN_TRAFFIC",
    kind: "choice",
    choices: ["on", "off"],
    initial: "on",
    meaning: "Whether `serve` counts the files that it delivers and the requests that its vendors' APIs answer.",
  },
  filesS3Bucket: {
    variable: "ASSETMETER_FILES_S3_BUCKET",
    kind: "text",
    initial: "",
    meaning: "The S3 bucket that asset files lie in; without it, the folder `files` of the data folder.",
  },
  filesS3Endpoint: {
    variable: "ASSETMETER_FILES_S3_ENDPOINT",
    kind: "origin",
    initial: null,
    meaning: "The address of an S3-compatible store; without it, Amazon's.",
  },
  filesS3Region: {
    variable: "ASSETMETER_FILES_S3_REGION",
    kind: "text",
    initial: "us-east-1",
    meaning: "The region of the bucket.",
  },
  filesS3Prefix: {
    variable: "ASSETMETER_FILES_S3_PREFIX",
    kind: "text",
    initial: "assetmeter/",
    meaning: "What the keys of all objects in the bucket begin with.",
  },
} as const satisfies { readonly [Field in keyof Config]: Setting };
