/**
 * json-lines: any log of one JSON object per line, read by the map of fields that its source says.
 */
import type { FieldMap } from "../../../model/source-settings.ts";
import type { Rejection } from "../../rejection.ts";
import { buildFound } from "../build-found.ts";
import { cutDecodedQuery } from "../cut-target.ts";
import { readCacheResult, saysNo, saysYes } from "../field-values.ts";
import {
  FILE_LATENESS_MS,
  type FoundFields,
  type LineInput,
  type LogFormat,
  type ReadSettings,
} from "../log-format.ts";
import { buildNativeId } from "../native-id.ts";
import { type JsonLine, parseJsonLine, toText } from "../read-json.ts";

/** What a line may hold: deeper and wider ones are of no access log. */
const DEPTH_MAX = 8;
const KEYS_MAX = 200;

/** The map where a source says none: that of the log format that docs/access-logs.md recommends for nginx. */
export const NGINX_JSON_MAP: FieldMap = {
  time: "time",
  id: ["id"],
  method: "method",
  uri: "uri",
  status: "status",
  bytesOut: "bytes_out",
  bytesIn: "bytes_in",
  host: "host",
  cacheStatus: "cache",
};

/** The format. With nginx's `escape=json` all values are texts and a missing one is empty. */
export const JSON_LINES: LogFormat = {
  name: "json-lines",
  sample: [
    `{"time":"1795162502.041","id":"86dd1cf45142e904cb2e99c2721fac3c","method":"GET","uri":"/img/a%20b.jpg?w=200","status":"200","bytes_out":"51234","bytes_in":"412","host":"cdn.example.com","cache":"HIT"}`,
  ],
  fields: ["time", "id", "method", "uri", "status", "bytes_out", "bytes_in", "host", "cache"],
  see: ["https://nginx.org/en/docs/http/ngx_http_log_module.html (read 2026-11-20)"],
  header: "none",
  latenessBoundMs: FILE_LATENESS_MS,
  read: readJsonRecord,
};

function readJsonRecord(line: LineInput, { fieldMap, timeZone }: ReadSettings): FoundFields | Rejection {
  const json = parseJsonLine(line);
  if ("reason" in json) return json;
  const map = fieldMap ?? NGINX_JSON_MAP;
  if (isTooLarge(json.value)) {
    return { reason: "malformed", detail: `The object is deeper than ${DEPTH_MAX} or has more than ${KEYS_MAX} keys.` };
  }
  const text = (path: string | undefined) => (path === undefined ? null : json.text(path));
  const { method, target } = readTarget(json, map);
  return buildFound(
    {
      time: json.read(map.time),
      timeZone,
      target,
      status: json.read(map.status),
      bytesOut: json.read(map.bytesOut),
      bytesIn: map.bytesIn === undefined ? 0 : json.read(map.bytesIn),
      names: { time: map.time, target: "path", status: map.status, bytesOut: map.bytesOut },
    },
    {
      id: readId(json, map),
      method,
      targetForm: map.path === undefined ? "url" : "key",
      host: text(map.host),
      cache: readCacheResult(text(map.cacheStatus)),
      user: text(map.user),
      verdict: findVerdict(json, map),
    },
  );
}

const SUB_REQUEST: Rejection = { reason: "sub-request", detail: "The line says that it is part of another request." };

const SHIELD_HOP: Rejection = { reason: "shield-hop", detail: "The line says that it is not of the edge." };

/** Why the line is no request of its own, where it says so. One that says nothing is a request. */
function findVerdict(json: JsonLine, { subRequest, edge }: FieldMap): Rejection | null {
  if (subRequest !== undefined && saysYes(json.read(subRequest))) return SUB_REQUEST;
  return edge !== undefined && saysNo(json.read(edge)) ? SHIELD_HOP : null;
}

/** Method and target, from fields of their own or from a request field such as `GET /a b HTTP/1.1`. */
function readTarget(json: JsonLine, map: FieldMap): { readonly method: string | null; readonly target: unknown } {
  if (map.request === undefined) {
    const target = map.uri === undefined ? readPath(json, map.path) : json.read(map.uri);
    return { method: map.method === undefined ? null : (json.text(map.method) ?? ""), target };
  }
  const written = json.read(map.request);
  const request = toText(written);
  if (request === null) return { method: null, target: written };
  const [method = "", ...rest] = request.split(" ");
  if (rest.at(-1)?.startsWith("HTTP/")) rest.pop();
  return { method, target: rest.join(" ") };
}

/** A decoded path, which has no query; a field that has one all the same must not bring its keys along. */
function readPath(json: JsonLine, path = ""): unknown {
  const value = json.read(path);
  return typeof value === "string" ? cutDecodedQuery(value) : value;
}

/** A number that is no safe integer has lost digits by now: 1795162502041000001 and …002 are read as one, and would count as one. */
function readId(json: JsonLine, { id }: FieldMap): string | null {
  if (id === undefined || id.length === 0) return null;
  const values = id.map(json.read);
  if (values.some((value) => typeof value === "number" && !Number.isSafeInteger(value))) return null;
  const [first, ...more] = values.map((value) => toText(value) ?? "");
  return buildNativeId("json-lines", first, more);
}

function isTooLarge(value: unknown): boolean {
  let keys = 0;
  const visit = (at: unknown, depth: number): boolean => {
    if (typeof at !== "object" || at === null) return false;
    if (depth > DEPTH_MAX) return true;
    for (const child of Object.values(at)) {
      keys += 1;
      if (keys > KEYS_MAX || visit(child, depth + 1)) return true;
    }
    return false;
  };
  return visit(value, 1);
}
