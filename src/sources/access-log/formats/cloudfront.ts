/**
 * cloudfront: standard logs of Amazon CloudFront, version 1 and 2; cloudfront-realtime: its records without a header.
 * Columns are read by name, never by place: which there are is the operator's choice and changes within a bucket.
 */
import type { Rejection } from "../../rejection.ts";
import { buildFound } from "../build-found.ts";
import { parseColumns } from "../columns.ts";
import { decodePath } from "../decode-path.ts";
import { readCacheResult } from "../field-values.ts";
import {
  type FoundFields,
  HOUR_MS,
  type LineInput,
  type LogFormat,
  PUSH_LATENESS_MS,
  type ReadSettings,
} from "../log-format.ts";
import { buildNativeId } from "../native-id.ts";
import { parseJsonLine } from "../read-json.ts";

const SAMPLE_FIELDS =
  "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) " +
  "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken " +
  "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status " +
  "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len " +
  "sc-range-start sc-range-end";

const REALTIME_SAMPLE_FIELDS =
  "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes " +
  "x-edge-location x-edge-request-id x-host-header";

const REALTIME_MORE_FIELDS =
  "time-taken cs-protocol-version c-ip-version cs-user-agent cs-referer cs-cookie cs-uri-query " +
  "x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type fle-encrypted-fields " +
  "fle-status sc-content-type sc-content-len sc-range-start sc-range-end c-port x-edge-detailed-result-type c-country " +
  "cs-accept-encoding cs-accept cache-behavior-path-pattern cs-headers cs-header-names cs-headers-count";

/**
 * The fields of real-time records in the order in which chosen ones always come. Later additions are not among them: where
 * they stand is not known for certain, so nothing is said of their place.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html "Fields", read 2026-11-20
 */
export const REALTIME_ORDER: readonly string[] = `${REALTIME_SAMPLE_FIELDS} ${REALTIME_MORE_FIELDS}`.split(" ");

/** The standard log, with `#Fields:` or as JSON. The time is when the answer ended; bytes include headers. */
export const CLOUDFRONT: LogFormat = {
  name: "cloudfront",
  sample: [
    "#Version: 1.0",
    `#Fields: ${SAMPLE_FIELDS}`,
    "2026-11-20\t08:15:02\tFRA56-P3\t51702\t192.0.2.17\tGET\td111111abcdef8.cloudfront.net\t/img/a%2520b.jpg\t200\t-\tDemo/1.0%20(test)\tw=200\t-\tHit\tPg9qKaU3D9ewfTLowrXad2FOgz295LIueJwTQ5TxLvZ7v7GNkV5L2Q==\tcdn.example.com\thttps\t412\t0.004\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t51442\t0.004\tHit\timage/jpeg\t51234\t-\t-",
    `{"timestamp(ms)":"1795162502041","x-edge-location":"FRA56-P3","sc-bytes":"51702","cs-method":"GET","x-host-header":"cdn.example.com","cs-uri-stem":"/img/a%2520b.jpg","sc-status":"200","x-edge-result-type":"Hit","x-edge-request-id":"Pg9qKaU3D9ewfTLowrXad2FOgz295LIueJwTQ5TxLvZ7v7GNkV5L2Q==","cs-bytes":"412"}`,
  ],
  fields: SAMPLE_FIELDS.split(" "),
  see: [
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html (read 2026-11-20)",
  ],
  header: "w3c",
  latenessBoundMs: 24 * HOUR_MS,
  read: readStandardLine,
};

/** Real-time records. The source lists its fields in the vendor's order; the path has the query, and the two host fields are swapped. */
export const CLOUDFRONT_REALTIME: LogFormat = {
  name: "cloudfront-realtime",
  sample: [
    "1795162502.041\t192.0.2.17\t0.004\t200\t51702\tGET\thttps\tcdn.example.com\t/img/logo.svg?v=3\t412\tFRA56-P3\tPg9qKaU3D9ewfTLowrXad2FOgz295LIueJwTQ5TxLvZ7v7GNkV5L2Q==\td111111abcdef8.cloudfront.net",
  ],
  fields: REALTIME_SAMPLE_FIELDS.split(" "),
  see: ["https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html (read 2026-11-20)"],
  header: "none",
  latenessBoundMs: PUSH_LATENESS_MS,
  read: readRealtimeLine,
};

type Read = (name: string) => unknown;

function readStandardLine(line: LineInput, settings: ReadSettings): FoundFields | Rejection {
  if (line.bytes[0] === 0x7b) {
    const json = parseJsonLine(line);
    return "reason" in json ? json : toFound(json.read, "x-host-header", "cloudfront");
  }
  const names = line.columns ?? settings.fields;
  if (names === null) {
    return { reason: "malformed", detail: "No #Fields: line stands before it, and the source lists no fields." };
  }
  const read = parseColumns(line, { names, delimiter: settings.delimiter, exact: false });
  return "reason" in read ? read : toFound(read, "x-host-header", "cloudfront");
}

function readRealtimeLine(line: LineInput, settings: ReadSettings): FoundFields | Rejection {
  if (settings.fields === null) {
    return { reason: "malformed", detail: "The source lists no fields, and the records have no header." };
  }
  const read = parseColumns(line, { names: settings.fields, delimiter: settings.delimiter, exact: true });
  return "reason" in read ? read : toFound(read, "cs-host", "cloudfront-realtime");
}

/** Both forms have the same names but for the host that the viewer asked for. */
function toFound(read: Read, hostField: string, format: string): FoundFields | Rejection {
  const text = (name: string) => toColumnText(read(name));
  const [date, time] = [text("date"), text("time")];
  const stem = text("cs-uri-stem");
  const host = text(hostField) ?? text("cs(Host)");
  return buildFound(
    {
      time: text("timestamp(ms)") ?? text("timestamp") ?? (date === null || time === null ? null : `${date}T${time}Z`),
      timeZone: "UTC",
      // Every value is encoded once more by the vendor: a viewer's %20 stands there as %2520.
      target: stem === null ? undefined : decodePath(Buffer.from(stem)),
      status: read("sc-status"),
      bytesOut: read("sc-bytes"),
      bytesIn: read("cs-bytes"),
      names: { time: "date and time", target: "cs-uri-stem", status: "sc-status", bytesOut: "sc-bytes" },
    },
    {
      id: buildNativeId(format, text("x-edge-request-id")),
      method: read("cs-method") === undefined ? null : (text("cs-method") ?? ""),
      host: host,
      cache: readCacheResult(text("x-edge-result-type")),
    },
  );
}

/** Text of a column; null for an absent one and for `-`. */
function toColumnText(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "-" && value !== "" ? value : null;
}
