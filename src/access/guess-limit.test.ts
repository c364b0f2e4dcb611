import { describe, expect, test } from "vitest";
import { buildFixedClock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import { buildGuessLimit, toNetwork } from "./guess-limit.ts";

const MINUTE_MS = 60_000;

/** A limit, and a wrong guess at it: null where it was checked, else the seconds to wait. */
const open = () => {
  const clock = buildFixedClock(1_000_000_000);
  const limit = buildGuessLimit(clock);
  const judge = async (found: string | null, email: string, address: string): Promise<number | null> => {
    try {
      expect(await limit.judge({ email, address }, async () => found)).toBe(found);
      return null;
    } catch (error) {
      expect(error instanceof AppError ? error.code : error).toBe("request/too-many");
      return (error as AppError).retryAfterS ?? null;
    }
  };
  const guessWrong = (email: string, address = "192.0.2.1") => judge(null, email, address);
  const guessRight = (email: string, address = "192.0.2.1") => judge("Ann", email, address);
  return { clock, limit, guessWrong, guessRight };
};

describe("buildGuessLimit", () => {
  test("of a hundred guesses at one e-mail ten are let through", async () => {
    const { guessWrong } = open();
    const refused = await Promise.all(Array.from({ length: 100 }, () => guessWrong("ann@example.com")));
    expect(refused).toEqual([...Array(10).fill(null), ...Array(90).fill(900)]);
  });

  test("of as many right ones at once all are let through", async () => {
    const { guessRight } = open();
    const refused = await Promise.all(Array.from({ length: 100 }, () => guessRight("ann@example.com")));
    expect(refused).toEqual(Array(100).fill(null));
  });

  test("a right one among those that come at once begins the count anew for the ones after it", async () => {
    const { guessRight, guessWrong } = open();
    const wrong = (times: number) => Array.from({ length: times }, () => guessWrong("ann@example.com"));
    const answers = await Promise.all([...wrong(9), guessRight("ann@example.com"), ...wrong(11)]);
    expect(answers).toEqual([...Array(20).fill(null), 900]);
  });

  test("a guess whose check fails is not counted, by its e-mail or by its address", async () => {
    const { limit, guessRight, guessWrong } = open();
    const full = new AppError("request/too-many", "Too many logins wait.", { retryAfterS: 2 });
    const fail = (email: string) => limit.judge({ email, address: "192.0.2.1" }, () => Promise.reject(full));
    for (let guess = 0; guess < 9; guess++) await guessWrong("ann@example.com");
    for (let guess = 0; guess < 300; guess++) await expect(fail("ann@example.com")).rejects.toBe(full);
    expect(await guessRight("ann@example.com")).toBeNull();
  });

  test("guesses at one e-mail wait for each other, those at another wait for none", async () => {
    const { limit, guessRight } = open();
    const { promise, resolve } = Promise.withResolvers<string>();
    const ended: string[] = [];
    const note = (name: string) => () => ended.push(name);
    const first = limit.judge({ email: "ann@example.com", address: "192.0.2.1" }, () => promise).then(note("first"));
    const second = guessRight("ann@example.com").then(note("second"));
    await guessRight("bob@example.com").then(note("other"));
    resolve("Ann");
    await Promise.all([first, second]);
    expect(ended).toEqual(["other", "first", "second"]);
  });

  test("each guess is forgotten 15 minutes after it was made; refused ones are not counted", async () => {
    const { clock, guessWrong } = open();
    await guessWrong("ann@example.com");
    clock.set(1_000_000_000 + 5 * MINUTE_MS);
    for (let guess = 1; guess < 10; guess++) expect(await guessWrong("ann@example.com")).toBeNull();
    expect(await guessWrong("ann@example.com")).toBe(600);
    clock.set(1_000_000_000 + 15 * MINUTE_MS);
    expect(await guessWrong("ann@example.com")).toBeNull();
    expect(await guessWrong("ann@example.com")).toBe(300);
  });

  test("the case of an e-mail makes no other one, another address does", async () => {
    const { guessWrong } = open();
    for (let guess = 0; guess < 10; guess++) await guessWrong(guess % 2 === 0 ? "ann@example.com" : "ANN@example.com");
    expect(await guessWrong("Ann@Example.com")).toBe(900);
    expect(await guessWrong("ann@example.com", "192.0.2.2")).toBeNull();
    expect(await guessWrong("bob@example.com")).toBeNull();
  });

  test("an accent that is written apart makes no other e-mail", async () => {
    const { guessWrong } = open();
    // é as one character, and as e with U+0301: the catalogue finds the same user by both.
    const spellings = [
      "ren\u00e9@example.com",
      "rene\u0301@example.com",
      "REN\u00c9@example.com",
      "RENE\u0301@example.com",
    ];
    for (let guess = 0; guess < 10; guess++) expect(await guessWrong(spellings[guess % 4] ?? "")).toBeNull();
    for (const spelling of spellings) expect(await guessWrong(spelling)).toBe(900);
    expect(await guessWrong("rene@example.com")).toBeNull();
  });

  test("the spellings of the longest e-mail are one", async () => {
    const { guessWrong } = open();
    // 320 characters, or 628 with every accent apart.
    const longest = `${"\u00e9".repeat(308)}@example.com`;
    for (let guess = 0; guess < 10; guess++) await guessWrong(longest);
    expect(await guessWrong(longest.normalize("NFD"))).toBe(900);
  });

  test("one address has 300 guesses at whichever e-mails", async () => {
    const { guessWrong } = open();
    for (let guess = 0; guess < 300; guess++) expect(await guessWrong(`user-${guess}@example.com`)).toBeNull();
    expect(await guessWrong("one-more@example.com")).toBe(900);
    expect(await guessWrong("one-more@example.com", "192.0.2.2")).toBeNull();
  });

  test("guesses that are refused at one e-mail leave those of the others at its address alone", async () => {
    const { guessWrong, guessRight } = open();
    // One program with a stale password: ten of its tries are checked, 990 refused. 290 of the address are left.
    for (let guess = 0; guess < 10; guess++) expect(await guessWrong("ann@example.com")).toBeNull();
    for (let guess = 0; guess < 990; guess++) expect(await guessWrong("ann@example.com")).toBe(900);
    expect(await guessRight("bob@example.com")).toBeNull();
    for (let guess = 0; guess < 290; guess++) expect(await guessWrong(`user-${guess}@example.com`)).toBeNull();
    expect(await guessWrong("one-more@example.com")).toBe(900);
  });

  test("a right password forgets the wrong ones before it", async () => {
    const { guessWrong, guessRight } = open();
    for (let guess = 0; guess < 9; guess++) await guessWrong("ann@example.com");
    expect(await guessRight("Ann@example.com")).toBeNull();
    for (let guess = 0; guess < 10; guess++) expect(await guessWrong("ann@example.com")).toBeNull();
    expect(await guessWrong("ann@example.com")).toBe(900);
  });

  test("a clock that goes back locks nobody out for longer", async () => {
    const { clock, guessWrong } = open();
    for (let guess = 0; guess < 10; guess++) await guessWrong("ann@example.com");
    clock.set(1_000_000_000 - 60 * MINUTE_MS);
    expect(await guessWrong("ann@example.com")).toBeNull();
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
    ["203.0.113.9:51234", "203.0.113.9"],
    ["[2001:db8::1]:443", "2001:db8:0:0::/64"],
    ["[::ffff:192.0.2.1]:443", "192.0.2.1"],
  ])("%s is of the network %s", (address, network) => {
    expect(toNetwork(address)).toBe(network);
  });
});
