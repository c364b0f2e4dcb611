/**
 * s3: the server access log of Amazon S3 and of stores that write the same.
 */
import type { Rejection } from "../../rejection.ts";
import { buildFound, missing } from "../build-found.ts";
import { cutTarget } from "../cut-target.ts";
import { decodePath } from "../decode-path.ts";
import { readByteCount, readStatus } from "../field-values.ts";
import { findForeignBytes } from "../find-foreign-bytes.ts";
import { toLineText } from "../line-text.ts";
import { type FoundFields, HOUR_MS, type LineInput, type LogFormat } from "../log-format.ts";
import { buildNativeId } from "../native-id.ts";
import { readLogTime } from "../parse-log-time.ts";
import { parseS3Columns, type S3Columns } from "../s3-line.ts";
import { toStoreOperation, toVerdict } from "../store-operation.ts";
import { S3_LIFECYCLE_PREFIX, S3_OPERATIONS } from "./s3-operations.ts";

/** The format. Lines come in no order and hours late; there is no count of bytes received, uploads say the object's size. */
export const S3: LogFormat = {
  name: "s3",
  sample: [
    `4c1029697ee358715d3a14a2add817c4b01651440de808371f78165ac90dc581 media-example [20/Nov/2026:08:15:02 +0000] 192.0.2.17 - 7Q4ZK1EXAMPLE01A REST.GET.OBJECT img/a%2520b.jpg "GET /img/a%20b.jpg?x-id=GetObject HTTP/1.1" 206 - 65536 5242880 41 12 "-" "Demo/1.0" - 3zTyXb0EXAMPLEhostid0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ= - ECDHE-RSA-AES128-GCM-SHA256 - media-example.s3.eu-central-1.amazonaws.com TLSv1.2 - - eu-central-1`,
  ],
  fields: [
    ...[
      "bucket_owner",
      "bucket",
      "[time]",
      "remote_ip",
      "requester",
      "request_id",
      "operation",
      "key",
      '"request_uri"',
    ],
    ...["http_status", "error_code", "bytes_sent", "object_size", "total_time", "turn_around_time", '"referer"'],
    ...['"user_agent"', "version_id", "host_id", "signature_version", "cipher_suite", "authentication_type"],
    ...["host_header", "tls_version", "access_point_arn", "acl_required", "source_region"],
  ],
  see: [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html (read 2026-11-20)",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html (read 2026-11-20)",
  ],
  header: "none",
  latenessBoundMs: 24 * HOUR_MS,
  read: readS3Line,
};

function readS3Line({ bytes, isTerminated }: LineInput): FoundFields | Rejection {
  const foreign = findForeignBytes(bytes);
  if (foreign !== null) return { reason: "not-text", detail: foreign };
  if (!isTerminated) {
    return { reason: "unterminated", detail: "The last line has no line end, and more columns may follow." };
  }
  const columns = parseS3Columns(toLineText(bytes));
  if ("reason" in columns) return columns;
  if (columns.operation === "-") return missing("operation");
  const timeMs = readLogTime(columns.time);
  const key = columns.key === "-" ? "" : decodeKey(columns);
  const status = readStatus(columns.status) ?? null;
  const found = buildFound(
    {
      // Given in seconds when it is a time, and else as what cannot be one.
      time: columns.time === "-" || columns.time === "" ? null : timeMs === null ? "no time" : timeMs / 1000,
      timeZone: "UTC",
      target: key,
      status: columns.status,
      bytesOut: columns.bytesSent,
      names: { time: "time", target: "key", status: "http_status", bytesOut: "bytes_sent" },
    },
    { id: buildNativeId("s3", columns.requestId, [columns.operation, columns.key, columns.versionId]) },
  );
  return "reason" in found ? found : { ...found, ...describeRequest(columns, status) };
}

/** What the operation makes of the line. */
function describeRequest(columns: S3Columns, status: number | null): Partial<FoundFields> {
  const { operation, objectSize, bucket, hostHeader } = columns;
  const rule = S3_OPERATIONS.get(operation);
  const refused = rule !== undefined && "refused" in rule ? rule : null;
  const counted = rule !== undefined && "refused" in rule ? undefined : rule;
  const isLifecycle = operation.startsWith(S3_LIFECYCLE_PREFIX);
  const size = readByteCount(objectSize);
  const objectBytes = objectSize === "-" ? null : size;
  const unknownLifecycle = isLifecycle && rule === undefined;
  const verdict = unknownLifecycle
    ? { refused: "not-access" as const, detail: "A lifecycle rule did something that is no deletion." }
    : refused;
  return {
    targetForm: "key",
    method: columns.requestUri === "-" ? "GET" : (columns.requestUri.split(" ")[0] ?? ""),
    wasAsked: !isLifecycle,
    // Nothing says how much was received; a size that is no number is said to be none.
    bytesIn: Number.isNaN(size) ? size : 0,
    host: hostHeader,
    bucket: bucket === "-" ? null : bucket,
    verdict: verdict === null ? null : toVerdict(verdict),
    store: toStoreOperation(counted, { name: operation, status, objectBytes, upload: readUpload(columns) }),
  };
}

/** The upload that the request's query names: `PUT /key?partNumber=2&uploadId=VXBsb2Fk HTTP/1.1`. */
function readUpload({ requestUri }: S3Columns): { readonly id: string | null; readonly part: string | null } {
  const query = /\?(\S*)/.exec(requestUri)?.[1] ?? "";
  const parameters = query.includes("uploadId=") ? new URLSearchParams(query) : null;
  return { id: parameters?.get("uploadId") ?? null, part: parameters?.get("partNumber") ?? null };
}

/**
 * The key, which is URL-encoded, and twice in places: where the key decoded twice and not the one decoded once is what
 * the request's path says, it is that. A path of path-style requests begins with the bucket.
 */
function decodeKey({ key, requestUri, bucket }: S3Columns): string {
  const once = decodePath(Buffer.from(key));
  if (!once.includes("%") || requestUri === "-") return once;
  const twice = decodePath(Buffer.from(once));
  const target = requestUri.split(" ").slice(1, -1).join(" ");
  const path = decodePath(Buffer.from(cutTarget(target).path)).replace(/^\//, "");
  const isPath = (name: string) => path === name || path === `${bucket}/${name}`;
  return isPath(twice) && !isPath(once) ? twice : once;
}
