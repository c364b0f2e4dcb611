import { describe, expect, test } from "vitest";
import { readBucketChange, readNewBucket } from "./bucket-body.ts";

const WHOLE = { name: "n", bucket: "bk", storageType: "S3", workspaceId: "5" };

const refusal = (message: string) => expect.objectContaining({ code: "request/invalid", message });

describe("readNewBucket", () => {
  test("credentials and unknown fields are not among what is read", () => {
    const sent = {
      ...WHOLE,
      key: "AKIA",
      secret: "s3cr3t",
      endpoint: "https://s3.example.com",
      region: "eu",
      other: 1,
    };
    expect(readNewBucket(sent)).toEqual({
      name: "n",
      storageName: "bk",
      storageType: "S3",
      workspaceId: "5",
      endpoint: "https://s3.example.com",
      region: "eu",
    });
    expect(JSON.stringify(readNewBucket(sent))).not.toMatch(/AKIA|s3cr3t/);
  });

  test.each(["S3", "GCS", "AZURE", "BLOB"])("the storage type %s is taken", (storageType) => {
    expect(readNewBucket({ ...WHOLE, storageType }).storageType).toBe(storageType);
  });

  test.each(["name", "bucket", "storageType", "workspaceId"])(
    "%s is required: absent, null and empty alike",
    (field) => {
      for (const value of [undefined, null, ""]) {
        expect(() => readNewBucket({ ...WHOLE, [field]: value })).toThrow(refusal(`${field} is required`));
      }
      expect(() => readNewBucket({ ...WHOLE, [field]: 5 })).toThrow(refusal(`Invalid ${field}`));
    },
  );

  test.each([
    [{ name: "x".repeat(256) }, "Invalid name"],
    [{ name: "a\0b" }, "Invalid name"],
    [{ bucket: "\ud800" }, "Invalid bucket"],
    [{ storageType: "s3" }, "Invalid storageType"],
    [{ key: 1 }, "Invalid key"],
    [{ secret: {} }, "Invalid secret"],
    [{ region: [] }, "Invalid region"],
    [{ endpoint: "ftp://s3.example.com" }, "Invalid endpoint"],
    [{ endpoint: "https://" }, "Invalid endpoint"],
  ])("%j is refused", (fields, message) => {
    expect(() => readNewBucket({ ...WHOLE, ...fields })).toThrow(refusal(message));
  });

  test.each([
    "https://key:secret@s3.example.com",
    "key:secret@s3.example.com",
    "https://key@s3.example.com",
    "https://a.blob.core.windows.net/?sv=2026&sig=abc",
    "https://s3.example.com/#secret",
    "https://@s3.example.com",
    "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=aGk=;EndpointSuffix=core.windows.net",
    "BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature=sv=2026&sig=abc",
    "AccountName=acme;AccountKey=a/b+c==",
    "https://s3.example.com/c;sig=abc",
    "https://s3.example.com/c/sv=2026&sig=abc",
    "https://s3.example.com/%3Fsig%3Dabc",
    "https://s3.example.com%3Bsecret",
    "s3.example.com:secret",
    "s3.example.com:99999",
    "https://s3.example.com\\secret",
    " s3.example.com",
  ])("the endpoint %s may hold a credential and is refused", (endpoint) => {
    expect(() => readNewBucket({ ...WHOLE, endpoint })).toThrow(refusal("Invalid endpoint"));
  });

  test.each([
    "",
    "s3.example.com",
    "s3.example.com:9000",
    "http://127.0.0.1:9000/path",
    "HTTPS://[2001:db8::7]:9000/a-b/c_d.e~/",
  ])("the endpoint %j is kept", (endpoint) => {
    expect(readNewBucket({ ...WHOLE, endpoint }).endpoint).toBe(endpoint);
  });

  test.each([undefined, null, [], "text", 5, new URLSearchParams("name=n")])("the body %j is no object", (body) => {
    expect(() => readNewBucket(body)).toThrow(expect.objectContaining({ code: "request/body-malformed" }));
  });
});

describe("readBucketChange", () => {
  test("what is absent is undefined, what is empty and required is refused", () => {
    expect(readBucketChange({ endpoint: "" })).toMatchObject({ endpoint: "", name: undefined, workspaceId: undefined });
    expect(() => readBucketChange({ name: "" })).toThrow(refusal("name is required"));
    expect(() => readBucketChange({ name: 1 })).toThrow(refusal("Invalid name"));
  });
});
