/**
 * Configuration: the only reader of the environment and of the configuration file. Command line before environment
 * before file before defaults; every problem is reported, not only the first.
 */
import { readFileSync } from "node:fs";
import { AppError } from "./platform/errors.ts";
import { LOG_LEVELS, type LogLevel } from "./platform/log.ts";

/** Everything that can be set. Each part of the program gets only the fields it needs. docs/config.md lists them. */
export type Config = {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Scheme and authority under which clients reach the server, or null to take the request's own. */
  readonly publicUrl: string | null;
  readonly logLevel: LogLevel;
  readonly bodyBytesMax: number;
  readonly eventBytesMax: number;
  readonly batchRecordsMax: number;
  readonly lineBytesMax: number;
  readonly operationsPerSourceMax: number;
  readonly sourcesPerOrganizationMax: number;
  readonly futureToleranceMs: number;
  readonly commitRowsMax: number;
  readonly queueRecordsMax: number;
  readonly dedupeHorizonDays: number;
  /** Days that raw rows are kept, never fewer than the dedupe horizon; 0 keeps them for good. */
  readonly rawRetentionDays: number;
  readonly queryRowsMax: number;
  readonly queryDaysMax: number;
  readonly storeMemoryBytesMax: number;
  readonly storeThreads: number;
};

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
  logLevel: {
    variable: "ASSETMETER_LOG_LEVEL",
    kind: "choice",
    choices: LOG_LEVELS,
    initial: "info",
    meaning: "The least important log lines that are written to stderr; commands other than `serve` begin at `warn`.",
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
    meaning: "The most distinct operations of one source; further ones are counted together under one name.",
  },
  sourcesPerOrganizationMax: {
    variable: "ASSETMETER_SOURCES_PER_ORGANIZATION_MAX",
    kind: "integer",
    min: 1,
    max: 1_000_000,
    initial: 1000,
    meaning: "The most sources of one organization; records of further ones are refused.",
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
    initial: 50_000,
    meaning: "The most rows of one commit; waiting batches are joined up to this many.",
  },
  queueRecordsMax: {
    variable: "ASSETMETER_QUEUE_RECORDS_MAX",
    kind: "integer",
    min: 1,
    max: 10_000_000,
    initial: 200_000,
    meaning: "The most records that wait to be committed; more are answered with 503. At least one batch's records.",
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
  queryRowsMax: {
    variable: "ASSETMETER_QUERY_ROWS_MAX",
    kind: "integer",
    min: 1,
    max: 10_000_000,
    initial: 100_000,
    meaning: "The most rows of one answer.",
  },
  queryDaysMax: {
    variable: "ASSETMETER_QUERY_DAYS_MAX",
    kind: "integer",
    min: 1,
    max: 36_600,
    initial: 3660,
    meaning: "The longest range of one query.",
  },
  storeMemoryBytesMax: {
    variable: "ASSETMETER_STORE_MEMORY_BYTES_MAX",
    kind: "integer",
    min: 67_108_864,
    max: 1_099_511_627_776,
    initial: 1_073_741_824,
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
} as const satisfies { readonly [Field in keyof Config]: Setting };

/** Names the configuration file; `--config` says the same. */
export const CONFIG_FILE_VARIABLE = "ASSETMETER_CONFIG_FILE";

const PREFIX = "ASSETMETER_";
/** Variables of the test suite: they point at servers to test against and set nothing here. */
const TEST_PREFIX = "ASSETMETER_TEST_";

/** Where settings come from. */
export type ConfigInput = {
  /** The environment; the process's own when left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A JSON file with an object of field names and values; ASSETMETER_CONFIG_FILE when left out. */
  readonly file?: string;
  /** What the command line says. Wins over everything. */
  readonly overrides?: Partial<Config>;
  /** What a command starts from in place of the table's own defaults. */
  readonly defaults?: Partial<Config>;
};

/** A value that was given, and the words to name it by in a problem. */
type Given = { readonly value: unknown; readonly name: string };

/**
 * Reads the configuration. Environment variables that are empty count as not set. Throws `config/invalid` with one
 * line per problem: the name as it was given, the value and the bound, also for names that nobody knows (a misspelt
 * limit that is silently ignored is no limit).
 */
export function readConfig(input: ConfigInput = {}): Config {
  const environment = input.environment ?? process.env;
  const problems: string[] = unknownVariables(environment);
  const file = input.file ?? nonEmpty(environment[CONFIG_FILE_VARIABLE]);
  const fromFile = file === undefined ? {} : readFile(file, problems);
  const config: Record<string, unknown> = {};
  for (const [field, setting] of Object.entries(SETTINGS) as [keyof Config, Setting][]) {
    const given = findGiven(field, setting, { ...input, environment, file, fromFile });
    if (given === null) {
      config[field] = input.defaults?.[field] ?? setting.initial;
      continue;
    }
    const read = readSetting(setting, given.value);
    if ("problem" in read) problems.push(`${given.name} is ${JSON.stringify(given.value)}: ${read.problem}`);
    config[field] = "value" in read ? read.value : setting.initial;
  }
  if (problems.length === 0) problems.push(...contradictions(config as Config));
  if (problems.length > 0) throw new AppError("config/invalid", problems.join("\n"));
  return config as Config;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}

function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>([CONFIG_FILE_VARIABLE, ...Object.values(SETTINGS).map((setting) => setting.variable)]);
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith(TEST_PREFIX) && !known.has(name))
    .sort()
    .map((name) => `${name} is set, but there is no such setting; docs/config.md lists them`);
}

