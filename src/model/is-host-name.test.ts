import { describe, expect, it } from "vitest";
import { isHostName } from "./is-host-name.ts";

describe("isHostName", () => {
  it.each(["cdn.example.com", "CDN.example", "localhost", "192.0.2.7", "[2001:db8::7]"])("takes %s", (text) => {
    expect(isHostName(text)).toBe(true);
  });

  it.each([
    ...["", "https://cdn.example", "cdn.example:443", "cdn.example:8080", "cdn.example/", "a/b", "u@a", "a b", "a?"],
    // The URL parser makes an address, another spelling, or nothing of these.
    ...["1.2", "münchen.example", "a%2eb", "a\tb", " a", "2001:db8::7", "a\0", "\u212adn.example"],
    // The URL parser takes these as they are.
    ...["a=b", "a;b", "a,b", "a&b", "a+b", "a'b", "AccountName=acme;AccountKey=hunter2"],
  ])("refuses %j, which is more or less than a host name", (text) => {
    expect(isHostName(text)).toBe(false);
  });

  it("takes 253 characters and not one more", () => {
    // 4 labels: 3 of 63 characters and a dot, and one of 61.
    const longest = `${`${"a".repeat(63)}.`.repeat(3)}${"b".repeat(61)}`;
    expect(longest).toHaveLength(253);
    expect([isHostName(longest), isHostName(`${longest}b`)]).toEqual([true, false]);
  });
});
