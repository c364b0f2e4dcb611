/** What the requests of an object store's log count as, where its table alone does not say it. */
import { describe, expect, test } from "vitest";
import { buildLineReader } from "./line-reader.ts";
import { LINE_TEST_BYTES_MAX, readOneLine } from "./read-one-line.contract.ts";

/** The requests that each record of a MinIO entry counts. */
function countsOfMinio(entry: object): readonly number[] {
  const options = { name: "a.log", source: "store", prefix: "none", lineBytesMax: LINE_TEST_BYTES_MAX } as const;
  const reader = buildLineReader({ ...options, format: "minio-audit" });
  const records = reader.push(Buffer.from(`${JSON.stringify(entry)}\n`));
  return records.map(({ bytes, part = 0 }) => readOneLine(bytes, { format: "minio-audit", part }).count);
}

const OWNER = "4c1029697ee358715d3a14a2add817c4b01651440de808371f78165ac90dc581";

/** The requests that a line of S3 counts. */
function countOfS3(operation: string, key: string, status: number | "-"): number {
  const head = `${OWNER} media [20/Nov/2026:08:15:02 +0000] 192.0.2.17 - ID1`;
  const line = `${head} ${operation} ${key} - ${status} - - 10 41 12 "-" "Demo/1.0" - host - - - h - - -`;
  const passage = readOneLine(line, { format: "s3" });
  expect(passage.rejection).toBeNull();
  return passage.count;
}

describe("toStoreOperation", () => {
  test("a refused bulk deletion of MinIO is one request, however many objects it names", () => {
    const api = { name: "DeleteMultipleObjects", bucket: "media", objects: [{ objectName: "a" }, { objectName: "b" }] };
    const entry = { deploymentid: "d", requestID: "R1", time: "2026-11-20T08:15:02Z" };
    expect(countsOfMinio({ ...entry, api: { ...api, statusCode: 403, tx: 9 } })).toEqual([1, 0, 0]);
    expect(countsOfMinio({ ...entry, api: { ...api, statusCode: 200, tx: 9 } })).toEqual([1, 0, 0]);
  });

  test("an object that a bulk deletion of S3 could not delete is no request of its own; its POST line is the one", () => {
    expect(countOfS3("REST.POST.MULTI_OBJECT_DELETE", "-", 403)).toBe(1);
    expect(countOfS3("BATCH.DELETE.OBJECT", "a", 403)).toBe(0);
    expect(countOfS3("BATCH.DELETE.OBJECT", "b", 204)).toBe(0);
  });

  test("a part that MinIO copies is an upload of a size that nobody says, whatever its request's length is", () => {
    const api = { name: "CopyObjectPart", bucket: "media", object: "big", statusCode: 200, rx: 0, tx: 9 };
    const asked = { requestQuery: { uploadId: "u1", partNumber: "2" }, requestHeader: { "Content-Length": "0" } };
    const entry = { deploymentid: "d", requestID: "R1", time: "2026-11-20T08:15:02Z", api, ...asked };
    expect(readOneLine(JSON.stringify(entry), { format: "minio-audit" })).toMatchObject({
      ...{ rejection: null, kind: "upload", operation: "COPY", count: 1, bytesIn: 0 },
      object: { key: "media\0big", size: null, exists: true },
    });
  });

  test("a failed request of any other kind is counted", () => {
    expect(countOfS3("REST.DELETE.OBJECT", "a", 403)).toBe(1);
    expect(countOfS3("REST.PUT.OBJECT", "a", 500)).toBe(1);
    expect(countOfS3("REST.GET.OBJECT_TAGGING", "a", 404)).toBe(1);
  });
});
