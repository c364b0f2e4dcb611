/** How much of a log is read before its format is told. */
import { expect, test } from "vitest";
import { buildLogStart } from "./log-start.ts";

const HALF = Buffer.alloc(32_768, "x");
const MB = 1024 * 1024;

/** Bytes that are taken of a log that begins with these pieces and goes on with the last one for ever. */
function bytesOf(...pieces: readonly Buffer[]): number {
  const start = buildLogStart();
  for (let at = 0; !start.isEnough(); at++) start.add(pieces[Math.min(at, pieces.length - 1)] as Buffer);
  return Buffer.concat(start.read()).length;
}

test("64 KB are enough, and on until a line is whole, but no more than the longest line has", () => {
  const ended = Buffer.from("x\n");
  expect(bytesOf(ended, HALF)).toBe(2 + 2 * 32_768);
  expect(bytesOf(HALF, HALF, HALF, ended, HALF)).toBe(3 * 32_768 + 2);
  expect(bytesOf(HALF)).toBe(4 * MB);
  // A blank line is none.
  expect(bytesOf(Buffer.from("\n"), HALF)).toBe(1 + 4 * MB);
});
