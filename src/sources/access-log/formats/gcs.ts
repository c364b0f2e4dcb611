/**
 * gcs-usage: the hourly usage logs of Google Cloud Storage, CSV with a header row. Columns are read by the header's names;
 * without a header by the documented order.
 */
import type { Rejection } from "../../rejection.ts";
import { buildFound, missing } from "../build-found.ts";
import { parseCsvRow } from "../csv-row.ts";
import { cutTarget } from "../cut-target.ts";
import { decodePath } from "../decode-path.ts";
import { readByteCount, readStatus } from "../field-values.ts";
import { findForeignBytes } from "../find-foreign-bytes.ts";
import { toLineText } from "../line-text.ts";
import { type FoundFields, HOUR_MS, type LineInput, type LogFormat } from "../log-format.ts";
import { buildNativeId } from "../native-id.ts";
import { type OperationRule, toStoreOperation } from "../store-operation.ts";
import { GCS_EXPIRY, GCS_OPERATIONS } from "./gcs-operations.ts";

const QUOTE = 0x22;

const FIELDS = [
  ...["time_micros", "c_ip", "c_ip_type", "c_ip_region", "cs_method", "cs_uri", "sc_status", "cs_bytes", "sc_bytes"],
  ...["time_taken_micros", "cs_host", "cs_referer", "cs_user_agent", "s_request_id", "cs_operation", "cs_bucket"],
  "cs_object",
];

/** The format. The time is when the request was completed; a name may hold line breaks inside its quotes. */
export const GCS_USAGE: LogFormat = {
  name: "gcs-usage",
  sample: [
    FIELDS.map((field) => `"${field}"`).join(","),
    `"1795162502041000","192.0.2.17","1","","GET","/media-example/img/caf%C3%A9.jpg","200","0","51234","48000","storage.googleapis.com","","Demo/1.0","ADPexampleRequestId01","GET_Object","media-example","img/café.jpg"`,
  ],
  fields: FIELDS,
  see: ["https://docs.cloud.google.com/storage/docs/access-logs (read 2026-11-20)"],
  header: "csv",
  latenessBoundMs: 6 * HOUR_MS,
  read: readGcsRow,
};

function readGcsRow({ bytes, isTerminated, columns }: LineInput): FoundFields | Rejection {
  const foreign = findForeignBytes(bytes);
  if (foreign !== null) return { reason: "not-text", detail: foreign };
  const names = columns ?? FIELDS;
  const values = parseCsvRow(toLineText(bytes));
  const isClosed = values !== null && bytes.at(-1) === QUOTE;
  if (!isTerminated && !(isClosed && isProvedWhole(values, names))) {
    return { reason: "unterminated", detail: "The last row has no line end, and its last column may go on." };
  }
  if (values === null || values.length < names.length) {
    return { reason: "malformed", detail: `The row has not the ${names.length} quoted columns of its header.` };
  }
  const read = (name: string): string | undefined => values[names.indexOf(name)];
  if (!read("cs_operation")) return missing("cs_operation");
  const status = read("sc_status");
  const found = buildFound(
    {
      time: read("time_micros"),
      timeZone: "UTC",
      target: read("cs_object"),
      status,
      bytesOut: read("sc_bytes"),
      bytesIn: read("cs_bytes"),
      names: { time: "time_micros", target: "cs_object", status: "sc_status", bytesOut: "sc_bytes" },
    },
    {
      id: buildNativeId("gcs-usage", read("s_request_id"), [read("cs_operation") ?? "", read("cs_object") ?? ""]),
      targetForm: "key",
      host: read("cs_host") ?? null,
      bucket: read("cs_bucket") || null,
    },
  );
  return "reason" in found ? found : { ...found, ...describeRequest(read, readStatus(status) ?? null) };
}

/**
 * True for a row without line end that cannot go on. The quote that closes its object's name may be the first of two, which are a
 * quote in the name: `"a"` may become `"a""b.jpg"`. The uri has the name, too: it must end with it, and have no quote.
 */
function isProvedWhole(values: readonly string[], names: readonly string[]): boolean {
  if (values.length !== names.length || names.at(-1) !== "cs_object") return false;
  const uri = decodePath(Buffer.from(cutTarget(values[names.indexOf("cs_uri")] ?? "").path));
  return !uri.includes('"') && uri.endsWith(`/${values.at(-1)}`);
}

/** "Resume Incomplete": a piece of a resumable upload has come, and the object is not there yet. */
const RESUME_INCOMPLETE = 308;

/** What the operation makes of the row. */
function describeRequest(read: (name: string) => string | undefined, status: number | null): Partial<FoundFields> {
  const operation = read("cs_operation") ?? "";
  const method = read("cs_method") ?? "";
  const found = findRule(operation, method, read("cs_uri") ?? "");
  // A piece taken for the object would give it the piece's size, and replace the one that it has.
  const isPiece = status === RESUME_INCOMPLETE && found?.object === "stored";
  const rule = isPiece ? ({ ...found, object: "same" } as const) : found;
  const facts = {
    name: operation,
    status,
    objectBytes: rule?.received === true ? readByteCount(read("cs_bytes")) : null,
  };
  return { method: method === "" ? "GET" : method, wasAsked: method !== "", store: toStoreOperation(rule, facts) };
}

function findRule(operation: string, method: string, asked: string): OperationRule | undefined {
  const words = operation.toLowerCase().replace(/[._]/g, " ");
  const rule = GCS_OPERATIONS.find(({ ending, uri }) => ending.test(words) && uri?.test(asked) !== false)?.rule;
  if (rule?.kind === "delete" && method === "") return GCS_EXPIRY;
  // Metadata is read with other methods than GET; then nothing is delivered.
  return rule?.kind === "delivery" && method !== "GET" ? undefined : rule;
}
