/** Numbers as people read them. */
import { describe, expect, it } from "vitest";
import { printBytes } from "./print-count.ts";

describe("printBytes", () => {
  it.each([
    [0, "0.0 kB"],
    [51, "0.1 kB"],
    [25_211, "25.2 kB"],
    [99_949, "99.9 kB"],
    [100_000, "0.1 MB"],
    [1_500_000_000, "1500.0 MB"],
  ])("prints %i bytes as %s", (bytes, printed) => {
    expect(printBytes(bytes)).toBe(printed);
  });
});
