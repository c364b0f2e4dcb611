/** Logins that come at once, over a real catalogue and the real thread that hashes passwords. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../platform/errors.ts";
import { buildSessions } from "./build-sessions.ts";
import { buildSecretKeyRing } from "./key-ring.ts";
import { openTestAccess, PASSWORD } from "./open-test-access.contract.ts";
import { openPasswords } from "./passwords.ts";

let opened: Awaited<ReturnType<typeof openTestAccess>>;
beforeEach(async () => {
  opened = await openTestAccess();
});
afterEach(() => opened.close());

/** Logs Ann in: her name, or the code of the error with the seconds to wait. */
async function logIn(sessions = opened.access.sessions, password = PASSWORD): Promise<string> {
  try {
    return (await sessions.logIn({ email: "ann@example.com", password, address: "192.0.2.1" })).name ?? "";
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [error.code, error.retryAfterS ?? []].flat().join(" ");
  }
}

describe("buildSessions", () => {
  test("twelve logins at once with the right password are twelve logins", async () => {
    expect(await Promise.all(Array.from({ length: 12 }, () => logIn()))).toEqual(Array(12).fill("Ann"));
  });

  test("of a hundred wrong passwords at once ten are checked", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => logIn(undefined, `guess number ${n}`)));
    const [checked, refused] = ["access/invalid-login", "request/too-many 900"];
    expect(answers).toEqual([...Array(10).fill(checked), ...Array(90).fill(refused)]);
    expect(await logIn()).toBe(refused);
  });

  test("logins that find too many waiting lock nobody out", async () => {
    const passwords = openPasswords();
    let isFull = true;
    const full = () => new AppError("request/too-many", "Too many logins wait.", { retryAfterS: 2 });
    const { catalog, clock, ids } = opened;
    const sessions = buildSessions({
      ...{ catalog, clock, ids, keyRing: buildSecretKeyRing(opened) },
      // The thread's own answer for a full queue, for as long as the test says.
      passwords: { verify: async (...asked) => (isFull ? Promise.reject(full()) : passwords.verify(...asked)) },
    });
    for (let tried = 0; tried < 20; tried++) expect(await logIn(sessions)).toBe("request/too-many 2");
    isFull = false;
    expect(await logIn(sessions)).toBe("Ann");
    await passwords.close();
  });

  /** Sessions whose check of a password ends with what `meanwhile` does, in another process or at another request. */
  const buildHeld = (meanwhile: () => Promise<unknown>) => {
    const { catalog, clock, ids } = opened;
    const verify = async (password: string) => {
      await meanwhile();
      return password === PASSWORD;
    };
    return buildSessions({ catalog, clock, ids, keyRing: buildSecretKeyRing(opened), passwords: { verify } });
  };
  const attempt = { email: "ann@example.com", password: PASSWORD, address: "192.0.2.1" };

  test.each([
    ["the password changes", () => opened.catalog.setPasswordHash(42, 7, "another hash")],
    ["the user is disabled", () => opened.catalog.setUserDisabled(42, 7, true)],
  ])("a login that is being checked while %s is refused as a wrong one", async (_, meanwhile) => {
    const sessions = buildHeld(meanwhile);
    await expect(sessions.logInToRefresh(attempt)).rejects.toMatchObject({ code: "access/invalid-login" });
    await opened.catalog.setUserDisabled(42, 7, false);
    const again = buildHeld(meanwhile);
    await opened.catalog.setPasswordHash(42, 7, "the hash before");
    expect(await logIn(again)).toBe("access/invalid-login");
  });

  test("a password that changes between its check and the refresh token leaves none", async () => {
    const { catalog, clock, ids } = opened;
    let created: unknown;
    const changing = {
      ...{ findLogin: catalog.findLogin, readUser: catalog.readUser },
      exchangeRefreshToken: catalog.exchangeRefreshToken,
      createRefreshToken: async (input: Parameters<typeof catalog.createRefreshToken>[0]) => {
        await catalog.setPasswordHash(42, 7, "another hash");
        created = await catalog.createRefreshToken(input);
        return created as Awaited<ReturnType<typeof catalog.createRefreshToken>>;
      },
    };
    const passwords = { verify: async () => true };
    const sessions = buildSessions({ catalog: changing, clock, ids, keyRing: buildSecretKeyRing(opened), passwords });
    await expect(sessions.logInToRefresh(attempt)).rejects.toMatchObject({ code: "access/invalid-login" });
    expect(created).toBeNull();
  });
});
