/** Bulk deletions of MinIO: what a line of many objects gives, and that it is read once for all of them. */
import { describe, expect, test } from "vitest";
import { buildLineReader, type LineRecord } from "../line-reader.ts";
import { readOneLine } from "../read-one-line.contract.ts";
import { readMinioEntry } from "./minio-entry.ts";

/** A bulk deletion that names these objects. */
function toEntry(objects: readonly unknown[]): string {
  const api = { name: "DeleteMultipleObjects", bucket: "media", objects, statusCode: 200, rx: 5, tx: 9 };
  return `${JSON.stringify({ deploymentid: "d", requestID: "R1", time: "2026-11-20T08:15:02Z", api })}\n`;
}

const namesTo = (count: number) => Array.from({ length: count }, (_, index) => ({ objectName: `k${index}` }));

function toRecords(text: string): readonly LineRecord[] {
  const options = { name: "a.log", source: "store", format: "minio-audit", prefix: "none" } as const;
  return buildLineReader({ ...options, lineBytesMax: 65_536 }).push(Buffer.from(text));
}

const read = ({ bytes, part = 0 }: LineRecord) => readOneLine(bytes, { format: "minio-audit", part });

describe("bulk deletions of MinIO", () => {
  test("a line of 1,000 objects is a request and 1,000 deletions, each of its own id", () => {
    const passages = toRecords(toEntry(namesTo(1_000))).map(read);
    expect(passages.filter(({ rejection }) => rejection !== null)).toEqual([]);
    expect(passages.map(({ kind }) => kind)).toEqual(["api", ...Array.from({ length: 1_000 }, () => "delete")]);
    expect(new Set(passages.map(({ id }) => id)).size).toBe(1_001);
    expect(passages.at(-1)?.assetPath).toBe("k999");
  });

  test("a line of 1,000 keys of 1,024 bytes is longer than other logs' lines may be, and all of it counts", () => {
    const line = toEntry(
      Array.from({ length: 1_000 }, (_, index) => ({ objectName: String(index).padEnd(1_024, "k") })),
    );
    expect(line.length).toBeGreaterThan(1_024_000);
    const passages = toRecords(line).map(read);
    expect(passages.filter(({ rejection, kind }) => rejection === null && kind === "delete")).toHaveLength(1_000);
  });

  test("a line of more than 4 MB is one refusal, and the next line counts", () => {
    const line = toEntry([{ objectName: "k".repeat(4 * 1024 * 1024) }]);
    const passages = toRecords(line + toEntry([{ objectName: "a" }])).map(read);
    expect(passages.map(({ rejection }) => rejection?.reason ?? null)).toEqual(["line-too-long", null, null]);
  });

  test("objects behind the first 1,000 are one refusal, which says so, and the line's others count", () => {
    const passages = toRecords(toEntry(namesTo(1_500))).map(read);
    expect(passages).toHaveLength(1_002);
    expect(passages.filter(({ rejection }) => rejection === null)).toHaveLength(1_001);
    expect(passages.at(-1)?.rejection).toEqual({
      reason: "malformed",
      detail: "api.objects has more than 1000 objects; those behind are not read.",
    });
  });

  test("what is no object is refused one by one, and the request counts", () => {
    const passages = toRecords(toEntry([0, { objectName: "a" }, null])).map(read);
    expect(passages.map(({ rejection }) => rejection?.reason ?? null)).toEqual([
      ...[null, "missing-field", null, "missing-field"],
    ]);
  });

  test("a line is parsed once, however many records it gives", () => {
    const lines = toRecords(toEntry(namesTo(3)).repeat(2));
    const entryOf = ({ bytes, part = 0 }: LineRecord) =>
      readMinioEntry({ bytes, part, isTerminated: true, columns: null });
    // Two lines of four records each: what the first record of a line was read as is what its last one is.
    const [first, , , last, ofNextLine] = lines.map(entryOf);
    expect(lines).toHaveLength(8);
    expect(last).toBe(first);
    expect(ofNextLine).not.toBe(first);
  });
});
