/**
 * bunny: the logs of Bunny CDN, twelve values separated by `|`, and the extended form with three more.
 */
import type { Rejection } from "../../rejection.ts";
import { buildFound } from "../build-found.ts";
import { readCacheResult } from "../field-values.ts";
import { findForeignBytes } from "../find-foreign-bytes.ts";
import { type FoundFields, type LineInput, type LogFormat, MINUTE_MS } from "../log-format.ts";
import { buildNativeId } from "../native-id.ts";

/** Values of the basic form. */
const VALUES_MIN = 12;

/** Values behind the country in the extended form: a number, a range and an `Authorization` header. */
const VALUES_EXTENDED = 3;

/** Where the request id stands, from 0 on, when no value before it holds a `|`. */
const ID_PLACE = 10;

const REQUEST_ID = /^[0-9a-f]{32}$/i;

/** Two letters of ISO 3166, or nothing known. */
const COUNTRY = /^(?:[a-z0-9]{2}|-?)$/i;

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
  const idPlace = findIdPlace(values);
  return buildFound(
    {
      time,
      timeZone: "UTC",
      target: url === "-" ? undefined : url,
      status,
      bytesOut,
      names: { time: "timestamp", target: "url", status: "status", bytesOut: "bytes sent" },
    },
    { id: buildNativeId("bunny", idPlace === -1 ? null : values[idPlace]), cache: readCacheResult(cache) },
  );
}

/**
 * Where the request id stands, or -1. Agents hold a `|` now and then, so it is looked for from the end: there, in the basic
 * form, id and country are the last two values, and no client can put another id in their place. In the extended form three
 * more follow. The last of them may hold a `|` too (`Bearer 7|…`); then the first id counts that a country and a number
 * follow. Not the last value of 32 hex digits: that may be the header's, a secret that is the same in every request.
 */
function findIdPlace(values: readonly string[]): number {
  if (values.length === VALUES_MIN) return REQUEST_ID.test(values[ID_PLACE] ?? "") ? ID_PLACE : -1;
  const isId = (place: number) =>
    place >= ID_PLACE && REQUEST_ID.test(values[place] ?? "") && COUNTRY.test(values[place + 1] ?? "none");
  const basic = values.length - 2;
  if (isId(basic)) return basic;
  const extended = basic - VALUES_EXTENDED;
  if (isId(extended)) return extended;
  return values.findIndex((_, place) => isId(place) && /^(?:\d+|-)$/.test(values[place + 2] ?? ""));
}
