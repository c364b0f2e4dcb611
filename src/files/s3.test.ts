/**
 * The suite of files on a real S3-compatible store: that of ASSETMETER_TEST_S3_URL,
 * `http://ACCESS_KEY:SECRET_KEY@HOST:PORT/BUCKET`, else one from the npm registry. Where that cannot be fetched a line says
 * that nothing was tested.
 */
import { randomUUID } from "node:crypto";
import { DeleteObjectsCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, describe, expect, test } from "vitest";
import { buildFixedClock } from "../platform/clock.ts";
import { type KnownFaults, runFileStoreContract } from "./file-store.contract.ts";
import { openS3, type S3Options } from "./s3.ts";
import { startS3rver } from "./s3rver.contract.ts";

const NO_FAULTS: KnownFaults = {};

/** What s3rver 3.7.1 itself answers otherwise than S3 does. */
const S3RVER_FAULTS: KnownFaults = {
  "the range bytes=0-0 is a": "s3rver takes a last byte of 0 for none and answers with the whole file",
  "the range bytes=-3 is xyz": "s3rver takes the last three bytes for the first four",
  "another file than the one that is asked for is 412": "s3rver does not look at If-Match",
};

const given = process.env.ASSETMETER_TEST_S3_URL ?? "";
const store = given === "" ? await startS3rver() : { url: given, close: async () => {} };

if ("missing" in store) {
  describe("FileStore on S3", () => {
    test.skip(`not run: ${store.missing}`, () => {});
  });
  // biome-ignore lint/suspicious/noConsole: a skipped suite says so where people look.
  console.warn(`FileStore on S3: not tested, because ASSETMETER_TEST_S3_URL is not set and ${store.missing}`);
} else {
  const { origin, pathname, username, password } = new URL(store.url);
  const place: Omit<S3Options, "prefix"> = {
    bucket: pathname.slice(1),
    region: "us-east-1",
    endpoint: origin,
    credentials: { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) },
    clock: buildFixedClock(0),
  };
  const { bucket: Bucket, credentials, region } = place;
  const client = new S3Client({ region, endpoint: origin, forcePathStyle: true, ...(credentials && { credentials }) });

  const makePlace = async () => {
    const prefix = `test-${randomUUID()}/`;
    const list = async () => (await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }))).Contents ?? [];
    return {
      open: () => openS3({ ...place, prefix }),
      countFiles: async () => {
        const asked = client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix }));
        // A store that cannot list them (501) is asked for its finished files only.
        const { Uploads = [] } = await asked.catch(() => ({ Uploads: [] }));
        return (await list()).length + Uploads.length;
      },
      drop: async () => {
        const Objects = (await list()).map(({ Key }) => ({ Key }));
        if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      },
    };
  };
  runFileStoreContract("S3", makePlace, given === "" ? S3RVER_FAULTS : NO_FAULTS);

  describe("openS3", () => {
    test("a bucket that is not there is unavailable at the start and not at the first upload", async () => {
      const opening = openS3({ ...place, bucket: `none-${randomUUID()}`, prefix: "" });
      await expect(opening).rejects.toMatchObject({ code: "files/unavailable" });
    });
  });

  afterAll(async () => {
    client.destroy();
    await store.close();
  });
}
