/** What stores an object in the usage log of Google Cloud Storage, and what only looks as if it did. */
import { describe, expect, test } from "vitest";
import { readOneLine } from "../read-one-line.contract.ts";

const NAMES = [
  "time_micros",
  "cs_method",
  "sc_status",
  "cs_bytes",
  "sc_bytes",
  "s_request_id",
  "cs_operation",
  "cs_bucket",
];
const COLUMNS = [...NAMES, "cs_object"];

/** A row of an upload that brought so many bytes. */
function read(status: string, bytes: string, operation = "PUT_Object") {
  const values = ["1795162502041000", "PUT", status, bytes, "0", "R1", operation, "media", "a.bin"];
  return readOneLine(values.map((value) => `"${value}"`).join(","), { format: "gcs-usage", columns: COLUMNS });
}

describe("resumable uploads of GCS", () => {
  test("a piece counts a request and its bytes, and the object stays as it is", () => {
    for (const operation of ["PUT_Object", "storage.objects.insert"]) {
      const piece = read("308", "262144", operation);
      expect(piece).toMatchObject({ rejection: null, kind: "upload", count: 1, bytesIn: 262_144, object: null });
    }
  });

  test("the request that ends the upload stores the object", () => {
    expect(read("200", "1000")).toMatchObject({ kind: "upload", count: 1, bytesIn: 1_000, object: { size: 1_000 } });
  });
});

test("what is inserted beside objects is an API request, and no object gets its size", () => {
  for (const operation of ["storage.objectAccessControls.insert", "storage.buckets.insert"]) {
    expect(read("200", "80", operation)).toMatchObject({ rejection: null, kind: "api", count: 1, object: null });
  }
  expect(read("200", "80", "storage.objects.insert")).toMatchObject({ kind: "upload", object: { size: 80 } });
});
