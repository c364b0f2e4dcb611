/**
 * Configuration: the only reader of the environment and of the configuration file. Command line before environment
 * before file before defaults; every problem is reported, not only the first.
 */
import { readFileSync } from "node:fs";
import { HOST_NAME_RULE, isHostName } from "./model/is-host-name.ts";
import { AppError } from "./platform/errors.ts";
import type { LogLevel } from "./platform/log.ts";
import type { Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import { FAULT_VARIABLES, parseTestFaults, type TestFaults } from "./test-faults.ts";

/** Everything that can be set. Each part of the program gets only the fields it needs. docs/config.md lists them. */
export type Config = {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Scheme and authority under which clients reach the server, or null to take the request's own. */
  readonly publicUrl: string | null;
  /** On: one reverse proxy is in front, and what it says of the client and of its address is believed. */
  readonly trustsProxy: "on" | "off";
  /** Host name that the CDN delivers from of an organization that has none of its own; empty: that of each request. */
  readonly cdnHost: string;
  readonly logLevel: LogLevel;
  /** The file of the Ed25519 private key that signs access tokens; empty: a secret of the catalogue does. */
  readonly signingKeyFile: string;
  readonly bodyBytesMax: number;
  readonly eventBytesMax: number;
  readonly batchRecordsMax: number;
  readonly lineBytesMax: number;
  readonly operationsPerSourceMax: number;
  readonly sourcesPerOrganizationMax: number;
  readonly bucketsPerOrganizationMax: number;
  /** Requests per second of one token; 0 for no bound. */
  readonly requestsPerSecondMax: number;
  readonly futureToleranceMs: number;
  readonly commitRowsMax: number;
  readonly queueRecordsMax: number;
  readonly queueBytesMax: number;
  readonly dedupeHorizonDays: number;
  /** Days that raw rows are kept, never fewer than the dedupe horizon; 0 keeps them for good. */
  readonly rawRetentionDays: number;
  /** Days that sums per minute, hour, day and month are kept; 0, which minutes cannot have, keeps them for good. */
  readonly minuteRetentionDays: number;
  readonly hourRetentionDays: number;
  readonly dayRetentionDays: number;
  readonly monthRetentionDays: number;
  /** Who may read the figures of the whole server. */
  readonly metricsAccess: "loopback" | "everyone" | "nobody";
  readonly queryRowsMax: number;
  readonly queryDaysMax: number;
  readonly assetColumnsBytesMax: number;
  readonly storeMemoryBytesMax: number;
  readonly storeThreads: number;
  readonly uploadBytesMax: number;
  readonly metersOwnTraffic: "on" | "off";
  /** Empty: files lie in the data folder. */
  readonly filesS3Bucket: string;
  /** Null: Amazon's own. */
  readonly filesS3Endpoint: string | null;
  readonly filesS3Region: string;
  readonly filesS3Prefix: string;
};

/** Names the configuration file; `--config` says the same. */
const CONFIG_FILE_VARIABLE = "ASSETMETER_CONFIG_FILE";

const PREFIX = "ASSETMETER_";
/** Variables that set nothing here: they ask for faults, or point at a server to test against. */
const TEST_VARIABLES = [...Object.values(FAULT_VARIABLES), "ASSETMETER_TEST_S3_URL"];

/** The faults that a test asks for by this process's environment; see parseTestFaults. */
export function readTestFaults(environment: NonNullable<ConfigInput["environment"]> = process.env): TestFaults {
  return parseTestFaults(environment);
}

/** The environment of another server: this process's without settings of ours, and `more`. */
export function buildChildEnvironment(
  more: Readonly<Record<string, string>>,
  environment: NonNullable<ConfigInput["environment"]> = process.env,
): Record<string, string | undefined> {
  const others = Object.entries(environment).filter(([name]) => !name.startsWith(PREFIX) && !name.startsWith("npm_"));
  return { ...Object.fromEntries(others), ...more };
}

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
    const given = findGiven(field, setting, { overrides: input.overrides, environment, file, fromFile });
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
  const settings = Object.values(SETTINGS).map((setting) => setting.variable);
  const known = new Set<string>([CONFIG_FILE_VARIABLE, ...settings, ...TEST_VARIABLES]);
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name))
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
  from: {
    readonly overrides?: Partial<Config> | undefined;
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly file: string | undefined;
    readonly fromFile: Readonly<Record<string, unknown>>;
  },
): Given | null {
  const override = from.overrides?.[field];
  if (override !== undefined)
    return { value: override, name: `--${field.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}` };
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
      // Where nothing is what holds without the setting, a file may say so too.
      return typeof value === "string" && (value !== "" || setting.initial === "")
        ? { value }
        : { problem: "must be a text that is not empty" };
    case "keyPrefix":
      // Without the slash another prefix could begin with this one, and each would take the other's files for its own.
      return typeof value === "string" && (value === "" || value.endsWith("/"))
        ? { value }
        : { problem: "must end with a slash, as in assetmeter/, or be empty" };
    case "choice":
      return setting.choices.includes(value as string)
        ? { value }
        : { problem: `must be one of ${setting.choices.join(", ")}` };
    case "origin":
      return value === null ? { value } : readOrigin(value);
    case "hostName":
      return value === "" || (typeof value === "string" && isHostName(value))
        ? { value }
        : { problem: `must be ${HOST_NAME_RULE}` };
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

/** True when an npm script started this process. */
export function isStartedByNpm(environment: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return environment.npm_lifecycle_event !== undefined;
}
