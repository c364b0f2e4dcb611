/**
 * bunny: the logs of Bunny CDN, twelve values separated by `|`, and the extended form with three more.
 */
import type { Rejection } from "../../rejection.ts";
import { buildFound } from "../build-found.ts";
import { readCacheResult } from "../field-values.ts";
import { findForeignBytes } from "../find-foreign-bytes.ts";
import { type FoundFields, type LineInput, type LogFormat, MINUTE_MS } from "../log-format.ts";
import { buildNativeId } from "../native-id.ts";

/** Values that stand before the user agent, which may hold a `|` itself. */
const VALUES_BEFORE_AGENT = 9;

const VALUES_MIN = 12;

const REQUEST_ID = /^[0-9a-f]{32}$/i;

/** The format. There is no method; what stands behind the country may be a credential and is never looked at. */
export const BUNNY: LogFormat = {
  name: "bunny",
  //       cache status timestamp bytes zone client referrer url edge agent id country
  sample: [
    "HIT|200|1795162502041|51234|39001|192.0.2.0|-|https://cdn.example.com/img/a%20b.jpg?w=200|DE|Demo/1.0|20ee80e63596799a1543bc9fd88d8878|DE",
  ],
  fields: [
    ...["cache status", "status", "timestamp", "bytes sent", "pull zone id", "remote IP", "referer", "url"],
    ...["edge location", "user agent", "request id", "country"],
  ],
  see: [
    "https://docs.bunny.net/cdn/logging (read 2026-11-20)",
    "https://docs.bunny.net/api-reference/cdn-logging (read 2026-11-20)",
  ],
  header: "none",
  latenessBoundMs: 15 * MINUTE_MS,
  read: readBunnyLine,
};

function readBunnyLine({ bytes, isTerminated }: LineInput): FoundFields | Rejection {
  const foreign = findForeignBytes(bytes);
  if (foreign !== null) return { reason: "not-text", detail: foreign };
  if (!isTerminated) {
    return { reason: "unterminated", detail: "The last line has no line end, and its last value may be cut." };
  }
  const values = bytes.toString().split("|");
  const [cache = "", status, time, bytesOut, , , , url] = values;
  if (values.length < VALUES_MIN || !/^[A-Z_-]+$/i.test(cache)) {
    return { reason: "malformed", detail: `The line has not the ${VALUES_MIN} values of a Bunny log.` };
  }
  return buildFound(
    {
      time,
      timeZone: "UTC",
      target: url === "-" ? undefined : url,
      status,
      bytesOut,
      names: { time: "timestamp", target: "url", status: "status", bytesOut: "bytes sent" },
    },
    { id: buildNativeId("bunny", findRequestId(values)), cache: readCacheResult(cache) },
  );
}

/** The last value but one of a basic line; in an extended one the last that looks like an id. */
function findRequestId(values: readonly string[]): string | null {
  const beforeCountry = values.at(-2) ?? "";
  if (REQUEST_ID.test(beforeCountry)) return beforeCountry;
  return values.slice(VALUES_BEFORE_AGENT).findLast((value) => REQUEST_ID.test(value)) ?? null;
}
