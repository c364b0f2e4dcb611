/**
 * JSON -> the settings of a source, or sentences that say what is wrong with them. All problems are said together. The
 * names are those of the API and of `assetmeter source`; docs/access-logs.md lists the same.
 */
import { isAbsolute } from "node:path";
import { LOG_FORMATS, type Source, type SourceFormat } from "../../model/source.ts";
import { BYTES_INCLUDED, type FieldMap, LINE_PREFIXES, type SourceSettings } from "../../model/source-settings.ts";
import { isTimeZone } from "../../model/time-range.ts";
import { REALTIME_ORDER } from "../access-log/formats/cloudfront.ts";
import { LINE_FORMATS } from "../access-log/formats.ts";
import { parseRules } from "./parse-rules.ts";

/** What of a source is said in JSON, beside its name and format. Left out: not said. */
export type ParsedSettings = {
  space?: number | null;
  latenessBoundMs?: number;
  tracksWatermark?: boolean;
  registersUnknown?: boolean;
  settings: { -readonly [Field in keyof SourceSettings]?: SourceSettings[Field] };
};

/** Values of lists, at most. */
const LIST_LENGTH_MAX = 200;
const TEXT_LENGTH_MAX = 1_024;

/** The longest bound of lateness: a year. */
const LATENESS_MS_MAX = 366 * 86_400_000;

/** A field: where it goes, which values it takes, and that in words. `read` changes the form of a value that passed. */
type Check = {
  readonly say: string;
  readonly passes: (value: unknown) => boolean;
  readonly read?: (value: unknown) => unknown;
} & (
  | { readonly of: "source"; readonly field: keyof Omit<ParsedSettings, "settings"> }
  | { readonly of: "settings"; readonly field: keyof SourceSettings }
);

const isFlag = (value: unknown) => typeof value === "boolean";
const orNull = (passes: (value: unknown) => boolean) => (value: unknown) => value === null || passes(value);
const isOneOf = (words: readonly string[]) => (value: unknown) => words.includes(value as string);

/** THE table of fields. */
const FIELDS: Readonly<Record<string, Check>> = {
  space_id: {
    ...{ of: "source", field: "space" },
    say: "an id of a space or null",
    passes: orNull((value) => isWhole(value, 1)),
  },
  lateness_bound_ms: {
    ...{ of: "source", field: "latenessBoundMs" },
    say: `a whole number from 0 to ${LATENESS_MS_MAX}`,
    passes: (value) => isWhole(value, 0, LATENESS_MS_MAX),
  },
  tracks_watermark: { of: "source", field: "tracksWatermark", say: "true or false", passes: isFlag },
  registers_unknown: { of: "source", field: "registersUnknown", say: "true or false", passes: isFlag },
  sample_rate: {
    ...{ of: "settings", field: "sampleRate" },
    say: "a number from 0.000001 to 1",
    passes: (value) => typeof value === "number" && value >= 1e-6 && value <= 1,
  },
  prefix: {
    ...{ of: "settings", field: "prefix" },
    say: `one of ${LINE_PREFIXES.join(", ")}`,
    passes: isOneOf(LINE_PREFIXES),
  },
  time_zone: {
    ...{ of: "settings", field: "timeZone" },
    say: "the name of a time zone such as Europe/Berlin",
    passes: (value) => typeof value === "string" && isTimeZone(value),
  },
  oldest_days: {
    ...{ of: "settings", field: "oldestDays" },
    say: "a whole number from 1 to 36600, or null",
    passes: orNull((value) => isWhole(value, 1, 36_600)),
  },
  bytes_include: {
    ...{ of: "settings", field: "bytesInclude" },
    say: `one of ${BYTES_INCLUDED.join(", ")}, or null`,
    passes: orNull(isOneOf(BYTES_INCLUDED)),
  },
  versioned: { of: "settings", field: "versioned", say: "true or false", passes: isFlag },
  fields: {
    ...{ of: "settings", field: "fields" },
    say: "a list of the columns' names, or null",
    passes: orNull((value) => isTexts(value) && value.length > 0),
  },
  delimiter: {
    ...{ of: "settings", field: "delimiter" },
    say: "one character",
    passes: (value) => typeof value === "string" && [...value].length === 1,
  },
  field_map: {
    ...{ of: "settings", field: "fieldMap" },
    say: "an object with at least time, status, bytes_out and one of uri, path and request, or null",
    passes: orNull((value) => parseFieldMap(value) !== undefined),
    read: (value) => (value === null ? null : parseFieldMap(value)),
  },
  requires: {
    ...{ of: "settings", field: "requires" },
    say: "space, bucket or null",
    passes: orNull(isOneOf(["space", "bucket"])),
  },
  paths: {
    ...{ of: "settings", field: "paths" },
    say: "a list of files and patterns of files, each with its full path",
    // The server would look for others in the folder that it was started in.
    passes: (value) => isTexts(value) && value.every((path) => isAbsolute(path)),
  },
  paused: { of: "settings", field: "paused", say: "true or false", passes: isFlag },
};

/** What the object says; `problems` is empty where all of it can be. Fields that are not settings are problems too. */
export function parseSettings(value: Readonly<Record<string, unknown>>): {
  readonly parsed: ParsedSettings;
  readonly problems: readonly string[];
} {
  const parsed: ParsedSettings = { settings: {} };
  const problems: string[] = [];
  const unknown: string[] = [];
  for (const [name, given] of Object.entries(value)) {
    if (name === "rules") {
      const read = parseRules(given);
      parsed.settings.rules = read.rules;
      problems.push(...read.problems);
      continue;
    }
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (field === undefined) unknown.push(name);
    else if (!field.passes(given)) problems.push(`${name} must be ${field.say}.`);
    else
      Object.assign(field.of === "source" ? parsed : parsed.settings, { [field.field]: field.read?.(given) ?? given });
  }
  if (unknown.length > 0) {
    const known = ["rules", ...Object.keys(FIELDS)].sort().join(", ");
    problems.push(`There is no setting ${unknown.join(", ")}. There are: ${known}.`);
  }
  return { parsed, problems };
}

