/** What one event becomes in the store, and that no two events share an identity by the way their names are joined. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { UsageEvent } from "../model/usage-event.ts";
import { identityOf, measure } from "./measure.ts";

const event: UsageEvent = {
  id: "upload-1",
  source: "cms",
  timeMs: 1_795_162_502_000,
  organization: 7,
  kind: "upload",
  space: 3,
  user: 4,
  bucket: "media",
  asset: 5,
  operation: "PUT",
  count: 1,
  bytesIn: 900,
  bytesOut: 20,
  sizeDelta: -100,
  objectsDelta: 0,
};

describe("measure", () => {
  test("every measure and name of the event is stored as it was sent, the id is not", () => {
    const { id: _, ...facts } = event;
    const { identity, ...stored } = measure(event);
    expect(stored).toEqual(facts);
    expect(identity).toHaveLength(12);
  });

  test("the identity is the documented hash, so that another program can compute it", () => {
    const digest = createHash("sha256").update("7 3 cmsupload-1").digest();
    expect(Buffer.from(measure(event).identity)).toEqual(digest.subarray(0, 12));
  });

  test("the identity depends on organization, source and id and on nothing else", () => {
    expect(measure({ ...event, count: 2, kind: "api", timeMs: 0 }).identity).toEqual(measure(event).identity);
    expect(measure({ ...event, organization: 8 }).identity).not.toEqual(measure(event).identity);
    expect(measure({ ...event, source: "shop" }).identity).not.toEqual(measure(event).identity);
    expect(measure({ ...event, id: "upload-2" }).identity).not.toEqual(measure(event).identity);
  });
});

describe("identityOf", () => {
  test("moving the border between the parts gives another identity", () => {
    const identities = [
      identityOf(1, "a", "bc"),
      identityOf(1, "ab", "c"),
      identityOf(1, "a ", "bc"),
      identityOf(1, "a", " bc"),
      identityOf(1, "1 a", "bc"),
      identityOf(11, "a", "bc"),
      identityOf(1, "\0a", "bc"),
      identityOf(1, "é", "x"),
      identityOf(1, "e\u0301", "x"),
    ].map((identity) => Buffer.from(identity).toString("hex"));
    expect(new Set(identities).size).toBe(identities.length);
  });
});
