/**
 * Fields found in a line -> what was asked and what was answered, or why it does not count. One order of reasons for all
 * formats: bad-number, no-request, no-response, then what the format itself says against the line.
 */
import { MEASURE_MAX } from "../../model/usage-event.ts";
import type { Rejection } from "../rejection.ts";
import { cutTarget } from "./cut-target.ts";
import { decodeUrlPath, encodeControls } from "./decode-path.ts";
import { withoutPort } from "./host-name.ts";
import type { FoundFields } from "./log-format.ts";
import { knownUser, type LineRequest, wasUnanswered } from "./parse-request.ts";

/** What a method is; any other word is none, also one in lower case. */
export const METHOD = /^[A-Z][A-Z0-9_-]{0,31}$/;

/** Judges the fields of a line. Methods in lower case are none, as everywhere. */
export function toRequest(found: FoundFields): LineRequest | Rejection {
  const { bytesOut, bytesIn, status } = found;
  if (Number.isNaN(bytesOut) || Number.isNaN(bytesIn)) {
    return { reason: "bad-number", detail: `Bytes must be \`-\` or an integer from 0 to ${MEASURE_MAX}.` };
  }
  const method = found.method ?? "GET";
  if (!METHOD.test(method)) return { reason: "no-request", detail: "There is no method." };
  const target = found.targetForm === "url" ? cutTarget(found.target) : { path: found.target, host: null };
  // Servers write `-` for a variable without a value. An object may be called so; no path is, as paths begin with a slash.
  const isNothing = target.path === "" || target.path === "-";
  if (isNothing && found.store === null) return { reason: "no-request", detail: "There is no path." };
  if (found.wasAsked && wasUnanswered(status, bytesOut)) {
    return { reason: "no-response", detail: "Nothing was answered: no status, and no byte was sent." };
  }
  if (found.verdict !== null) return found.verdict;
  return {
    method,
    path: found.targetForm === "url" ? decodeUrlPath(Buffer.from(target.path)) : encodeControls(target.path),
    status,
    bytesOut,
    bytesIn,
    host: withoutPort(found.host ?? target.host),
    cache: found.cache,
    user: knownUser(found.user),
    bucket: found.bucket,
    store: found.store,
    ...(found.isInternal === true ? { isInternal: true } : {}),
  };
}