/** What a source of this format cannot do without, as a sentence; null where nothing is missing. */
export function findMissingSetting(format: SourceFormat, settings: ParsedSettings["settings"]): string | null {
  if (format !== "cloudfront-realtime" && settings.fields == null) return null;
  if (settings.fields == null) return `A source of ${format} needs fields: its records have no header.`;
  if (format !== "cloudfront" && format !== "cloudfront-realtime") return `A source of ${format} has no fields to set.`;
  const { fields } = settings;
  // `time` is that of a day, so without `date` every line would be refused.
  const isWritten = fields.includes("date") && fields.includes("time");
  const hasTime = fields.includes("timestamp") || fields.includes("timestamp(ms)") || isWritten;
  const missing = ["sc-status", "sc-bytes", "cs-uri-stem"].filter((name) => !fields.includes(name));
  if (!hasTime) missing.unshift("a time");
  if (missing.length > 0) return `The fields lack ${missing.join(", ")}: without them nothing can be counted.`;
  return format === "cloudfront-realtime" ? findOtherOrder(fields) : null;
}

/** Records have no header: fields in another order than theirs would be read as one another, perhaps the status as the bytes. */
function findOtherOrder(fields: readonly string[]): string | null {
  const known = fields.filter((name) => REALTIME_ORDER.includes(name));
  const ordered = REALTIME_ORDER.filter((name) => known.includes(name));
  if (known.length === ordered.length && known.every((name, index) => name === ordered[index])) return null;
  return `The fields must stand in the order in which CloudFront writes them, each once: ${ordered.join(", ")}.`;
}

/**
 * What is said of a source together with what follows from it: one whose files come to be followed is complete only up to
 * what was read, and late by as much as its format is, unless one of both was said, now or before. `before` is the source
 * as it was, null for a new one. Left as it was, a source that was made by an import would be complete up to now while its
 * lines wait in the file. One whose files come to be followed no more says nothing any more of what was read, and would hold up
 * what its organization is complete up to for good: it is then like one that nobody has followed.
 */
export function withFollowDefaults(
  format: SourceFormat,
  parsed: ParsedSettings,
  before: Source | null = null,
): ParsedSettings {
  const said = (["tracksWatermark", "latenessBoundMs"] as const).filter((field) => parsed[field] !== undefined);
  const chosen = [...new Set([...(before?.settings.chosen ?? []), ...said])];
  const settings = said.length === 0 ? parsed.settings : { ...parsed.settings, chosen };
  if (settings.paths === undefined) return { ...parsed, settings };
  if (settings.paths.length > 0) return { ...followDefaults(format, before), ...parsed, settings };
  return { ...(chosen.includes("tracksWatermark") ? {} : { tracksWatermark: false }), ...parsed, settings };
}

/** What holds of a source of this format that comes to be followed, but for what was said of it `before`. */
export function followDefaults(
  format: SourceFormat,
  before: Source | null,
): { readonly tracksWatermark?: boolean; readonly latenessBoundMs?: number } {
  const chosen = before?.settings.chosen ?? [];
  // A bound that is there was said, also where the source is older than the note of what was.
  const isBound = chosen.includes("latenessBoundMs") || (before?.latenessBoundMs ?? 0) > 0;
  return {
    ...(chosen.includes("tracksWatermark") ? {} : { tracksWatermark: true }),
    ...(isBound ? {} : { latenessBoundMs: LINE_FORMATS.get(format)?.latenessBoundMs ?? 0 }),
  };
}

/** True for a format of logs. */
export function isLogFormat(value: unknown): value is SourceFormat {
  return LOG_FORMATS.some((format) => format === value);
}

function isWhole(value: unknown, min: number, max = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

function isTexts(value: unknown): value is string[] {
  const isText = (text: unknown) => typeof text === "string" && text !== "" && text.length <= TEXT_LENGTH_MAX;
  return Array.isArray(value) && value.length <= LIST_LENGTH_MAX && value.every(isText);
}

/** Names of the API by those of FieldMap. */
const MAP_FIELDS = {
  ...{ time: "time", method: "method", uri: "uri", path: "path", request: "request", status: "status", id: "id" },
  ...{ bytes_out: "bytesOut", bytes_in: "bytesIn", host: "host", cache_status: "cacheStatus", user: "user" },
  ...{ edge: "edge", sub_request: "subRequest" },
} as const satisfies Record<string, keyof FieldMap>;

function parseFieldMap(value: unknown): FieldMap | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const map: Record<string, unknown> = {};
  for (const [name, path] of Object.entries(value)) {
    const field = Object.hasOwn(MAP_FIELDS, name) ? MAP_FIELDS[name as keyof typeof MAP_FIELDS] : undefined;
    const paths = [path].flat();
    if (field === undefined || !isTexts(paths) || (field !== "id" && typeof path !== "string")) return undefined;
    map[field] = field === "id" ? paths : path;
  }
  const asked = ["uri", "path", "request"].filter((name) => name in map);
  const isWhole = ["time", "status", "bytesOut"].every((name) => name in map) && asked.length === 1;
  return isWhole ? (map as FieldMap) : undefined;
}
