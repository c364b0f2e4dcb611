/** Lines of Bunny whose values hold a `|` themselves, and the extended form, which ends with a secret. */
import fc from "fast-check";
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
    for (const agent of ["Demo|1.0", `Demo|${SECRET}|DE`]) {
      expect(idOf(toLine({ agent }))).toBe(`bunny:${ID}`);
      expect(idOf(toLine({ agent }, "12", "bytes=0-1", "Bearer x"))).toBe(`bunny:${ID}`);
    }
  });

  test("is the line's content where two values may be it: no client chooses one, and no secret is kept", () => {
    const byContent = { rejection: null, id: "l1:test", assetPath: "/a.jpg" };
    const read = (...given: Parameters<typeof toLine>) => readOneLine(toLine(...given), { format: "bunny" });
    for (const secret of [`x|${SECRET}|DE`, `x|${SECRET}|`, `x|y|${SECRET}|DE`, `x|${SECRET}|DE|7|x|y`]) {
      expect(read({}, "12", "bytes=0-1", secret)).toMatchObject(byContent);
      expect(read({ agent: "Demo|1.0" }, "12", "bytes=0-1", secret)).toMatchObject(byContent);
      expect(read({ id: "-" }, "12", "bytes=0-1", secret)).toMatchObject(byContent);
    }
    expect(read({}, "12", SECRET, "DE")).toMatchObject(byContent);
    const agent = `Demo|${SECRET}|DE|7|x|y`;
    expect(read({ agent })).toMatchObject(byContent);
    expect(read({ agent }, "12", "bytes=0-1", "Bearer x")).toMatchObject(byContent);
  });

  test("chooses no path where a client has written it behind its own url, or before it", () => {
    for (const forged of [
      `x|https://x/secret.jpg|DE|y|${SECRET}|DE`,
      `x|https://x/secret.jpg|DE|y|${SECRET}|DE|7|z|z`,
    ]) {
      for (const line of [toLine({ referrer: forged }), toLine({}, "12", "bytes=0-1", forged)]) {
        const { rejection, request } = readOneLine(line, { format: "bunny" });
        expect(rejection?.reason ?? request?.path).toMatch(/^(?:malformed|\/a\.jpg)$/);
      }
    }
    const withoutId = toLine({ id: "-", referrer: "x|https://x/secret.jpg|DE|y|-|DE|7|z" });
    expect(readOneLine(withoutId, { format: "bunny" }).rejection?.reason).toBe("malformed");
  });

  test("is the line's content where it is missing, and never the secret behind it", () => {
    for (const id of ["-", ""]) {
      expect(idOf(toLine({ id }))).toBe("l1:test");
      expect(idOf(toLine({ id }, "12", "bytes=0-1", SECRET))).toBe("l1:test");
      expect(idOf(toLine({ id }, "12", "bytes=0-1", `Bearer 7|${SECRET}`))).toBe("l1:test");
    }
  });
});

describe("the url of Bunny", () => {
  const read = (values: Values, ...more: string[]) => readOneLine(toLine(values, ...more), { format: "bunny" });
  const EXTENDED = ["12", "bytes=0-1", "Bearer x"];

  test("is the one behind the referrer, however often that holds a `|`", () => {
    const referrers = ["https://www.example.com/?a|b", "a|b|c", "|", "https://x/?u=|https://x/secret"];
    for (const referrer of referrers) {
      for (const more of [[], EXTENDED]) {
        expect(read({ referrer }, ...more)).toMatchObject({ rejection: null, assetPath: "/a.jpg", id: `bunny:${ID}` });
      }
    }
  });

  test("is read to its end where it holds a `|` itself", () => {
    expect(read({ url: "https://cdn.example.com/a|b.jpg" })).toMatchObject({ assetPath: "/a|b.jpg" });
    expect(read({ url: "https://cdn.example.com/a.css?f=A|B+C|D" })).toMatchObject({ assetPath: "/a.css" });
    expect(read({ agent: "Bot|https://bot.example/|1.0" })).toMatchObject({ assetPath: "/a.jpg" });
  });

  test("is refused where a client has written another one with an edge location into its referrer", () => {
    for (const more of [[], EXTENDED]) {
      expect(read({ referrer: "x|https://x/secret.jpg|DE|y" }, ...more).rejection?.reason).toBe("malformed");
      expect(read({ referrer: "x|https://x/secret.jpg|DE" }, ...more).rejection?.reason).toBe("malformed");
    }
    expect(read({ referrer: "a|b", url: "/a.jpg" }).rejection?.reason).toBe("malformed");
  });

  test("is never a piece of the referrer, whatever stands in it", () => {
    const piece = fc.constantFrom("https://x/secret", "http://x/secret.jpg", "DE", "-", "", "x", "/secret", ID, "12");
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.boolean(), (pieces, isExtended) => {
        const passage = read({ referrer: pieces.join("|") }, ...(isExtended ? EXTENDED : []));
        if (passage.rejection === null) expect(passage.request?.path).toBe("/a.jpg");
        else expect(passage.rejection.reason).toBe("malformed");
      }),
      { numRuns: 500 },
    );
  });
});
