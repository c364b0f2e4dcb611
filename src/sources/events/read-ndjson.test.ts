/** NDJSON is read as a stream: what is no JSON is one record that will be refused, whatever its length. */

import { describe, expect, test } from "vitest";
import { positionOf } from "../../model/raw-record.ts";
import type { Submission } from "../intake.ts";
import { buildPassage } from "../passage.ts";
import { parseEvent } from "./parse-event.ts";
import { readNdjson } from "./read-ndjson.ts";

async function read(
  text: string | Buffer,
  options: { lineBytesMax?: number; batchRecordsMax?: number; chunk?: number } = {},
) {
  const { lineBytesMax = 1_000, batchRecordsMax = 100, chunk = 7 } = options;
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  return Array.fromAsync(readNdjson(chunks(), { lineBytesMax, batchRecordsMax }));
}

function reasonOf(value: unknown): string | undefined {
  const record = { form: "event", value, position: "" } as const;
  const passage = buildPassage(record, { organization: 1, source: "events" } as Submission);
  return parseEvent(value, passage, 0)?.reason;
}

const valuesOf = async (...input: Parameters<typeof read>) =>
  (await read(...input)).flat().map((record) => (record.form === "event" ? record.value : undefined));

describe("readNdjson", () => {
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

  test("batches have at most as many records as asked for, and none is empty", async () => {
    const batches = await read("1\n2\n3\n4\n5\n", { batchRecordsMax: 2, chunk: 100 });
    expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1]);
  });

  test("a failing stream gives the records before the failure, then the failure", async () => {
    async function* chunks() {
      yield Buffer.from("1\n2");
      throw new Error("connection reset");
    }
    const batches: unknown[][] = [];
    const reading = (async () => {
      for await (const batch of readNdjson(chunks(), { lineBytesMax: 10 })) batches.push([...batch]);
    })();
    await expect(reading).rejects.toThrow("connection reset");
    expect(batches.flat()).toHaveLength(1);
  });

  test("no JSON text can look like an unreadable event", async () => {
    const [value] = await valuesOf('{"unreadable event":{"reason":"bad-time","detail":"x"}}\n');
    expect(reasonOf(value)).toBe("not-an-event");
  });
});
