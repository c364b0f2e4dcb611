/**
 * Query string → TimeSeriesRequest: FileSpin's parameters, with the checks in their fixed order. The vendor documents
 * the parameters and the bounds; the texts are ours.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction (time series), read 2026-11-20
 */
import { readFirst } from "../../wire-parameters.ts";
import { buildParameterError, readUserId, refuseRepeated } from "../request-parameters.ts";
import { isCdnSubtype, STORAGE_SUBTYPE, type StatType } from "../stat-type.ts";

/** What a client asks for. `startS` and `endS` are UNIX seconds, both inside the range. */
export type TimeSeriesRequest = {
  readonly type: StatType;
  /** As sent, null when it was not sent. */
  readonly subtype: string | null;
  readonly startS: number;
  readonly endS: number;
  /** The range as the answer repeats it: the text that was sent, or the default in decimal. */
  readonly startText: string;
  readonly endText: string;
  /** The user's id as sent, null for the whole group. */
  readonly user: string | null;
  readonly fillsWithZero: boolean;
  /** Null: by the length of the range. */
  readonly granularity: Granularity | null;
};

/** What points can be made of; an extension of ours. */
export const GRANULARITIES = ["hour", "day", "week", "month"] as const;

/** One of them. */
export type Granularity = (typeof GRANULARITIES)[number];

/** The names that an endpoint reads, in the order of its description. */
const KNOWN = ["stat_type", "stat_subtype", "start_time", "end_time", "user_id", "fill", "granularity"] as const;

const SUBTYPE_CHARACTERS_MAX = 512;

/** Seconds. Fifteen digits let milliseconds through: they are then refused as a time in the future. */
const TIMESTAMP = /^[0-9]{1,15}$/;

const DAY_S = 86_400;

/** How far back a range may reach, in seconds: 364 days (documented). */
const LOOK_BACK_S = 364 * DAY_S;

/** Allows for a client's clock that differs from ours and for the time a request takes on its way, in seconds. */
const CLOCK_TOLERANCE_S = 60;

/** Reads the parameters of one request made at `nowMs`; throws `request/invalid` for the first one that is wrong. */
export function readTimeSeriesRequest(type: StatType, query: URLSearchParams, nowMs: number): TimeSeriesRequest {
  refuseRepeated(query, KNOWN);
  const statType = readFirst(query, "stat_type");
  if (statType !== undefined && statType !== type) throw buildParameterError(`stat_type must be ${type} on this path`);
  const subtype = readSubtype(type, query);
  const range = readRange(query, Math.floor(nowMs / 1000));
  const user = readUserId(query);
  const fillsWithZero = readFill(query);
  return { type, subtype, ...range, user, fillsWithZero, granularity: readGranularity(query) };
}

function readSubtype(type: StatType, query: URLSearchParams): string | null {
  const subtype = readFirst(query, "stat_subtype");
  if (subtype === undefined) return null;
  if (type === "storage" && subtype !== STORAGE_SUBTYPE) {
    throw buildParameterError("stat_subtype must be ASSET for storage");
  }
  if (type === "cdn" && !isCdnSubtype(subtype)) {
    throw buildParameterError("stat_subtype must be traffic or request for cdn");
  }
  // Counted in characters: a template in another script is not shorter because its letters take two units each.
  if ([...subtype].length > SUBTYPE_CHARACTERS_MAX) {
    throw buildParameterError(`stat_subtype must be at most ${SUBTYPE_CHARACTERS_MAX} characters`);
  }
  return subtype;
}

type RequestedRange = Pick<TimeSeriesRequest, "startS" | "endS" | "startText" | "endText">;

function readRange(query: URLSearchParams, nowS: number): RequestedRange {
  const startText = readTimestamp(query, "start_time");
  const endText = readTimestamp(query, "end_time");
  const endS = endText === undefined ? nowS : Number(endText);
  const startS = startText === undefined ? toDefaultStart(endS, nowS) : Number(startText);
  if (Math.max(startS, endS) > nowS + CLOCK_TOLERANCE_S) {
    throw buildParameterError("start_time and end_time must not be in the future");
  }
  if (Math.min(startS, endS) < nowS - LOOK_BACK_S - CLOCK_TOLERANCE_S) {
    throw buildParameterError("start_time and end_time must be within the last 364 days");
  }
  if (startS > endS) throw buildParameterError("start_time must not be after end_time");
  return { startS, endS, startText: startText ?? String(startS), endText: endText ?? String(endS) };
}

function readTimestamp(query: URLSearchParams, name: "start_time" | "end_time"): string | undefined {
  const text = readFirst(query, name);
  if (text !== undefined && !TIMESTAMP.test(text)) {
    throw buildParameterError(`${name} must be an integer UNIX timestamp in seconds`);
  }
  return text;
}

/**
 * One day before the end, but not beyond the look-back. An end inside the tolerance beyond the look-back is its own
 * start: the raised start would lie after it, and the client would be refused for a value that it did not send.
 */
function toDefaultStart(endS: number, nowS: number): number {
  return Math.min(endS, Math.max(endS - DAY_S, nowS - LOOK_BACK_S));
}

function readFill(query: URLSearchParams): boolean {
  const fill = readFirst(query, "fill") ?? "none";
  if (fill !== "none" && fill !== "zero") throw buildParameterError("fill must be none or zero");
  return fill === "zero";
}

function readGranularity(query: URLSearchParams): Granularity | null {
  const text = readFirst(query, "granularity");
  if (text === undefined) return null;
  const granularity = GRANULARITIES.find((one) => one === text);
  if (granularity === undefined) throw buildParameterError("granularity must be hour, day, week or month");
  return granularity;
}
