import { describe, expect, test } from "vitest";
import { toClientAddress } from "./client-address.ts";

describe("toClientAddress", () => {
  test.each([
    ["203.0.113.9:51234", "203.0.113.9"],
    ["203.0.113.9", "203.0.113.9"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[::ffff:192.0.2.1]:443", "::ffff:192.0.2.1"],
    ["2001:db8::1", "2001:db8::1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["unknown", "unknown"],
    ["", ""],
  ])("%j is the address %j", (text, address) => {
    expect(toClientAddress(text)).toBe(address);
  });
});
