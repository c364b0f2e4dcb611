/** NDJSON is read as a stream: what is no JSON is one record that will be refused, whatever its length. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { positionOf } from "../../model/raw-record.ts";
import type { Submission } from "../intake.ts";
import { buildPassage } from "../passage.ts";
import { cutEventText } from "./cut-event-text.ts";
import { readEventText } from "./event-text.ts";
import { parseEvent } from "./parse-event.ts";

/** The records of a stream that comes in chunks of `chunk` bytes, by part. */
async function read(text: string | Buffer, options: { lineBytesMax?: number; linesMax?: number; chunk?: number } = {}) {
  const { lineBytesMax = 1_000, linesMax = 100, chunk = 7 } = options;
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const parts = await Array.fromAsync(cutEventText(chunks(), { lineBytesMax, linesMax }));
  return parts.map((part) => readEventText(part));
}

function reasonOf(value: unknown): string | undefined {
  const record = { form: "event", value, position: "" } as const;
  const passage = buildPassage(record, { organization: 1, source: "events" } as Submission);
  return parseEvent(value, passage, 0)?.reason;
}

const valuesOf = async (...input: Parameters<typeof read>) =>
  (await read(...input)).flat().map((record) => record.value);

describe("cutEventText and readEventText", () => {
  test("each line is one value, with or without a line end at the end, with LF or CRLF", async () => {
    const values = [{ a: "é😀" }, [1], 2, null];
    expect(await valuesOf('{"a":"é😀"}\n[1]\n2\nnull\n')).toEqual(values);
    expect(await valuesOf('\ufeff{"a":"é😀"}\r\n\r\n[1]\r\n   \r\n2\nnull')).toEqual(values);
    expect(await valuesOf("")).toEqual([]);
    expect(await valuesOf("\n\n  \n")).toEqual([]);
  });

  test("positions are line numbers, empty lines included", async () => {
    expect((await read("1\n\n2\n")).flat().map(positionOf)).toEqual(["line 1", "line 3"]);
  });

  test("a line that is no JSON is one refused record and the next line is read", async () => {
    const values = await valuesOf('{"a":\n{"b":1}\nNaN\n{"c":1}{"d":1}\n\t\n');
    expect(values.map(reasonOf)).toEqual(Array(5).fill("not-an-event"));
    expect(values[1]).toEqual({ b: 1 });
    expect(JSON.stringify([values[0], values[2], values[3]])).toBe("[{},{},{}]");
  });

  test("a line that is no UTF-8 is refused, because two broken ids would become one", async () => {
    const [value] = await valuesOf(Buffer.from('{"id":"\xe9"}\n', "latin1"));
    expect(reasonOf(value)).toBe("not-an-event");
  });

  test("a line over the bound is one refused record, at the bound it is read", async () => {
    const values = await valuesOf(`"${"x".repeat(8)}"\n"${"x".repeat(9)}"\n"${"x".repeat(5_000)}"\n1\n`, {
      lineBytesMax: 10,
    });
    expect(values.map(reasonOf)).toEqual(["not-an-event", "record-too-large", "record-too-large", "not-an-event"]);
    expect(values[0]).toBe("xxxxxxxx");
  });

  test("parts have at most as many lines as asked for, none is empty, and lines count through all of them", async () => {
    const parts = await read("1\n2\n\n4\n5\n", { linesMax: 2, chunk: 100 });
    expect(parts.map((records) => records.map(positionOf))).toEqual([["line 1", "line 2"], ["line 4"], ["line 5"]]);
  });

  test("a byte order mark is one at the start of the stream only, wherever parts end", async () => {
    const values = await valuesOf("\ufeff1\n\ufeff2\n3\n", { linesMax: 1 });
    expect(values.map(reasonOf)).toEqual(Array(3).fill("not-an-event"));
    expect([values[0], values[2]]).toEqual([1, 3]);
    expect(values[1]).not.toBe(2);
  });

  test("a failing stream gives the lines before the failure, then the failure", async () => {
    async function* chunks() {
      yield Buffer.from("1\n2");
      throw new Error("connection reset");
    }
    const values: unknown[] = [];
    const reading = (async () => {
      for await (const part of cutEventText(chunks(), { lineBytesMax: 10, linesMax: 10 })) {
        values.push(...readEventText(part).map(({ value }) => value));
      }
    })();
    await expect(reading).rejects.toThrow("connection reset");
    expect(values).toEqual([1]);
  });

  test("of a line that is too long only as much is passed on as shows it", async () => {
    async function* chunks() {
      for (let piece = 0; piece < 1_000; piece++) yield Buffer.alloc(1_000, "x");
      yield Buffer.from("\n1\n");
    }
    const parts = await Array.fromAsync(cutEventText(chunks(), { lineBytesMax: 10, linesMax: 10 }));
    expect(parts.map(({ text }) => text.length)).toEqual([10 + 6 + "\n1\n".length]);
    expect(parts.flatMap(readEventText).map(({ value }) => reasonOf(value))).toEqual([
      "record-too-large",
      "not-an-event",
    ]);
  });

  test("the lines are those of the whole stream, wherever chunks and parts end", async () => {
    const unit = fc.constantFrom("a", "7", " ", "\r", "\0", '"', "é", "\ufeff");
    const line = fc
      .tuple(fc.constantFrom("", "\0".repeat(30)), fc.string({ unit, maxLength: 14 }))
      .map((both) => both.join(""));
    const input = fc.tuple(fc.array(line, { maxLength: 20 }), fc.nat(6), fc.nat(30));
    await fc.assert(
      fc.asyncProperty(input, async ([lines, linesMax, chunk]) => {
        const text = lines.join("\n");
        const all = { form: "lines", text: Buffer.from(text), linesBefore: 0, isAll: true, lineBytesMax: 9 } as const;
        const options = { lineBytesMax: 9, linesMax: linesMax + 1, chunk: chunk + 1 };
        expect((await read(text, options)).flat()).toEqual(readEventText(all));
      }),
    );
  });

  test("an array is its events in order; what is none, is not JSON or has too many is refused as a whole", () => {
    const read = (text: string | Buffer) => readEventText({ form: "array", text: Buffer.from(text), recordsMax: 2 });
    expect(read('[{"a":"é"},7]')).toEqual([
      { form: "event", value: { a: "é" }, position: "index 0" },
      { form: "event", value: 7, position: "index 1" },
    ]);
    expect(read("[]")).toEqual([]);
    const refused = {
      "[1": "request/body-malformed",
      "{}": "request/body-malformed",
      "[1,2,3]": "request/body-too-large",
    };
    for (const [text, code] of Object.entries(refused)) {
      expect(() => read(text)).toThrow(expect.objectContaining({ code }));
    }
    expect(() => read(Buffer.from('["\xe9"]', "latin1"))).toThrow(
      expect.objectContaining({ code: "request/body-malformed" }),
    );
  });

  test("no JSON text can look like an unreadable event", async () => {
    const [value] = await valuesOf('{"unreadable event":{"reason":"bad-time","detail":"x"}}\n');
    expect(reasonOf(value)).toBe("not-an-event");
  });
});
