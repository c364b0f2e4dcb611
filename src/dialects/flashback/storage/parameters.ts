/**
 * Query string → StorageRequest and BreakdownRequest, with the checks in their fixed order.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference (names and values), read 2026-11-20
 */
import { AppError } from "../../../platform/errors.ts";
import { readFirst } from "../../wire-parameters.ts";
import { listStepStarts, readStorageWindow, type StorageWindow } from "./windows.ts";

/** What figures can be narrowed to. */
export const SCOPES = ["org", "workspace", "repo"] as const;

/** What a client asks for; ids as sent. */
export type StorageRequest = {
  readonly scope: (typeof SCOPES)[number];
  /** Undefined only for the scope `org`. */
  readonly scopeId: string | undefined;
  readonly bucketId: string | undefined;
  readonly window: StorageWindow;
};

/** One page of a breakdown. */
export type BreakdownRequest = StorageRequest & {
  readonly includesSeries: boolean;
  readonly limit: number;
  readonly offset: number;
};

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 500;

/** Reads the parameters of one request made at `nowMs`; throws `request/invalid` for the first one that is wrong. */
export function readStorageRequest(query: URLSearchParams, nowMs: number): StorageRequest {
  const request = readScopedRequest(query, nowMs);
  listStepStarts(request.window);
  return request;
}

/** Reads the parameters of a breakdown; the size of steps counts with a series only. */
export function readBreakdownRequest(query: URLSearchParams, nowMs: number): BreakdownRequest {
  const request = readScopedRequest(query, nowMs);
  const includesSeries = readIncludeSeries(query);
  if (includesSeries) listStepStarts(request.window);
  const limit = readWhole(query, "limit", { initial: LIMIT_DEFAULT, min: 1, max: LIMIT_MAX });
  const offset = readWhole(query, "offset", { initial: 0, min: 0, max: Number.MAX_SAFE_INTEGER });
  return { ...request, includesSeries, limit, offset };
}

function readScopedRequest(query: URLSearchParams, nowMs: number): StorageRequest {
  const asked = readFirst(query, "scope") ?? "org";
  const scope = SCOPES.find((one) => one === asked);
  if (scope === undefined) throw invalid("Invalid scope");
  const scopeId = readFirst(query, "id");
  if (scope !== "org" && scopeId === undefined) throw invalid(`id is required for scope ${scope}`);
  const window = readStorageWindow(query, nowMs);
  // Refused, not ignored: the figures of all keys are not those of one.
  if (readFirst(query, "apiKeyId") !== undefined) throw invalid("apiKeyId filter is not supported");
  return { scope, scopeId, bucketId: readFirst(query, "bucketId"), window };
}

function readIncludeSeries(query: URLSearchParams): boolean {
  const text = readFirst(query, "includeSeries") ?? "false";
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw invalid("Invalid includeSeries");
}

function readWhole(
  query: URLSearchParams,
  name: string,
  bounds: { readonly initial: number; readonly min: number; readonly max: number },
): number {
  const text = readFirst(query, name);
  if (text === undefined) return bounds.initial;
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds.min && value <= bounds.max) return value;
  throw invalid(`Invalid ${name}`);
}

function invalid(message: string): AppError {
  return new AppError("request/invalid", message);
}
