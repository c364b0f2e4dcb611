/**
 * POST /user/login and POST /user/refresh over the whole server, and what their tokens open.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openPasswords } from "../../../access/passwords.ts";
import type { AskedServer } from "../../ask-server.contract.ts";
import { NOW_MS, openWithTokens } from "../worked-example.contract.ts";

const PASSWORD = "correct horse";
/** Made once: a hash takes longer than a test. */
const passwords = openPasswords();
const passwordHash = await passwords.hash(PASSWORD);
await passwords.close();

const DAY_MS = 86_400_000;

let server: AskedServer;
beforeEach(async () => {
  server = await openWithTokens();
  const ann = { organization: 42, id: 7, name: "Ann Example", email: "a@b.c", role: "admin" } as const;
  await server.catalog.createUser({ ...ann, passwordHash });
});
afterEach(() => server.close());

type Tokens = Readonly<Record<"accessToken" | "refreshToken", string>>;
const logIn = (email = "a@b.c", password = PASSWORD, token: string | null = null) =>
  server.sendJson("POST", "/user/login", { email, password, deviceInfo: { os: "x" } }, token);
const refresh = (body: unknown, token: string | null = null) => server.sendJson("POST", "/user/refresh", body, token);

describe("POST /user/login", () => {
  test("200: tokens and whose they are; an Authorization header is ignored, even a bad one", async () => {
    const { status, body } = await logIn("A@B.c", PASSWORD, "expired.token.x");
    expect(body).toEqual({
      success: true,
      accessToken: expect.stringMatching(/^eyJ/),
      refreshToken: expect.stringMatching(/^amr_[\w-]{43}$/),
      tokenId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      expiresAt: NOW_MS / 1000 + 3600,
      user: { id: "7", email: "a@b.c", name: "Ann Example", orgId: "42", orgRole: 1 },
    });
    expect(status).toBe(200);
  });

  test.each([[{}], [{ email: "a@b.c" }], [{ email: "", password: "x" }], [{ email: "a@b.c", password: 1 }]])(
    "400: %j",
    async (body) => {
      const answer = await server.sendJson("POST", "/user/login", body, null);
      expect(answer.body).toEqual({ success: false, message: "email and password are required" });
      expect(answer.status).toBe(400);
    },
  );

  test("400: no JSON object", async () => {
    expect((await server.sendJson("POST", "/user/login", [], null)).body).toEqual({
      success: false,
      message: "Invalid JSON body",
    });
  });

  test("401: a wrong password, an unknown address and a disabled user alike", async () => {
    const answers = [await logIn("a@b.c", "wrong"), await logIn("x@y.z")];
    await server.catalog.setUserDisabled(42, 7, true);
    answers.push(await logIn());
    for (const { status, body } of answers) {
      const message = "Invalid email or password";
      expect(body).toEqual({ success: false, message, error_code: "INVALID_CREDENTIALS" });
      expect(status).toBe(401);
    }
  });

  test("429: a hundred guesses that come at once get through ten times", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, guess) => logIn("a@b.c", `guess ${guess}`)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(90);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toEqual({ success: false, message: "Too many requests" });
    expect(refused?.headers["retry-after"]).toBe("900");
  });
});

describe("an access token", () => {
  test("reads statistics for an hour, until its user is disabled", async () => {
    const { accessToken, refreshToken } = (await logIn()).body as Tokens;
    expect((await server.get("/bucket/stats", accessToken)).status).toBe(200);
    // A refresh token opens nothing.
    expect((await server.get("/bucket/stats", refreshToken)).status).toBe(401);
    await server.catalog.setUserDisabled(42, 7, true);
    const disabled = await server.get("/bucket/stats", accessToken);
    expect(disabled.body).toEqual({ success: false, message: "Insufficient permissions" });
    expect(disabled.status).toBe(403);
    server.clock.set(NOW_MS + 3_600_000);
    const expired = await server.get("/bucket/stats", accessToken);
    expect([expired.status, expired.body]).toEqual([401, { success: false, message: "Unauthorized" }]);
  });
});

