/**
 * fastly-json: the widespread template of JSON lines for Fastly's log streaming. The operator writes the format, so other
 * templates are read with json-lines and a map of fields.
 */
import type { Rejection } from "../../rejection.ts";
import { buildFound } from "../build-found.ts";
import { readCacheResult, saysNo } from "../field-values.ts";
import { type FoundFields, type LineInput, type LogFormat, PUSH_LATENESS_MS } from "../log-format.ts";
import { parseJsonLine } from "../read-json.ts";

/** The format. The time is the request's start, without a fraction; there is no request id. */
export const FASTLY_JSON: LogFormat = {
  name: "fastly-json",
  sample: [
    `{"timestamp":"2026-11-20T08:15:02+0000","client_ip":"192.0.2.17","geo_country":"germany","geo_city":"berlin","host":"cdn.example.com","url":"/img/logo.svg?v=3","request_method":"GET","request_protocol":"HTTP/2","request_referer":"","request_user_agent":"curl/8.5.0","response_state":"HIT","response_status":200,"response_reason":"OK","response_body_size":10900,"fastly_server":"cache-fra-example001-FRA","fastly_is_edge":true}`,
  ],
  fields: [
    ...["timestamp", "host", "url", "request_method", "response_state", "response_status", "response_body_size"],
    "fastly_is_edge",
  ],
  see: [
    "https://www.fastly.com/documentation/guides/integrations/streaming-logs/custom-log-formats (read 2026-11-20)",
    "https://www.fastly.com/documentation/reference/vcl/subroutines/log (read 2026-11-20)",
  ],
  header: "none",
  latenessBoundMs: PUSH_LATENESS_MS,
  read: readFastlyLine,
};

function readFastlyLine(line: LineInput): FoundFields | Rejection {
  const json = parseJsonLine(line);
  if ("reason" in json) return json;
  return buildFound(
    {
      time: json.read("timestamp"),
      timeZone: "UTC",
      target: json.read("url"),
      status: json.read("response_status"),
      bytesOut: json.read("response_body_size"),
      names: { time: "timestamp", target: "url", status: "response_status", bytesOut: "response_body_size" },
    },
    {
      method: json.text("request_method") ?? "",
      host: json.text("host"),
      cache: readCacheResult(json.text("response_state")),
      // The code that logs runs at the edge and at the shield: one request, two lines.
      verdict: saysNo(json.read("fastly_is_edge"))
        ? { reason: "shield-hop", detail: "The shield's line of a request that the edge counts." }
        : null,
    },
  );
}
