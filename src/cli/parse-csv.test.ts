/**
 * parseCsv: fields with quotes, commas and line ends, and the inverse of the printer that the server uses.
 */
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCsv } from "./parse-csv.ts";

describe("parseCsv", () => {
  it("reads plain, empty and quoted fields", () => {
    expect(parseCsv('window,operation,requests\n2026-11-20,"/a,""b""\nc",3\n,,0\n')).toEqual([
      { window: "2026-11-20", operation: '/a,"b"\nc', requests: "3" },
      { window: "", operation: "", requests: "0" },
    ]);
  });

  it("reads lines that end in CR LF, and a last line without an end", () => {
    expect(parseCsv("a,b\r\n1,2\r\n3,4")).toEqual([
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ]);
  });

  it("answers no record for empty text and for a heading alone", () => {
    expect(parseCsv("")).toEqual([]);
    expect(parseCsv("a,b\n")).toEqual([]);
  });

  it("keeps an empty field at the end of the text", () => {
    expect(parseCsv("a,b\n1,")).toEqual([{ a: "1", b: "" }]);
  });

  it("gives back what was printed, whatever the fields hold", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.string()), { minLength: 1 }), (records) => {
        const text = stringify(records, { header: true, columns: ["a", "b"], quoted: true });
        expect(parseCsv(text)).toEqual(records.map(([a, b]) => ({ a, b })));
      }),
    );
  });
});
