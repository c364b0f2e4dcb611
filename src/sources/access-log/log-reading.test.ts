/** The lines of a log are those of its bytes, wherever its pieces end and however long the catalogue takes. */
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildKnownThings } from "../known-things.ts";
import { openTestIntake, TEST_LIMITS, type TestIntake } from "../open-intake.contract.ts";
import type { StepCatalog } from "../steps/step.ts";
import { buildLogReading, type LogReading } from "./log-reading.ts";
import type { LinesRead } from "./open-log.ts";

let opened: TestIntake;
beforeAll(async () => {
  opened = await openTestIntake();
});
afterAll(() => opened.close());

const NOW_MS = Date.UTC(2026, 10, 20, 12);

function begin(source: string, catalog: StepCatalog, format: "combined" | "common" = "combined"): LogReading {
  return buildLogReading(
    {
      ...{ organization: opened.organization, source, format, space: null, allowedSpaces: null },
      ...{ prefix: "none", name: "a.log", lineBytesMax: 65_536 },
    },
    { limits: TEST_LIMITS, catalog, known: buildKnownThings(opened.clock) },
  );
}

function toPiece(text: string): SharedArrayBuffer {
  const bytes = Buffer.from(text);
  const piece = new SharedArrayBuffer(bytes.length);
  Buffer.from(piece).set(bytes);
  return piece;
}

const line = (address: number, bytes: number): string =>
  `10.0.0.${address} - - [20/Nov/2026:08:15:02 +0000] "GET /a.jpg HTTP/1.1" 200 ${bytes} "-" "Demo/1.0"\n`;

const bytesOutOf = ({ blocks }: LinesRead): number[] => blocks.flatMap(({ rows }) => [...rows.bytesOut]);

describe("pieces", () => {
  test("a line that lies in two pieces, and the last one without an end, are whole beside a catalogue that answers the first piece last", async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    const reading = begin("slow first answer", {
      ...opened.catalog,
      readSource: async (organization, name) => {
        asked += 1;
        if (asked === 1) await held;
        return opened.catalog.readSource(organization, name);
      },
    });
    const text = line(1, 1000) + line(2, 2000) + line(3, 4000).trimEnd();
    const middle = line(1, 1000).length + 40;
    const first = reading.push(toPiece(text.slice(0, middle)), NOW_MS);
    const second = reading.push(toPiece(text.slice(middle)), NOW_MS);
    const end = reading.end(NOW_MS);
    // Whatever would not wait for the first piece is done after some turns of the event loop.
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    release();
    expect(bytesOutOf(await first)).toEqual([1000]);
    expect(bytesOutOf(await second)).toEqual([2000]);
    expect(bytesOutOf(await end)).toEqual([4000]);
  });

  test("where the catalogue fails, the pieces behind that one fail, too: their first line would have no beginning", async () => {
    let asked = 0;
    const reading = begin("no first answer", {
      ...opened.catalog,
      readSource: async (organization, name) => {
        asked += 1;
        if (asked === 1) throw new Error("The catalogue is gone.");
        return opened.catalog.readSource(organization, name);
      },
    });
    const first = reading.push(toPiece(line(1, 1000) + line(2, 2000).slice(0, 40)), NOW_MS);
    const second = reading.push(toPiece(line(2, 2000).slice(40)), NOW_MS);
    await expect(first).rejects.toThrow("The catalogue is gone.");
    await expect(second).rejects.toThrow("The catalogue is gone.");
    expect(asked).toBe(1);
  });

  test("lines that are shorter than there is room for are all there, in several blocks", async () => {
    const short = 'a - - [20/Nov/2026:08:15:02 +0000] "GET / HTTP/1.1" 200 1\n';
    // 102,000 bytes: room for one line in 64 of them at a time, though more than a thousand lie in the first 64 KB.
    const text = short.repeat(Math.floor(102_000 / short.length));
    const lines = text.length / short.length;
    const { blocks } = await begin("short lines", opened.catalog, "common").push(toPiece(text), NOW_MS);
    expect(blocks.map(({ length }) => length)).toEqual([
      Math.ceil(text.length / 64),
      lines - Math.ceil(text.length / 64),
    ]);
    expect(blocks.flatMap(({ rows }) => [...rows.bytesOut])).toEqual(new Array(lines).fill(1));
  });

  test("however short they are, lines of one cut are judged together", async () => {
    const { blocks } = await begin("one cut", opened.catalog).push(toPiece("x\n".repeat(1000) + line(1, 1000)), NOW_MS);
    expect(blocks.map(({ length }) => length)).toEqual([1001]);
    expect(blocks.flatMap(({ rejected }) => rejected.map(({ count }) => count))).toEqual([1000]);
    expect(blocks.flatMap(({ rows }) => [...rows.bytesOut])).toEqual([1000]);
  });
});
