import { describe, expect, test } from "vitest";
import { buildFixedClock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import { buildGuessLimit, toNetwork } from "./guess-limit.ts";

const MINUTE_MS = 60_000;

const open = () => {
  const clock = buildFixedClock(1_000_000_000);
  const limit = buildGuessLimit(clock);
  const count = (email: string, address = "192.0.2.1"): number | null => {
    try {
      limit.count({ email, address });
      return null;
    } catch (error) {
      expect(error instanceof AppError ? error.code : error).toBe("request/too-many");
      return (error as AppError).retryAfterS ?? null;
    }
  };
  return { clock, limit, count };
};

describe("buildGuessLimit", () => {
  test("of a hundred guesses at one e-mail ten are let through", () => {
    const { count } = open();
    const refused = Array.from({ length: 100 }, () => count("ann@example.com")).filter((wait) => wait !== null);
    expect(refused).toHaveLength(90);
    expect(new Set(refused)).toEqual(new Set([900]));
  });

  test("each guess is forgotten 15 minutes after it was made; refused ones are not counted", () => {
    const { clock, count } = open();
    count("ann@example.com");
    clock.set(1_000_000_000 + 5 * MINUTE_MS);
    for (let guess = 1; guess < 10; guess++) expect(count("ann@example.com")).toBeNull();
    expect(count("ann@example.com")).toBe(600);
    clock.set(1_000_000_000 + 15 * MINUTE_MS);
    expect(count("ann@example.com")).toBeNull();
    expect(count("ann@example.com")).toBe(300);
  });

  test("the case of an e-mail makes no other one, another address does", () => {
    const { count } = open();
    for (let guess = 0; guess < 10; guess++) count(guess % 2 === 0 ? "ann@example.com" : "ANN@example.com");
    expect(count("Ann@Example.com")).toBe(900);
    expect(count("ann@example.com", "192.0.2.2")).toBeNull();
    expect(count("bob@example.com")).toBeNull();
  });

  test("an accent that is written apart makes no other e-mail", () => {
    const { count } = open();
    // é as one character, and as e with U+0301: the catalogue finds the same user by both.
    const spellings = [
      "ren\u00e9@example.com",
      "rene\u0301@example.com",
      "REN\u00c9@example.com",
      "RENE\u0301@example.com",
    ];
    for (let guess = 0; guess < 10; guess++) expect(count(spellings[guess % 4] ?? "")).toBeNull();
    for (const spelling of spellings) expect(count(spelling)).toBe(900);
    expect(count("rene@example.com")).toBeNull();
  });

  test("the spellings of the longest e-mail are one", () => {
    const { count } = open();
    // 320 characters, or 628 with every accent apart.
    const longest = `${"\u00e9".repeat(308)}@example.com`;
    for (let guess = 0; guess < 10; guess++) count(longest);
    expect(count(longest.normalize("NFD"))).toBe(900);
  });

  test("one address has 300 guesses at whichever e-mails", () => {
    const { count } = open();
    for (let guess = 0; guess < 300; guess++) expect(count(`user-${guess}@example.com`)).toBeNull();
    expect(count("one-more@example.com")).toBe(900);
    expect(count("one-more@example.com", "192.0.2.2")).toBeNull();
  });

  test("a right password forgets the wrong ones before it", () => {
    const { count, limit } = open();
    for (let guess = 0; guess < 10; guess++) count("ann@example.com");
    limit.forget({ email: "Ann@example.com", address: "192.0.2.1" });
    expect(count("ann@example.com")).toBeNull();
  });

  test("a clock that goes back locks nobody out for longer", () => {
    const { clock, count } = open();
    for (let guess = 0; guess < 10; guess++) count("ann@example.com");
    clock.set(1_000_000_000 - 60 * MINUTE_MS);
    expect(count("ann@example.com")).toBeNull();
  });
});

describe("toNetwork", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("%s is of the network %s", (address, network) => {
    expect(toNetwork(address)).toBe(network);
  });
});
