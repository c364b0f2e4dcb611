/**
 * An object store's operation -> what it counts as. One way for all stores; their tables say the rest.
 */
import { hash } from "node:crypto";
import type { UsageKind } from "../../model/usage-event.ts";
import { type MultipartUpload, PART_BYTES_MAX } from "../../model/usage-row.ts";
import type { Rejection } from "../rejection.ts";
import type { StoreOperation } from "./log-format.ts";

/** What one operation of a store's table is. */
export type OperationRule = {
  readonly kind: UsageKind;
  readonly operation: string;
  /** 0 where nobody asked, or another line counts the request. */
  readonly count: 0 | 1;
  /** Whether the bytes of the object were received with it. */
  readonly received: boolean;
  /**
   * What becomes of the object: it has the logged size, it is gone, it stays as it is; or the request has stored a part of
   * it, or completed it of its parts.
   */
  readonly object: "stored" | "gone" | "same" | "part" | "completed";
};

/** A line that is not counted, because another one is or because it is no request. */
export type RefusedOperation = { readonly refused: "sub-request" | "not-access"; readonly detail: string };

/** Statuses from here on did nothing: nothing was stored, delivered or deleted. */
const ERROR_STATUS_MIN = 400;

/** Numbers of parts are from 1 to 10,000 where stores keep to S3; PART_BYTES_MAX is for all that match. */
const PART = /^[1-9][0-9]{0,4}$/;

/** What the log says beside the operation's name. `objectBytes` is null where it does not say. */
export type OperationFacts = {
  readonly name: string;
  readonly status: number | null;
  readonly objectBytes: number | null;
  /** Where the request names a multipart upload: its id, and the number of the part, as they stand there. */
  readonly upload?: { readonly id: string | null; readonly part: string | null };
};

/** What the operation counts as; a request for the API under its own name where it failed or no rule knows it. */
export function toStoreOperation(rule: OperationRule | undefined, facts: OperationFacts): StoreOperation {
  const failed = facts.status !== null && facts.status >= ERROR_STATUS_MIN;
  if (rule === undefined || failed) {
    // Failing makes no request of what is none: a refused bulk deletion of 1,000 objects would count 1,001 requests.
    return { kind: "api", operation: facts.name, count: rule?.count ?? 1, bytesIn: null, object: null };
  }
  const { kind, operation, count } = rule;
  const bytesIn = rule.received ? (facts.objectBytes ?? 0) : kind === "api" ? null : 0;
  const upload = toUpload(rule, facts);
  const done = { kind, operation, count, bytesIn, object: toObject(rule, facts, upload) };
  return upload === null ? done : { ...done, upload };
}

/** Null where the request is none of a multipart upload, or the size of its object is known without the parts. */
function toUpload({ object }: OperationRule, { objectBytes, upload }: OperationFacts): MultipartUpload | null {
  if (upload === undefined || upload.id === null || upload.id === "") return null;
  // Ids of uploads stand in queries, of which nothing may be kept: a hash tells them apart as well.
  const id = hash("sha256", upload.id, "base64url").slice(0, 22);
  if (object === "completed") return objectBytes === null ? { id, part: null } : null;
  if (object !== "part" || !isPartSize(objectBytes) || !PART.test(upload.part ?? "")) return null;
  return { id, part: Number(upload.part) };
}

/** False where nobody says a size, or one that no part has. */
function isPartSize(bytes: number | null): boolean {
  return bytes !== null && bytes <= PART_BYTES_MAX;
}

function toObject(
  { object }: OperationRule,
  { objectBytes, upload: named }: OperationFacts,
  upload: MultipartUpload | null,
): StoreOperation["object"] {
  if (object === "same") return null;
  if (object === "part" && upload === null) {
    // A part that is copied has no size in some logs. Unsaid, the sum of the other parts would pass for the object's size.
    return !isPartSize(objectBytes) && named?.id && PART.test(named?.part ?? "") ? "unknown" : null;
  }
  if (object === "gone") return { size: 0, exists: false };
  return objectBytes === null ? "unknown" : { size: objectBytes, exists: true };
}

/** The verdict on a line whose operation is not counted. */
export function toVerdict(refused: RefusedOperation): Rejection {
  return { reason: refused.refused, detail: refused.detail };
}
