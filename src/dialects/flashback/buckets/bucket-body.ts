/**
 * The body of POST and PUT /bucket → the fields that are kept. `key` and `secret` are checked for their type and dropped
 * here: nothing behind this file ever holds a credential of a storage.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference/storage-apis/bucket-management (fields), read
 * 2026-11-20
 */
import { isPlainEndpoint } from "../../../model/bucket.ts";
import { AppError } from "../../../platform/errors.ts";
import { readJsonObject } from "../../json-body.ts";

/** The kinds of storage that the vendor's pages and client name. */
export const STORAGE_TYPES = ["S3", "GCS", "AZURE", "BLOB"] as const;

/** What is to be kept of a bucket. Undefined fields were not sent. */
export type BucketFields = {
  readonly name: string | undefined;
  readonly storageName: string | undefined;
  readonly storageType: string | undefined;
  /** As sent: whether it is the id of a workspace is for the catalogue to say. */
  readonly workspaceId: string | undefined;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
};

/** A new bucket: everything that must be said is there. */
export type NewBucketFields = BucketFields & Readonly<Record<(typeof REQUIRED)[number][1], string>>;

/** Names on the wire, and ours. */
const REQUIRED = [
  ["name", "name"],
  ["bucket", "storageName"],
  ["storageType", "storageType"],
  ["workspaceId", "workspaceId"],
] as const;

const NAME_CHARACTERS_MAX = 255;

/** The longest address: what a URL may have in most clients. */
const ENDPOINT_CHARACTERS_MAX = 2048;

/** Reads the body of a new bucket; throws `request/body-malformed` or `request/invalid` for the first wrong field. */
export function readNewBucket(body: unknown): NewBucketFields {
  const sent = readJsonObject(body);
  for (const [wire] of REQUIRED) {
    const value = sent[wire];
    if (value === undefined || value === null || value === "") throw invalid(`${wire} is required`);
  }
  return readFields(sent) as NewBucketFields;
}

/** Reads the body of a change: what is absent stays as it is. */
export function readBucketChange(body: unknown): BucketFields {
  const sent = readJsonObject(body);
  for (const [wire] of REQUIRED) if (sent[wire] === "") throw invalid(`${wire} is required`);
  return readFields(sent);
}

function readFields(sent: Readonly<Record<string, unknown>>): BucketFields {
  const fields = {
    name: readText(sent, "name", NAME_CHARACTERS_MAX),
    storageName: readText(sent, "bucket", NAME_CHARACTERS_MAX),
    storageType: readText(sent, "storageType", NAME_CHARACTERS_MAX),
    workspaceId: readText(sent, "workspaceId", NAME_CHARACTERS_MAX),
    endpoint: readText(sent, "endpoint", ENDPOINT_CHARACTERS_MAX),
    region: readText(sent, "region", NAME_CHARACTERS_MAX),
  };
  for (const credential of ["key", "secret"]) checkText(sent[credential], credential);
  const { storageType, endpoint } = fields;
  if (storageType !== undefined && !(STORAGE_TYPES as readonly string[]).includes(storageType)) {
    throw invalid("Invalid storageType");
  }
  if (endpoint !== undefined && !isPlainEndpoint(endpoint)) throw invalid("Invalid endpoint");
  return fields;
}

function readText(sent: Readonly<Record<string, unknown>>, wire: string, charactersMax: number): string | undefined {
  const text = checkText(sent[wire], wire);
  if (text === undefined) return undefined;
  // The catalogue cannot keep NUL and lone surrogates, and would say so in other words.
  const isClean = text.isWellFormed() && !text.includes("\0");
  if (!isClean || [...text].length > charactersMax) throw invalid(`Invalid ${wire}`);
  return text;
}

function checkText(value: unknown, wire: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(`Invalid ${wire}`);
  return value;
}

function invalid(message: string): AppError {
  return new AppError("request/invalid", message);
}
