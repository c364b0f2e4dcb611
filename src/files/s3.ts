/**
 * A FileStore in a bucket of any S3-compatible store. Ranges and conditions are answered by the store itself; only
 * If-Range, which S3 does not know, is decided here.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, read 2026-11-20
 */
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { Clock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import { withBodyErrors } from "./body-errors.ts";
import { checkBytes } from "./check-bytes.ts";
import { assertFileKey, type FileAnswer, type FileRequest, type FileStore } from "./file-store.ts";

/** Where files lie. */
export type S3Options = {
  readonly bucket: string;
  readonly region: string;
  /** The store's own address; null for Amazon's. */
  readonly endpoint: string | null;
  /** Keys of objects begin with this; it ends with a slash or is empty. */
  readonly prefix: string;
  /** Who asks; left out: as the SDK finds it (environment, profile, instance role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly clock: Clock;
};

/** Bytes of one part: S3's smallest. Two parts of one upload are in memory at a time. */
const PART_BYTES = 5 * 1024 * 1024;
const PARTS_AT_ONCE = 2;

/** Parts that belong to no upload any more: older than a day, longer than any upload takes. S3 charges for them. */
const UNFINISHED_MS_MAX = 86_400_000;

/** Opens the bucket, which must exist, and removes parts that a crash has left. Several processes may have it open. */
export async function openS3(options: S3Options): Promise<FileStore> {
  const { bucket, prefix } = options;
  const client = new S3Client({
    region: options.region,
    ...(options.endpoint === null ? {} : { endpoint: options.endpoint, forcePathStyle: true }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    // Other stores than Amazon's do not all know the checksums that the SDK adds unasked.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const targetOf = (key: string) => {
    assertFileKey(key);
    return { Bucket: bucket, Key: prefix + key };
  };
  const ping = async () => void (await withFileErrors(() => client.send(new HeadBucketCommand({ Bucket: bucket }))));
  try {
    await ping();
    await withFileErrors(() => abortUnfinished(client, options));
  } catch (error) {
    client.destroy();
    throw error;
  }
  return {
    async put(key, source, bounds) {
      const target = targetOf(key);
      const checked = checkBytes(source, bounds);
      const body = Readable.from(checked.bytes, { objectMode: false });
      const upload = new Upload({
        client,
        params: { ...target, Body: body },
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
      });
      try {
        await upload.done();
      } catch (error) {
        body.destroy();
        throw checked.failure()?.error ?? toFileError(error);
      }
      return checked.result();
    },
    async stat(key) {
      const target = targetOf(key);
      const found = await withFileErrors(() => nullForMissing(client.send(new HeadObjectCommand(target))));
      return found === null ? null : { bytes: found.ContentLength ?? 0 };
    },
    async answer(key, request) {
      const target = targetOf(key);
      return withFileErrors(() => answerObject(client, target, request));
    },
    async delete(key) {
      const target = targetOf(key);
      await withFileErrors(() => client.send(new DeleteObjectCommand(target)));
    },
    ping,
    close: async () => client.destroy(),
  };
}

type Target = { readonly Bucket: string; readonly Key: string };

async function answerObject(client: S3Client, target: Target, request: FileRequest): Promise<FileAnswer | null> {
  const input = { ...target, ...toConditions(request), ...(await chooseRange(client, target, request)) };
  try {
    if (request.method === "HEAD") {
      const head = await client.send(new HeadObjectCommand(input));
      return { status: head.ContentRange === undefined ? 200 : 206, headers: toHeaders(head), body: Readable.from([]) };
    }
    const object = await client.send(new GetObjectCommand(input));
    return {
      status: object.ContentRange === undefined ? 200 : 206,
      headers: toHeaders(object),
      body: withBodyErrors(object.Body as Readable, toFileError),
    };
  } catch (error) {
    return toAnswerWithoutBytes(client, target, error);
  }
}

/** The conditions of the request that S3 knows under the same names. Times that cannot be read count as absent. */
function toConditions({ headers }: FileRequest) {
  const readTime = (text: string | undefined): Date | undefined => {
    const timeMs = Date.parse(text ?? "");
    return Number.isNaN(timeMs) ? undefined : new Date(timeMs);
  };
  return {
    IfMatch: headers["if-match"],
    IfNoneMatch: headers["if-none-match"],
    // A tag is the more exact condition of the two (RFC 9110 section 13.1.3).
    IfModifiedSince: headers["if-none-match"] === undefined ? readTime(headers["if-modified-since"]) : undefined,
    IfUnmodifiedSince: headers["if-match"] === undefined ? readTime(headers["if-unmodified-since"]) : undefined,
  };
}

/** One range in bytes; several would be an error of some stores, and every server may answer them with the whole file. */
const ONE_RANGE = /^bytes=(\d+-\d*|-\d+)$/;

async function chooseRange(client: S3Client, target: Target, { headers }: FileRequest): Promise<{ Range?: string }> {
  const range = headers.range?.replaceAll(" ", "");
  if (range === undefined || !ONE_RANGE.test(range)) return {};
  const ifRange = headers["if-range"];
  if (ifRange === undefined) return { Range: range };
  const found = await nullForMissing(client.send(new HeadObjectCommand(target)));
  const isSame = ifRange.includes('"')
    ? found?.ETag === ifRange
    : Math.floor((found?.LastModified?.getTime() ?? Number.POSITIVE_INFINITY) / 1000) * 1000 <= Date.parse(ifRange);
  return isSame ? { Range: range } : {};
}

function toHeaders(found: {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentLength?: number | undefined;
  readonly ContentRange?: string | undefined;
}): Record<string, string> {
  return {
    "accept-ranges": "bytes",
    ...(found.ETag === undefined ? {} : { etag: found.ETag }),
    ...(found.LastModified === undefined ? {} : { "last-modified": found.LastModified.toUTCString() }),
    ...(found.ContentLength === undefined ? {} : { "content-length": String(found.ContentLength) }),
    ...(found.ContentRange === undefined ? {} : { "content-range": found.ContentRange }),
  };
}

/** S3 answers conditions that do not hold with an error; its status says which. Anything else is thrown on. */
async function toAnswerWithoutBytes(client: S3Client, target: Target, error: unknown): Promise<FileAnswer | null> {
  if (!(error instanceof S3ServiceException)) throw error;
  const status = error.$metadata.httpStatusCode;
  if (status === 404) return null;
  if (status === 412) return { status, headers: {}, body: null };
  if (status !== 304 && status !== 416) throw error;
  const found = await nullForMissing(client.send(new HeadObjectCommand(target)));
  if (found === null) return null;
  if (status === 416)
    return { status, headers: { "content-range": `bytes */${found.ContentLength ?? 0}` }, body: null };
  const { "content-length": _, ...headers } = toHeaders(found);
  return { status, headers, body: null };
}

async function abortUnfinished(client: S3Client, { bucket, prefix, clock }: S3Options): Promise<void> {
  const asked = client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
  const { Uploads = [] } = (await nullFor(NOT_IMPLEMENTED, asked)) ?? {};
  for (const { Key, UploadId, Initiated } of Uploads) {
    if (Key === undefined || UploadId === undefined || Initiated === undefined) continue;
    if (Initiated.getTime() > clock.now() - UNFINISHED_MS_MAX) continue;
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  }
}

const NOT_FOUND = 404;
/** Small stores cannot list unfinished uploads; what they do with old parts is then their own matter. */
const NOT_IMPLEMENTED = 501;

const nullForMissing = <T>(found: Promise<T>): Promise<T | null> => nullFor(NOT_FOUND, found);

async function nullFor<T>(status: number, asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === status) return null;
    throw error;
  }
}

async function withFileErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFileError(error);
  }
}

/** Whatever the store, or the way to it, says. */
function toFileError(error: unknown): AppError {
  return new AppError("files/unavailable", "The store of files does not answer as it should.", { cause: error });
}
