/** Lines are cut by bytes; where chunks end never shows. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildLineCutter, type CutLine } from "./cut-lines.ts";

function cutAll(chunks: readonly Uint8Array[], lineBytesMax = 100): CutLine[] {
  const cutter = buildLineCutter(lineBytesMax);
  return [...chunks.flatMap((chunk) => cutter.push(chunk)), ...cutter.end()];
}

const textsOf = (input: string, lineBytesMax?: number) =>
  cutAll([Buffer.from(input, "latin1")], lineBytesMax).map((line) => line.bytes.toString("latin1"));

describe("buildLineCutter", () => {
  test("lines end at 0x0a, one carriage return before it does not belong to them", () => {
    expect(textsOf("a\nb\r\nc\r\r\n")).toEqual(["a", "b", "c\r"]);
  });

  test("empty lines and lines of spaces are no records, but they are numbered", () => {
    const lines = cutAll([Buffer.from("\n\r\n   \na\n\0\0\n \nb")]);
    expect(lines.map((line) => [line.bytes.toString(), line.number])).toEqual([
      ["a", 4],
      ["b", 7],
    ]);
  });

  test("what has come behind the last line end is a rest; line ends and NUL bytes are none", () => {
    for (const [input, hasRest] of [
      ["", false],
      ["a\n", false],
      ["\n\0\0", false],
      ["\xef\xbb", true],
      ["a", true],
      ["a\nb", true],
    ] as const) {
      const cutter = buildLineCutter(100);
      cutter.push(Buffer.from(input, "latin1"));
      expect([input, cutter.hasRest()]).toEqual([input, hasRest]);
      cutter.end();
      expect(cutter.hasRest()).toBe(false);
    }
  });

  test("a byte order mark is removed at the start of the input only", () => {
    expect(textsOf("\xef\xbb\xbfa\n\xef\xbb\xbfb\n")).toEqual(["a", "\xef\xbb\xbfb"]);
    expect(textsOf("\xef\xbb\xbf")).toEqual([]);
    expect(textsOf("\xef\xbb")).toEqual(["\xef\xbb"]);
  });

  test("NUL bytes are removed at the start of a line and kept inside", () => {
    expect(textsOf("\0\0a\n\0b\0c\n")).toEqual(["a", "b\0c"]);
  });

  test("only a last line without line end is unterminated", () => {
    const lines = cutAll([Buffer.from("a\nb")]);
    expect(lines.map((line) => line.isTerminated)).toEqual([true, false]);
    expect(cutAll([Buffer.from("a\n")]).map((line) => line.isTerminated)).toEqual([true]);
    expect(textsOf("a\nb\r")).toEqual(["a", "b"]);
  });

  test("a line of exactly the bound is whole, a longer one is one byte over the bound and its rest is nothing", () => {
    expect(textsOf("12345\n123456\n1234567890\nx\n", 5)).toEqual(["12345", "123456", "123456", "x"]);
    expect(textsOf("12345\r\n123456\r\n", 5)).toEqual(["12345", "123456"]);
    expect(textsOf(`     ${"x".repeat(20)}\n`, 5)).toEqual(["     x"]);
    expect(textsOf(`${" ".repeat(20)}x\n`, 5)).toEqual(["      "]);
  });

  test("a line of megabytes is not held in memory", () => {
    const cutter = buildLineCutter(10);
    for (let i = 0; i < 100; i++) expect(cutter.push(Buffer.alloc(100_000, "x"))).toEqual([]);
    const [line, next] = cutter.push(Buffer.from("\ny\n"));
    expect(line?.bytes).toHaveLength(11);
    expect(line?.bytes.buffer.byteLength).toBeLessThan(100_000);
    expect(next?.bytes.toString()).toBe("y");
  });

  test("any input cut into any chunks gives the same lines", () => {
    const byte = fc.constantFrom(...Buffer.from("\xef\xbb\xbf\n\n\r\0 ab", "latin1"));
    const bounds = fc.array(fc.nat(60), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.uint8Array({ max: 255, maxLength: 60 }),
        fc.array(byte, { maxLength: 60 }),
        bounds,
        (any, odd, at) => {
          for (const input of [Buffer.from(any), Buffer.from(odd)]) {
            const ends = [0, ...at, input.length].map((end) => Math.min(end, input.length)).sort((a, b) => a - b);
            const chunks = ends.slice(1).map((end, i) => Buffer.from(input.subarray(ends[i], end)));
            expect(cutAll(chunks, 5)).toEqual(cutAll([input], 5));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