function readFile(file: string, problems: string[]): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    problems.push(`The configuration file ${file} cannot be read: ${(error as Error).message}`);
    return {};
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    problems.push(`The configuration file ${file} must hold one JSON object`);
    return {};
  }
  for (const name of Object.keys(parsed)) {
    if (!Object.hasOwn(SETTINGS, name)) problems.push(`${name} in ${file}: there is no such setting`);
  }
  return parsed as Record<string, unknown>;
}

function findGiven(
  field: keyof Config,
  setting: Setting,
  from: ConfigInput & {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly file: string | undefined;
    readonly fromFile: Readonly<Record<string, unknown>>;
  },
): Given | null {
  const override = from.overrides?.[field];
  if (override !== undefined) return { value: override, name: `--${field.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}` };
  const variable = nonEmpty(from.environment[setting.variable]);
  if (variable !== undefined) return { value: toSettingValue(setting, variable), name: setting.variable };
  if (Object.hasOwn(from.fromFile, field)) return { value: from.fromFile[field], name: `${field} in ${from.file}` };
  return null;
}

/** Text that is not a plain decimal stays text, so that the problem shows what was written and not NaN. */
function toSettingValue(setting: Setting, text: string): unknown {
  return setting.kind === "integer" && /^[0-9]{1,15}$/.test(text) ? Number(text) : text;
}

function readSetting(setting: Setting, value: unknown): { value: unknown } | { problem: string } {
  switch (setting.kind) {
    case "integer": {
      const fits = Number.isInteger(value) && (value as number) >= setting.min && (value as number) <= setting.max;
      return fits ? { value } : { problem: `must be a whole number from ${setting.min} to ${setting.max}` };
    }
    case "text":
      return typeof value === "string" && value !== "" ? { value } : { problem: "must be a text that is not empty" };
    case "choice":
      return setting.choices.includes(value as string)
        ? { value }
        : { problem: `must be one of ${setting.choices.join(", ")}` };
    case "origin":
      return value === null ? { value } : readOrigin(value);
  }
}

function readOrigin(value: unknown): { value: string } | { problem: string } {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
  const plain = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return plain
    ? { value: url.origin }
    : { problem: "must be http:// or https:// with a host and nothing after it, as in https://usage.example.com" };
}

/** What no single bound can see: two settings that together would refuse everything or forget too early. */
function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (config.rawRetentionDays !== 0 && config.rawRetentionDays < config.dedupeHorizonDays) {
    problems.push(
      `${SETTINGS.rawRetentionDays.variable} is ${config.rawRetentionDays}: must be 0 or at least ` +
        `${SETTINGS.dedupeHorizonDays.variable}, which is ${config.dedupeHorizonDays}`,
    );
  }
  if (config.queueRecordsMax < config.batchRecordsMax) {
    problems.push(
      `${SETTINGS.queueRecordsMax.variable} is ${config.queueRecordsMax}: must be at least ` +
        `${SETTINGS.batchRecordsMax.variable}, which is ${config.batchRecordsMax}, or a full batch could never be taken`,
    );
  }
  if (config.bodyBytesMax < config.eventBytesMax) {
    problems.push(
      `${SETTINGS.bodyBytesMax.variable} is ${config.bodyBytesMax}: must be at least ` +
        `${SETTINGS.eventBytesMax.variable}, which is ${config.eventBytesMax}`,
    );
  }
  return problems;
}
