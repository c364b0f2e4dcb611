/**
 * cloudflare-http: the dataset http_requests of Cloudflare's Logpush, one JSON object per line with the fields of the job.
 */
import type { Rejection } from "../../rejection.ts";
import { buildFound } from "../build-found.ts";
import { cutTarget } from "../cut-target.ts";
import { readCacheResult, readTime, saysYes } from "../field-values.ts";
import { type FoundFields, HOUR_MS, type LineInput, type LogFormat } from "../log-format.ts";
import { buildNativeId } from "../native-id.ts";
import { type JsonLine, parseJsonLine } from "../read-json.ts";

/** The format. Times are numbers or texts, as the job is set; ray ids may repeat, so time and path are in the id. */
export const CLOUDFLARE_HTTP: LogFormat = {
  name: "cloudflare-http",
  sample: [
    `{"ClientRequestHost":"cdn.example.com","ClientRequestMethod":"GET","ClientRequestPath":"/img/logo.svg","ClientRequestBytes":412,"EdgeStartTimestamp":"2026-11-20T08:15:02Z","EdgeEndTimestamp":"2026-11-20T08:15:02Z","EdgeResponseBytes":11350,"EdgeResponseStatus":200,"CacheCacheStatus":"hit","RayID":"8e5a1b2c3d4e5f60","ParentRayID":"00","WorkerSubrequest":false,"ZoneName":"example.com"}`,
  ],
  fields: [
    ...["EdgeStartTimestamp", "EdgeEndTimestamp", "RayID", "ParentRayID", "WorkerSubrequest"],
    ...["ClientRequestHost", "ClientRequestMethod", "ClientRequestPath", "ClientRequestURI", "ClientRequestBytes"],
    ...["EdgeResponseBytes", "EdgeResponseBodyBytes", "EdgeResponseStatus", "CacheCacheStatus"],
  ],
  see: [
    "https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/ (read 2026-11-20)",
    "https://developers.cloudflare.com/logs/logpush/logpush-job/log-output-options/ (read 2026-11-20)",
  ],
  header: "batch",
  latenessBoundMs: 2 * HOUR_MS,
  read: readCloudflareLine,
};

function readCloudflareLine(line: LineInput): FoundFields | Rejection {
  const json = parseJsonLine(line);
  if ("reason" in json) return json;
  const time = json.read("EdgeStartTimestamp") ?? json.read("EdgeEndTimestamp");
  const uri = json.text("ClientRequestURI");
  const path = json.text("ClientRequestPath");
  const target = path ?? (uri === null ? null : cutTarget(uri).path);
  const second = Math.floor((readTime(time, "UTC") ?? 0) / 1000);
  return buildFound(
    {
      time,
      timeZone: "UTC",
      target,
      status: json.read("EdgeResponseStatus"),
      bytesOut: json.read("EdgeResponseBytes") ?? json.read("EdgeResponseBodyBytes"),
      bytesIn: json.read("ClientRequestBytes"),
      names: {
        time: "EdgeStartTimestamp",
        target: "ClientRequestPath or ClientRequestURI",
        status: "EdgeResponseStatus",
        bytesOut: "EdgeResponseBytes",
      },
    },
    {
      id: buildNativeId("cloudflare-http", json.text("RayID"), [String(second), uri ?? path ?? ""]),
      method: json.text("ClientRequestMethod"),
      host: json.text("ClientRequestHost"),
      cache: readCacheResult(json.text("CacheCacheStatus")),
      verdict: judge(json),
    },
  );
}

/** A Worker's own fetch and a request with a parent are halves of what their parent's line counts. */
function judge(json: JsonLine): Rejection | null {
  const parent = json.text("ParentRayID");
  const hasParent = parent !== null && parent !== "" && parent !== "00";
  if (!saysYes(json.read("WorkerSubrequest")) && !hasParent) return null;
  return { reason: "sub-request", detail: "A Worker made the request; the request that it answers is counted." };
}
