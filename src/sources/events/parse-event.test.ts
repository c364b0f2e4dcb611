/** What an event says, field by field, and the reason and words with which each fault is refused. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Submission } from "../intake.ts";
import { buildPassage } from "../passage.ts";
import { parseEvent } from "./parse-event.ts";

const ARRIVED_MS = Date.UTC(2026, 10, 20, 12);
const EVENT = { specversion: "1.0", id: "e1", source: "cms", type: "assetmeter.api" };
const MAX = 9_007_199_254_740_991;

function parse(value: unknown) {
  const record = { form: "event", value, position: "index 0" } as const;
  const submission = { organization: 1, source: "events", records: [record] } as unknown as Submission;
  const passage = buildPassage(record, submission);
  return { passage, rejection: parseEvent(value, passage, ARRIVED_MS) };
}

const withData = (data: unknown) => parse({ ...EVENT, data });
const reasonOf = (value: unknown) => parse(value).rejection?.reason ?? "accepted";

describe("parseEvent", () => {
  test("every attribute and field is read as it was sent", () => {
    const { passage, rejection } = parse({
      specversion: "1.0",
      id: "e1",
      source: "cms",
      type: "assetmeter.upload",
      time: "2026-11-20T08:15:02.041Z",
      datacontenttype: "application/json; charset=utf-8",
      subject: "ignored",
      traceparent: "ignored",
      data: {
        space_id: 1,
        user_id: "2",
        asset_id: MAX,
        bucket_id: "media",
        operation: "PUT",
        count: 3,
        bytes_in: 900,
        bytes_out: MAX,
        size_delta: -MAX,
        objects_delta: -1,
        note: { of: ["the sender"] },
      },
    });
    expect(rejection).toBeNull();
    expect(passage).toMatchObject({
      id: "e1",
      source: "cms",
      kind: "upload",
      timeMs: Date.UTC(2026, 10, 20, 8, 15, 2, 41),
      space: 1,
      namesSpace: true,
      user: 2,
      asset: MAX,
      bucket: "media",
      operation: "PUT",
      count: 3,
      bytesIn: 900,
      bytesOut: MAX,
      sizeDelta: -MAX,
      objectsDelta: -1,
    });
  });

  test("an event without data is one request without bytes at the time of its arrival", () => {
    const empty = { count: 1, bytesIn: 0, bytesOut: 0, sizeDelta: 0, objectsDelta: 0, timeMs: ARRIVED_MS };
    const nothing = { space: null, user: null, asset: null, bucket: null, operation: "", namesSpace: false };
    for (const data of [undefined, null, {}]) {
      const { passage, rejection } = withData(data);
      expect(rejection).toBeNull();
      expect(passage).toMatchObject({ ...empty, ...nothing });
    }
    expect(parse({ ...EVENT, time: null, datacontenttype: null }).passage.timeMs).toBe(ARRIVED_MS);
  });

  test.each(["api", "delivery", "upload", "delete", "transcode", "addon"])("assetmeter.%s is an event type", (kind) => {
    expect(parse({ ...EVENT, type: `assetmeter.${kind}` }).passage.kind).toBe(kind);
  });

  test.each([
    ["not-an-event", null],
    ["not-an-event", 7],
    ["not-an-event", "text"],
    ["not-an-event", []],
    ["not-an-event", [EVENT]],
    ["not-an-event", {}],
    ["not-an-event", { ...EVENT, specversion: "0.3" }],
    ["not-an-event", { ...EVENT, specversion: 1 }],
    ["not-an-event", { ...EVENT, id: undefined }],
    ["not-an-event", { ...EVENT, id: "" }],
    ["not-an-event", { ...EVENT, id: 7 }],
    ["not-an-event", { ...EVENT, source: undefined }],
    ["not-an-event", { ...EVENT, source: "" }],
    ["not-an-event", { ...EVENT, source: {} }],
    ["not-an-event", { ...EVENT, type: undefined }],
    ["not-an-event", { ...EVENT, type: 1 }],
    ["unknown-type", { ...EVENT, type: "assetmeter.API" }],
    ["unknown-type", { ...EVENT, type: "com.example.thing" }],
    ["unknown-type", { ...EVENT, type: "constructor" }],
    ["bad-field", { ...EVENT, id: "\ud800" }],
    ["bad-field", { ...EVENT, source: "a\nb" }],
    ["bad-field", { ...EVENT, id: "a\0" }],
    ["field-too-long", { ...EVENT, id: "x".repeat(4_097) }],
    ["field-too-long", { ...EVENT, id: "é".repeat(2_049) }],
    ["accepted", { ...EVENT, id: "é".repeat(2_048) }],
    ["field-too-long", { ...EVENT, source: "x".repeat(256) }],
    ["accepted", { ...EVENT, source: "x".repeat(255) }],
    ["bad-time", { ...EVENT, time: "2026-02-31T00:00:00Z" }],
    ["bad-time", { ...EVENT, time: 1_795_162_502_041 }],
    ["bad-time", { ...EVENT, time: "" }],
    ["bad-field", { ...EVENT, datacontenttype: "text/xml" }],
    ["bad-field", { ...EVENT, datacontenttype: "application/jsonx" }],
    ["bad-field", { ...EVENT, datacontenttype: 7 }],
    ["accepted", { ...EVENT, datacontenttype: "application/vnd.example+json;v=1" }],
    ["accepted", { ...EVENT, datacontenttype: "TEXT/JSON" }],
    ["bad-field", { ...EVENT, data_base64: "e30=" }],
    ["bad-field", { ...EVENT, data: "{}" }],
    ["bad-field", { ...EVENT, data: [] }],
    ["bad-field", { ...EVENT, data: 0 }],
  ])("%s: %.80j", (reason, value) => {
    expect(reasonOf(value)).toBe(reason);
  });

  test.each(["count", "bytes_in", "bytes_out"])(
    "%s is an integer from 0 to 2^53-1, and the refusal says so",
    (name) => {
      for (const value of [0, -0, 1, 1.0, MAX]) expect(withData({ [name]: value }).rejection).toBeNull();
      for (const value of [-1, 0.5, MAX + 1, Number.NaN, JSON.parse("1e400"), "1", true, {}, []]) {
        const detail = `data.${name} must be an integer from 0 to ${MAX}.`;
        expect(withData({ [name]: value }).rejection).toEqual({ reason: "bad-number", detail });
      }
      expect(withData({ [name]: null }).rejection).toBeNull();
    },
  );

  test.each(["size_delta", "objects_delta"])("%s is an integer from -(2^53-1) to 2^53-1", (name) => {
    for (const value of [0, -1, MAX, -MAX]) expect(withData({ [name]: value }).rejection).toBeNull();
    for (const value of [-MAX - 1, MAX + 1, 0.5, "-1", Number.NEGATIVE_INFINITY, false]) {
      expect(withData({ [name]: value }).rejection?.reason).toBe("bad-number");
    }
  });

  test("a negative zero is stored as zero", () => {
    expect(Object.is(withData({ size_delta: -0 }).passage.sizeDelta, 0)).toBe(true);
    expect(Object.is(withData({ bytes_out: -0 }).passage.bytesOut, 0)).toBe(true);
  });

  test.each(["space_id", "user_id", "asset_id"])("%s is an integer from 1, also as text of digits", (name) => {
    for (const value of [1, "1", MAX, String(MAX), null]) expect(withData({ [name]: value }).rejection).toBeNull();
    for (const value of [0, -1, 1.5, MAX + 1, "0", "01", "1.0", "1e3", " 1", "9007199254740992", "", true, {}, [1]]) {
      const detail = `data.${name} must be an integer from 1 to ${MAX}.`;
      expect(withData({ [name]: value }).rejection).toEqual({ reason: "bad-field", detail });
    }
  });

  test("a bucket is text of 1 to 255 characters, an operation of 0 to 512", () => {
    for (const value of ["", "x".repeat(256), 1, "a\tb", "\udc00", {}]) {
      expect(withData({ bucket_id: value }).rejection?.detail).toContain("data.bucket_id must be a string");
    }
    for (const value of ["x".repeat(513), 1, "a\tb", []]) {
      expect(withData({ operation: value }).rejection?.detail).toContain("data.operation must be a string");
    }
    expect(withData({ bucket_id: "x".repeat(255), operation: "x".repeat(512) }).rejection).toBeNull();
    expect(withData({ operation: "" }).rejection).toBeNull();
  });

  test("a bucket's UUID in capitals is the same bucket", () => {
    const { passage } = withData({ bucket_id: "6F1C2D3E-0000-4000-8000-00000000A001" });
    expect(passage.bucket).toBe("6f1c2d3e-0000-4000-8000-00000000a001");
    expect(withData({ bucket_id: "Media" }).passage.bucket).toBe("Media");
  });

  test("id and source of a refused event are known where they are readable, so that it is counted under its source", () => {
    expect(parse({ ...EVENT, specversion: "0.3" }).passage).toMatchObject({ id: "e1", source: "cms" });
    expect(parse({ ...EVENT, id: 7 }).passage).toMatchObject({ id: "", source: "cms" });
    expect(parse({ ...EVENT, source: 7 }).passage).toMatchObject({ id: "e1", source: "events" });
    expect(parse("text").passage).toMatchObject({ id: "", source: "events" });
  });

  test("any JSON value never throws and is an event or a rejection with words", () => {
    const odd = fc.oneof(fc.jsonValue(), fc.double(), fc.string({ unit: "binary" }));
    const fields = ["space_id", "asset_id", "bucket_id", "operation", "count", "bytes_in", "size_delta"];
    const data = fc.dictionary(fc.constantFrom(...fields), odd);
    const attributes = fc.dictionary(fc.constantFrom("id", "source", "type", "time", "data", "specversion"), odd);
    fc.assert(
      fc.property(odd, attributes, data, (value, change, fieldValues) => {
        for (const input of [value, { ...EVENT, ...change }, { ...EVENT, data: fieldValues }]) {
          const { passage, rejection } = parse(input);
          if (rejection !== null) expect(rejection.detail).not.toBe("");
          else expect([passage.count, passage.bytesIn, passage.sizeDelta].every(Number.isSafeInteger)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
