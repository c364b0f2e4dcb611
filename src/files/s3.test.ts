/**
 * The suite of files on a real S3-compatible store: that of ASSETMETER_TEST_S3_URL,
 * `http://ACCESS_KEY:SECRET_KEY@HOST:PORT/BUCKET`. Without it a line says that nothing was tested.
 */
import { randomUUID } from "node:crypto";
import { DeleteObjectsCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { buildFixedClock } from "../platform/clock.ts";
import { runFileStoreContract } from "./file-store.contract.ts";
import { openS3, type S3Options } from "./s3.ts";

const address = process.env.ASSETMETER_TEST_S3_URL ?? "";

if (address === "") {
  describe("FileStore on S3", () => {
    test.skip("not run: ASSETMETER_TEST_S3_URL names no store", () => {});
  });
  // biome-ignore lint/suspicious/noConsole: a skipped suite says so where people look.
  console.warn("FileStore on S3: not tested, because ASSETMETER_TEST_S3_URL is not set.");
} else {
  const { origin, pathname, username, password } = new URL(address);
  const place: Omit<S3Options, "prefix"> = {
    bucket: pathname.slice(1),
    region: "us-east-1",
    endpoint: origin,
    credentials: { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) },
    clock: buildFixedClock(0),
  };
  const { bucket: Bucket, credentials, region } = place;
  const client = new S3Client({ region, endpoint: origin, forcePathStyle: true, ...(credentials && { credentials }) });

  runFileStoreContract("S3", async () => {
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
  });

  describe("openS3", () => {
    test("a bucket that is not there is unavailable at the start and not at the first upload", async () => {
      const opening = openS3({ ...place, bucket: `none-${randomUUID()}`, prefix: "" });
      await expect(opening).rejects.toMatchObject({ code: "files/unavailable" });
    });
  });
}
