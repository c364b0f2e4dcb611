/**
 * caddy-json: the access log of Caddy, one JSON object per line, beside lines of its other loggers.
 */

import type { Rejection } from "../../rejection.ts";
import { buildFound } from "../build-found.ts";
import {
  FILE_LATENESS_MS,
  type FoundFields,
  type LineInput,
  type LogFormat,
  type ReadSettings,
} from "../log-format.ts";
import { parseJsonLine } from "../read-json.ts";
import { saysInternal } from "../says-internal.ts";

/** The access logger; `http.log.access.log0` and so on are of it too. */
const LOGGER = /^http\.log\.access(?:\.|$)/;

/** The format. The time is when the request ended. */
export const CADDY_JSON: LogFormat = {
  name: "caddy-json",
  sample: [
    `{"level":"info","ts":1795162502.0417,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"192.0.2.17","remote_port":"51442","client_ip":"192.0.2.17","proto":"HTTP/2.0","method":"GET","host":"cdn.example.com","uri":"/img/logo.svg?v=3","headers":{"User-Agent":["curl/8.5.0"],"Cookie":[]},"tls":{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"cdn.example.com"}},"bytes_read":0,"user_id":"","duration":0.00093,"size":10900,"status":200,"resp_headers":{"Content-Type":["image/svg+xml"]}}`,
  ],
  fields: [
    ...["ts", "logger", "request.method", "request.host", "request.uri", "request.headers"],
    ...["bytes_read", "user_id", "size", "status"],
  ],
  see: [
    "https://caddyserver.com/docs/logging (read 2026-11-20)",
    "https://caddyserver.com/docs/caddyfile/directives/log (read 2026-11-20)",
  ],
  header: "none",
  latenessBoundMs: FILE_LATENESS_MS,
  read: readCaddyLine,
};

function readCaddyLine(line: LineInput, { timeZone }: ReadSettings): FoundFields | Rejection {
  const json = parseJsonLine(line);
  if ("reason" in json) return json;
  const logger = json.text("logger");
  if (logger !== null && !LOGGER.test(logger)) {
    return { reason: "not-access", detail: "The line is of another logger than http.log.access." };
  }
  const names = { time: "ts", target: "request.uri", status: "status", bytesOut: "size" };
  return buildFound(
    {
      time: json.read("ts"),
      timeZone,
      target: json.read("request.uri"),
      status: json.read("status"),
      bytesOut: json.read("size"),
      bytesIn: json.read("bytes_read"),
      names,
    },
    {
      method: json.text("request.method") ?? "",
      host: json.text("request.host"),
      user: json.text("user_id"),
      ...(saysInternal(json.read("request.headers")) ? { isInternal: true } : {}),
    },
  );
}