describe("POST /user/refresh", () => {
  const invalid = { success: false, message: "Invalid refresh token", error_code: "INVALID_REFRESH_TOKEN" };

  test("200: the next tokens, under both names of the field, whatever the Authorization header", async () => {
    const first = (await logIn()).body as Tokens;
    server.clock.set(NOW_MS + 3_600_000);
    const { status, body } = await refresh({ refresh_token: first.refreshToken, refreshToken: "x" }, first.accessToken);
    expect(body).toEqual({
      success: true,
      token: (body as Tokens).accessToken,
      accessToken: expect.stringMatching(/^eyJ/),
      refreshToken: expect.stringMatching(/^amr_/),
      expiresAt: NOW_MS / 1000 + 7200,
    });
    expect(status).toBe(200);
    const next = body as Tokens;
    expect((await server.get("/bucket/stats", next.accessToken)).status).toBe(200);
    expect((await refresh({ refreshToken: next.refreshToken })).status).toBe(200);
  });

  test("200: the first of the two names that has a token, as clients send the other one empty", async () => {
    const { refreshToken } = (await logIn()).body as Tokens;
    const next = await refresh({ refresh_token: "", refreshToken });
    expect(next.status).toBe(200);
    const again = { refresh_token: 5, refreshToken: (next.body as Tokens).refreshToken };
    expect((await refresh(again)).status).toBe(200);
  });

  test("401: a token used twice, and from then on everything that followed from it", async () => {
    const { refreshToken } = (await logIn()).body as Tokens;
    const elsewhere = (await logIn()).body as Tokens;
    const second = (await refresh({ refresh_token: refreshToken })).body as Tokens;
    const answer = await refresh({ refresh_token: refreshToken });
    expect(answer.body).toEqual(invalid);
    expect(answer.status).toBe(401);
    expect((await refresh({ refresh_token: second.refreshToken })).body).toEqual(invalid);
    expect((await refresh({ refresh_token: elsewhere.refreshToken })).status).toBe(200);
  });

  test("401: unknown, an access token, after 30 days, after a new password, after disabling", async () => {
    const tokens = (await logIn()).body as Tokens;
    expect((await refresh({ refresh_token: "RT" })).body).toEqual(invalid);
    expect((await refresh({ refresh_token: tokens.accessToken })).body).toEqual(invalid);
    await server.catalog.setPasswordHash(42, 7, passwordHash);
    expect((await refresh({ refresh_token: tokens.refreshToken })).body).toEqual(invalid);
    const again = (await logIn()).body as Tokens;
    await server.catalog.setUserDisabled(42, 7, true);
    expect((await refresh({ refresh_token: again.refreshToken })).body).toEqual(invalid);
    await server.catalog.setUserDisabled(42, 7, false);
    const late = (await logIn()).body as Tokens;
    server.clock.set(NOW_MS + 30 * DAY_MS);
    expect((await refresh({ refresh_token: late.refreshToken })).body).toEqual(invalid);
  });

  test("200 until a millisecond before 30 days", async () => {
    const { refreshToken } = (await logIn()).body as Tokens;
    server.clock.set(NOW_MS + 30 * DAY_MS - 1);
    expect((await refresh({ refresh_token: refreshToken })).status).toBe(200);
  });

  test.each([[{}], [{ refresh_token: "" }], [{ refresh_token: 5 }], [{ refreshToken: null }]])(
    "400: %j",
    async (body) => {
      const answer = await refresh(body);
      expect(answer.body).toEqual({ success: false, message: "refresh_token is required" });
      expect(answer.status).toBe(400);
    },
  );

  test("the catalogue holds no password and no token, only hashes", async () => {
    const { refreshToken, accessToken } = (await logIn()).body as Tokens;
    const login = await server.catalog.findLogin("a@b.c");
    expect(login?.passwordHash).toMatch(/^\$argon2id\$/);
    expect(JSON.stringify([login, await server.catalog.listTokens(42)])).not.toMatch(
      new RegExp([PASSWORD, refreshToken, accessToken].join("|")),
    );
  });
});
