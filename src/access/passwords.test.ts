import { afterAll, describe, expect, test } from "vitest";
import { openPasswords } from "./passwords.ts";

const passwords = openPasswords();
afterAll(() => passwords.close());

describe("openPasswords", () => {
  test("a hash is Argon2id with its cost and a salt of its own, and fits its password only", async () => {
    const [one, two] = await Promise.all([passwords.hash("correct horse"), passwords.hash("correct horse")]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await passwords.verify("correct horse", one)).toBe(true);
    expect(await passwords.verify("correct horse ", one)).toBe(false);
  });

  test("one character typed in two ways is one password", async () => {
    const hash = await passwords.hash("caf\u00e9 caf\u00e9");
    expect(await passwords.verify("cafe\u0301 cafe\u0301", hash)).toBe(true);
  });

  test("nothing fits a user who is not there", async () => {
    expect(await passwords.verify("nobody's password", null)).toBe(false);
  });

  test("a password is refused below 8 and above 1024 characters", async () => {
    for (const password of ["", "1234567", "x".repeat(1025)]) {
      await expect(passwords.hash(password)).rejects.toMatchObject({ code: "catalog/invalid" });
    }
    expect(await passwords.verify("x".repeat(100_000), null)).toBe(false);
  });

  test("more than 32 that wait are refused; those before them are answered", async () => {
    const all = await Promise.allSettled(Array.from({ length: 40 }, () => passwords.verify("x", "not a hash")));
    const codes = all.map((one) => (one.status === "rejected" ? (one.reason as { code?: string }).code : "fine"));
    expect(codes.filter((code) => code === "request/too-many")).toHaveLength(8);
    expect(await passwords.verify("x", null)).toBe(false);
  });

  test("a damaged hash is an error, not a right password", async () => {
    await expect(passwords.verify("x", "not a hash")).rejects.toThrow();
  });

  test("what waits is rejected when the hashing is closed; closing twice is harmless", async () => {
    const closing = openPasswords();
    const waiting = closing.hash("correct horse").catch((error: Error) => error.message);
    await closing.close();
    await closing.close();
    expect(await waiting).toBe("The thread that hashes passwords has ended.");
    await expect(closing.hash("correct horse")).rejects.toThrow("closed");
  });
});
