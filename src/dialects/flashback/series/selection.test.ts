import { describe, expect, test } from "vitest";
import { buildTestBucket } from "../bucket.contract.ts";
import { type Selection, toHost, toSelectedBuckets } from "./selection.ts";

const BUCKETS = [
  buildTestBucket("a", { repo: "site", endpoint: "https://S3.example.com:9000/x" }),
  buildTestBucket("b", { repo: "site" }),
  buildTestBucket("c", { repo: null }),
];

const select = (selection: Partial<Selection>): readonly string[] =>
  toSelectedBuckets({ repos: undefined, buckets: undefined, hosts: undefined, ...selection }, BUCKETS).map(
    ({ id }) => id,
  );

describe("toSelectedBuckets", () => {
  test("no filter selects all", () => {
    expect(select({})).toEqual(["a", "b", "c"]);
  });

  test("repos and buckets widen each other", () => {
    expect(select({ repos: ["site"], buckets: ["c"] })).toEqual(["a", "b", "c"]);
    expect(select({ buckets: ["c", "a"] })).toEqual(["a", "c"]);
  });

  test("hosts narrow whatever is selected", () => {
    expect(select({ hosts: ["s3.example.com"] })).toEqual(["a"]);
    expect(select({ hosts: ["s3.example.com"], buckets: ["b"] })).toEqual([]);
  });

  test("unknown ids select nothing", () => {
    expect(select({ repos: ["nope"] })).toEqual([]);
    expect(select({ buckets: ["nope"] })).toEqual([]);
  });
});

describe("toHost", () => {
  test.each([
    ["https://S3.Example.com:9000/x", "s3.example.com"],
    ["http://127.0.0.1:9000", "127.0.0.1"],
    ["s3.example.com", "s3.example.com"],
    ["s3.example.com:9000", "s3.example.com"],
    ["", ""],
    ["https://", ""],
  ])("the endpoint %j is at the host %j", (endpoint, host) => {
    expect(toHost({ endpoint })).toBe(host);
  });
});
