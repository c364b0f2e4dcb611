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

describe("objects asked for through the JSON API of GCS", () => {
  const ask = (operation: string, method: string, uri: string, status = "200") => {
    const values = ["1795162502041000", method, uri, status, "0", "51234", "R1", operation, "media", "a.bin"];
    const columns = ["time_micros", "cs_method", "cs_uri", ...COLUMNS.slice(2)];
    return readOneLine(values.map((value) => `"${value}"`).join(","), { format: "gcs-usage", columns });
  };

  test("are delivered where their content is asked for", () => {
    for (const uri of [
      "/storage/v1/b/media/o/a.bin?alt=media",
      "/storage/v1/b/media/o/a.bin?generation=1&alt=media&userProject=p",
      "/download/storage/v1/b/media/o/a.bin?alt=media",
      "/download/storage/v1/b/media/o/a.bin",
      "https://storage.googleapis.com/download/storage/v1/b/media/o/a.bin",
    ]) {
      expect(ask("storage.objects.get", "GET", uri)).toMatchObject({ kind: "delivery", count: 1, bytesOut: 51_234 });
    }
  });

  test("are an API request where only what is known of them is", () => {
    for (const uri of [
      "/storage/v1/b/media/o/a.bin",
      "/storage/v1/b/media/o/a.bin?alt=json",
      "/storage/v1/b/media/o/a.bin?alt=mediax&xalt=media",
      "/storage/v1/b/media/o/x/download/a.bin",
      "/storage/v1/b/media/o/x&alt=media",
      "",
    ]) {
      expect(ask("storage.objects.get", "GET", uri)).toMatchObject({ kind: "api", operation: "storage.objects.get" });
    }
    // A search that goes over the same bytes again and again would not be back before the test's time is over.
    for (const piece of ["?", "&", "?alt=media"]) {
      expect(ask("storage.objects.get", "GET", `/${piece.repeat(60_000 / piece.length)}`)).toMatchObject({
        kind: "api",
      });
    }
    expect(ask("storage.objects.get", "HEAD", "/o/a.bin?alt=media")).toMatchObject({ kind: "api" });
  });

  test("are gone once they are deleted, and stay where that failed or where a rule for access to them is deleted", () => {
    const deleted = { kind: "delete", operation: "DELETE", count: 1, object: { size: 0, exists: false } };
    expect(ask("storage.objects.delete", "DELETE", "/storage/v1/b/media/o/a.bin", "204")).toMatchObject(deleted);
    expect(ask("storage.objects.delete", "DELETE", "/storage/v1/b/media/o/a.bin", "404")).toMatchObject({
      kind: "api",
    });
    expect(ask("storage.objects.delete", "", "", "0")).toMatchObject({ kind: "delete", operation: "EXPIRE", count: 0 });
    for (const operation of ["storage.objectAccessControls.delete", "storage.buckets.delete"]) {
      expect(ask(operation, "DELETE", "/storage/v1/b/media", "204")).toMatchObject({ kind: "api", object: null });
    }
  });
});

describe("a last row of GCS without line end", () => {
  const columns = ["time_micros", "cs_method", "cs_uri", ...COLUMNS.slice(2)];
  const rowOf = (uri: string, object: string, agent = "x") => {
    const values = ["1795162502041000", "GET", uri, "200", "0", "51234", agent, "GET_Object", "media", object];
    return values.map((value) => `"${value.replaceAll('"', '""')}"`).join(",");
  };
  const outcomeOf = (row: string, names: readonly string[] = columns) => {
    const passage = readOneLine(row, { format: "gcs-usage", columns: names, terminated: false });
    return passage.rejection?.reason ?? passage.request?.path;
  };

  test("counts where the uri ends with the object's name, and wherever it was cut it does not", () => {
    const row = rowOf("/media/caf%C3%A9%20b.jpg?token=x", "café b.jpg", 'say "x"');
    expect(outcomeOf(row)).toBe("café b.jpg");
    for (let end = 0; end < row.length; end++)
      expect(outcomeOf(row.slice(0, end)), row.slice(0, end)).toBe("unterminated");
  });

  test("is unterminated where the last quote may be the first of two: the whole row comes under another name", () => {
    for (const [uri, object] of [
      ["/media/a%22b.jpg", 'a"b.jpg'],
      ["/media/a%22a", 'a"a'],
      ['/media/a"a', 'a"a'],
      ["/upload/storage/v1/b/media/o", 'a"b.jpg'],
      ["", 'a"b.jpg'],
    ] as const) {
      const row = rowOf(uri, object);
      const cut = row.slice(0, row.lastIndexOf('""') + 1);
      expect(outcomeOf(cut), cut).toBe("unterminated");
    }
  });

  test("is unterminated where its last column has no quotes", () => {
    expect(outcomeOf(`${rowOf("/media/a/a", "").slice(0, -2)}a`)).toBe("unterminated");
  });

  test("is unterminated where its last column is another one, of which no uri tells", () => {
    expect(outcomeOf(`${rowOf("/media/a.jpg", "a.jpg")},"a.jpg"`, [...columns, "more"])).toBe("unterminated");
  });
});
