/**
 * minio-audit: the audit log of MinIO, one JSON object per request, from a file or its webhook. Of headers and query
 * only what says an object's size, its upload and that the platform itself asked is read; Authorization, cookies and claims go no further than this file.
 */
import type { Rejection } from "../../rejection.ts";
import { buildFound, missing } from "../build-found.ts";
import { readByteCount, readStatus } from "../field-values.ts";
import { type FoundFields, type LineInput, type LogFormat, PUSH_LATENESS_MS } from "../log-format.ts";
import { buildNativeId } from "../native-id.ts";
import type { JsonLine } from "../read-json.ts";
import { saysInternal } from "../says-internal.ts";
import { toStoreOperation } from "../store-operation.ts";
import { readMinioEntry, TOO_MANY_OBJECTS } from "./minio-entry.ts";
import { MINIO_BULK_DELETED, MINIO_OPERATIONS } from "./minio-operations.ts";

/**
 * The longest entry: a bulk deletion names up to 1,000 objects, by keys of up to 1,024 bytes that JSON may write twice as long,
 * and their versions. Refused as too long, its objects would stay counted for ever.
 */
const ENTRY_BYTES_MAX = 4 * 1024 * 1024;

/** The format. A bulk deletion gives one record more for each of its objects. */
export const MINIO_AUDIT: LogFormat = {
  name: "minio-audit",
  sample: [
    `{"version":"1","deploymentid":"6f1c2d3e-0000-4000-8000-00000000a001","time":"2026-11-20T08:15:02.041817748Z","event":"","trigger":"incoming","api":{"name":"PutObject","bucket":"media-example","object":"img/a b.jpg","status":"OK","statusCode":200,"rx":52110,"tx":0,"txHeaders":312,"timeToFirstByte":"366333ns","timeToResponse":"16438202ns"},"remotehost":"192.0.2.17","requestID":"18A1B2C3D4E5F607","userAgent":"Demo/1.0","requestHeader":{"Authorization":"(removed on arrival)","Content-Length":"52110","X-Amz-Decoded-Content-Length":"51234"},"responseHeader":{"ETag":"\\"0123456789abcdef0123456789abcdef\\""},"accessKey":"demo"}`,
  ],
  fields: [
    ...["deploymentid", "time", "requestID", "requestHost", "api.name", "api.bucket", "api.object", "api.objects"],
    ...["api.statusCode", "api.rx", "api.tx", "requestHeader.X-Amz-Decoded-Content-Length"],
    ...["requestHeader", "requestHeader.Content-Length", "responseHeader.Content-Length"],
    ...["requestQuery.uploadId", "requestQuery.partNumber"],
  ],
  see: [
    "https://github.com/minio/minio/blob/master/docs/logging/README.md (read 2026-11-20)",
    "https://github.com/minio/pkg/blob/main/logger/message/audit/entry.go (read 2026-11-20)",
  ],
  header: "none",
  latenessBoundMs: PUSH_LATENESS_MS,
  lineBytesMax: ENTRY_BYTES_MAX,
  read: readMinioRecord,
};

/** Requests whose length is not that of the object or part that they store. */
const WITHOUT_SIZE: ReadonlySet<string> = new Set(["CopyObject", "CopyObjectPart", "CompleteMultipartUpload"]);

function readMinioRecord(line: LineInput): FoundFields | Rejection {
  const entry = readMinioEntry(line);
  if ("reason" in entry) return entry;
  const { json, objects, hasMore } = entry;
  const [name, requestId] = [json.text("api.name"), json.text("requestID")];
  if (!name || !requestId) {
    return { reason: "not-access", detail: "An audit entry without api.name or requestID is no object request." };
  }
  if (hasMore && line.part > objects.length) return TOO_MANY_OBJECTS;
  const bulkObject = line.part === 0 ? null : (objects[line.part - 1] ?? null);
  if (line.part > 0 && (bulkObject === null || bulkObject.name === "")) return missing("api.objects.objectName");
  const status = readStatus(json.read("api.statusCode")) ?? null;
  const more = bulkObject === null ? [] : [bulkObject.name, bulkObject.version];
  return buildFound(
    {
      time: json.read("time"),
      timeZone: "UTC",
      target: bulkObject?.name ?? json.read("api.object") ?? "",
      status: json.read("api.statusCode"),
      bytesOut: bulkObject === null ? bytesSent(json) : 0,
      bytesIn: bulkObject === null ? json.read("api.rx") : 0,
      names: { time: "time", target: "api.object", status: "api.statusCode", bytesOut: "api.tx" },
    },
    {
      id: buildNativeId("minio-audit", requestId, [json.text("deploymentid") ?? "", name, ...more]),
      targetForm: "key",
      host: json.text("requestHost"),
      bucket: json.text("api.bucket") || null,
      ...(saysInternal(json.read("requestHeader")) ? { isInternal: true } : {}),
      store: toStoreOperation(bulkObject === null ? MINIO_OPERATIONS.get(name) : MINIO_BULK_DELETED, {
        name,
        status,
        upload: { id: json.text("requestQuery.uploadId"), part: json.text("requestQuery.partNumber") },
        objectBytes: WITHOUT_SIZE.has(name) ? null : objectSize(json),
      }),
    },
  );
}

/** Bytes of the answer; versions that do not write them leave the header. */
function bytesSent(json: JsonLine): unknown {
  return json.read("api.tx") ?? json.read("responseHeader.Content-Length") ?? 0;
}

/** The object's size. Never `rx`: with signed streams the request is longer than the object. */
function objectSize(json: JsonLine): number | null {
  const written = json.read("requestHeader.X-Amz-Decoded-Content-Length") ?? json.read("requestHeader.Content-Length");
  const size = written === undefined ? Number.NaN : readByteCount(written);
  return Number.isNaN(size) ? null : size;
}
