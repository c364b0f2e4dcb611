/**
 * bunny: the logs of Bunny CDN, twelve values separated by `|`, and the extended form with three more.
 */
import type { Rejection } from "../../rejection.ts";
import { buildFound } from "../build-found.ts";
import { readCacheResult } from "../field-values.ts";
import { findForeignBytes } from "../find-foreign-bytes.ts";
import { toLineText } from "../line-text.ts";
import { type FoundFields, type LineInput, type LogFormat, MINUTE_MS } from "../log-format.ts";
import { buildNativeId } from "../native-id.ts";

/** Values of the basic form. */
const VALUES_MIN = 12;

/** Values behind the country in the extended form: a number, a range and an `Authorization` header. */
const VALUES_EXTENDED = 3;

/** Where the request id stands, from 0 on, when no value before it holds a `|`. */
const ID_PLACE = 10;

/** Where the url stands, from 0 on, when the referrer before it holds no `|`. */
const URL_PLACE = 7;

const HTTP_URL = /^https?:\/\//i;

/** The acronym of an edge location such as `DE`; how long they get is not documented. */
const EDGE = /^(?:[a-z]{2}[a-z0-9-]{0,6}|-)$/i;

const REQUEST_ID = /^[0-9a-f]{32}$/i;

/** Two letters of ISO 3166, or nothing known. */
const COUNTRY = /^(?:[a-z0-9]{2}|-?)$/i;

const NUMBER = /^(?:\d+|-)$/;

const NO_ID: ReadonlySet<string | undefined> = new Set(["", "-"]);

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
  const values = toLineText(bytes).split("|");
  const [cache = "", status, time, bytesOut] = values;
  if (values.length < VALUES_MIN || !/^[A-Z_-]+$/i.test(cache)) {
    return { reason: "malformed", detail: `The line has not the ${VALUES_MIN} values of a Bunny log.` };
  }
  const places = findIdPlaces(values);
  const url = findUrl(values, places);
  if (url === null)
    return { reason: "malformed", detail: "Which value is the url is not clear: one of them holds a `|`." };
  return buildFound(
    {
      time,
      timeZone: "UTC",
      target: url === "-" ? undefined : url,
      status,
      bytesOut,
      names: { time: "timestamp", target: "url", status: "status", bytesOut: "bytes sent" },
    },
    {
      id: buildNativeId("bunny", places.length === 1 ? values[places[0] as number] : null),
      cache: readCacheResult(cache),
    },
  );
}

/**
 * The url; null where it cannot be told. Where no value before the id holds a `|` it is the eighth. Else referrer, url or agent
 * does, and a client can write a whole url into its referrer: it is the only http(s) url that an edge location follows, with
 * what a `|` of its own has cut off. Of two such, one is a piece of a referrer, which must not count as a path.
 */
function findUrl(values: readonly string[], idPlaces: readonly number[]): string | undefined | null {
  const last = idPlaces.at(-1);
  // A missing id is in no certain place.
  const end = last === undefined || NO_ID.has(values[last]) ? values.length : last;
  if (values.length === VALUES_MIN || (end === ID_PLACE && idPlaces.length === 1)) return values[URL_PLACE];
  const urls: string[] = [];
  let start = -1;
  for (let place = URL_PLACE; place < end; place++) {
    const value = values[place] ?? "";
    if (HTTP_URL.test(value)) start = place;
    else if (start !== -1 && EDGE.test(value)) {
      urls.push(values.slice(start, place).join("|"));
      start = -1;
    }
  }
  return urls.length === 1 ? urls[0] : null;
}

/**
 * Where the request id may stand, ascending. In the basic form it is the last value but one. In the extended form three values
 * follow its country: a number, a range and an `Authorization` header. Agent, range and header may hold a `|`, so a line can be
 * read as of both forms, or of one in several ways, where a client wants it to: the header `x|<32 hex digits>|DE` ends a line as
 * an id does. Nothing tells then which value is the server's. Taken for the id, the client's would make duplicates of its requests
 * and be kept, a secret perhaps.
 */
function findIdPlaces(values: readonly string[]): readonly number[] {
  const isId = (place: number) => REQUEST_ID.test(values[place] ?? "");
  if (values.length === VALUES_MIN) return isId(ID_PLACE) ? [ID_PLACE] : [];
  const hasCountry = (place: number) => COUNTRY.test(values[place + 1] ?? "none");
  const hasNumber = (place: number) => NUMBER.test(values[place + 2] ?? "");
  const basic = values.length - 2;
  const extended = basic - VALUES_EXTENDED;
  const places: number[] = [];
  for (let place = ID_PLACE; place <= extended; place++) {
    const fits = isId(place) ? place === extended || hasNumber(place) : NO_ID.has(values[place]) && hasNumber(place);
    if (fits && hasCountry(place)) places.push(place);
  }
  return isId(basic) && hasCountry(basic) ? [...places, basic] : places;
}
