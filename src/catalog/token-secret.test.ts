/**
 * Token secrets and their hashes.
 */
import { describe, expect, test } from "vitest";
import { randomIds } from "../platform/ids.ts";
import { buildTokenSecret, hashTokenSecret } from "./token-secret.ts";

describe("buildTokenSecret", () => {
  test("a secret is am_ and 43 characters that need no escaping in a URL", () => {
    expect(buildTokenSecret(randomIds)).toMatch(/^am_[A-Za-z0-9_-]{43}$/);
  });

  test("a secret has 32 random bytes", () => {
    const asked: number[] = [];
    const ids = { uuid: () => "", secret: (bytes: number) => `${asked.push(bytes)}` };
    expect([buildTokenSecret(ids), buildTokenSecret(ids)]).toEqual(["am_1", "am_2"]);
    expect(asked).toEqual([32, 32]);
  });
});

describe("hashTokenSecret", () => {
  test("the hash is SHA-256 in lower-case hex", () => {
    // FIPS 180-2, appendix B.1: the digest of "abc".
    expect(hashTokenSecret("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
