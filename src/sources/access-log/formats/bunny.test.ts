/** Lines of Bunny whose values hold a `|` themselves, and the extended form, which ends with a secret. */
import { describe, expect, test } from "vitest";
import { readOneLine } from "../read-one-line.contract.ts";

const ID = "20ee80e63596799a1543bc9fd88d8878";
/** A secret that looks like a request id. */
const SECRET = "0123456789abcdef0123456789abcdef";

type Values = { readonly id?: string; readonly referrer?: string; readonly url?: string; readonly agent?: string };

/** A line of the basic form, and of the extended one where there are `more` values. */
function toLine(
  { id = ID, referrer = "-", url = "https://cdn.example.com/a.jpg", agent = "Demo/1.0" }: Values,
  ...more: string[]
) {
  const head = ["HIT", "200", "1795162502041", "51234", "39001", "192.0.2.0"];
  return [...head, referrer, url, "DE", agent, id, "DE", ...more].join("|");
}

const idOf = (line: string) => readOneLine(line, { format: "bunny" }).id;

describe("the request id of Bunny", () => {
  test("is the value before the country, also where a secret of 32 hex digits follows", () => {
    expect(idOf(toLine({}))).toBe(`bunny:${ID}`);
    expect(idOf(toLine({}, "12", "bytes=0-1", SECRET))).toBe(`bunny:${ID}`);
    expect(idOf(toLine({}, "12", "bytes=0-1", `Bearer 7|${SECRET}`))).toBe(`bunny:${ID}`);
    expect(idOf(toLine({}, "12", SECRET, `a|${SECRET}|b`))).toBe(`bunny:${ID}`);
  });

  test("is that one also where a client puts another into its agent", () => {
    for (const agent of ["Demo|1.0", `Demo|${SECRET}|DE`, `Demo|${SECRET}|DE|7|x|y`]) {
      expect(idOf(toLine({ agent }))).toBe(`bunny:${ID}`);
      expect(idOf(toLine({ agent }, "12", "bytes=0-1", "Bearer x"))).toBe(`bunny:${ID}`);
    }
  });

  test("is the line's content where it is missing, and never the secret behind it", () => {
    for (const id of ["-", ""]) {
      expect(idOf(toLine({ id }))).toBe("l1:test");
      expect(idOf(toLine({ id }, "12", "bytes=0-1", SECRET))).toBe("l1:test");
      expect(idOf(toLine({ id }, "12", "bytes=0-1", `Bearer 7|${SECRET}`))).toBe("l1:test");
    }
  });
});
