/** Bytes that are no UTF-8 in the formats that are split as text: names that differ stay different, and are those of combined. */
import { describe, expect, test } from "vitest";
import { toLineText } from "./line-text.ts";
import { type OneLine, readOneLine } from "./read-one-line.contract.ts";

describe("toLineText", () => {
  test.each([
    ["plain", "plain"],
    ["caf\xc3\xa9 \xf0\x9f\x98\x80", "café 😀"],
    ["\xff", "%FF"],
    ["a\xff\xc3\xa9\xfe", "a%FFé%FE"],
    ["\xc3", "%C3"],
    ["\xc3\xc3\xa9", "%C3é"],
    ["\xf0\x9f\x98|", "%F0%9F%98|"],
    ["\xed\xa0\x80", "%ED%A0%80"],
    ["\xc0\xaf", "%C0%AF"],
    ["\xef\xbf\xbd\xff", "\ufffd%FF"],
  ])("the bytes %j are %j", (bytes, text) => {
    expect(toLineText(Buffer.from(bytes, "latin1"))).toBe(text);
  });
});

const S3_BEFORE = "4c1029 media [20/Nov/2026:08:15:02 +0000] 192.0.2.17 - 7Q4ZK1EXAMPLE01A REST.GET.OBJECT";
const FIELDS = ["timestamp", "sc-status", "sc-bytes", "cs-method", "cs-uri-stem", "x-edge-request-id"];
const GCS = [
  "time_micros",
  "cs_method",
  "sc_status",
  "sc_bytes",
  "cs_bytes",
  "s_request_id",
  "cs_operation",
  "cs_object",
];
const quoted = (values: readonly string[]) => values.map((value) => `"${value}"`).join(",");

/** A line of each format that asks for a path or key, which stands in front of an agent of the same bytes. */
const LINES: readonly (readonly [(path: string) => string, OneLine])[] = [
  [
    (path) => `192.0.2.1 - - [20/Nov/2026:08:15:02 +0000] "GET ${path} HTTP/1.1" 200 5 "-" "${path}"`,
    { format: "combined" },
  ],
  [
    (path) =>
      `HIT|200|1795162502041|5|39001|192.0.2.0|-|https://cdn.example.com${path}|DE|${path}|${"a".repeat(32)}|DE`,
    { format: "bunny" },
  ],
  [(path) => `${S3_BEFORE} ${path} "GET ${path} HTTP/1.1" 200 - 5 5 1 1 "-" "${path}" - hostid`, { format: "s3" }],
  [
    (path) => `1795162502\t200\t5\tGET\t${path}\tid1`,
    { format: "cloudfront-realtime", settings: { fields: FIELDS, delimiter: "\t" } },
  ],
  [
    (path) => quoted(["1795162502041000", "GET", "200", "5", "0", "R1", "GET_Object", path]),
    { format: "gcs-usage", columns: GCS },
  ],
];

describe.each(LINES.map(([lineOf, choice]) => ({ lineOf, choice })))(
  "a $choice.format line that is not UTF-8",
  (each) => {
    const { lineOf, choice } = each;
    const read = (path: string) => readOneLine(Buffer.from(lineOf(path), "latin1"), choice);

    test("counts for the path with the bytes as %HH, and those of other bytes for another one", () => {
      expect(read("/img/\xff.jpg")).toMatchObject({ rejection: null, assetPath: "/img/%FF.jpg", bytesOut: 5 });
      expect(read("/img/\xfe.jpg")).toMatchObject({ rejection: null, assetPath: "/img/%FE.jpg", bytesOut: 5 });
    });
  },
);

test("a name of UTF-8 stays what it is where an agent is not", () => {
  const row = quoted(["1795162502041000", "GET", "200", "5", "0", "R1", "GET_Object", "caf\xc3\xa9.jpg", "\xff"]);
  const read = readOneLine(Buffer.from(row, "latin1"), { format: "gcs-usage", columns: [...GCS, "cs_user_agent"] });
  expect(read).toMatchObject({ rejection: null, assetPath: "café.jpg" });
});
