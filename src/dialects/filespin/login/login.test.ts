/**
 * Login, the check of JWTs, and JWTs as credentials of figures and of the list of users, over the whole server.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openPasswords } from "../../../access/passwords.ts";
import { type AskedServer, openAskedServer } from "../../ask-server.contract.ts";

/** 2026-03-02T12:00:00Z; its UNIX second is 1772452800. */
const NOW_MS = Date.UTC(2026, 2, 2, 12);

const PASSWORD = "correct horse";
/** Made once: a hash takes longer than a test. */
const passwords = openPasswords();
const passwordHash = await passwords.hash(PASSWORD);
await passwords.close();

let server: AskedServer;
beforeEach(async () => {
  server = await openAskedServer(NOW_MS);
  await server.catalog.createOrganization({ id: 42, name: "group" });
  const user = { organization: 42, passwordHash };
  await server.catalog.createUser({ ...user, id: 7, name: "Ann Example", email: "ann@example.com", role: "admin" });
  await server.catalog.createUser({ ...user, id: 8, name: "Bob", email: "bob@example.com", role: "member" });
  await server.createToken("admin");
});
afterEach(() => server.close());

const logIn = (email: string, password = PASSWORD) =>
  server.sendJson("POST", "/api/v1/login", { email, password }, null);
const readJwt = async (email: string): Promise<string> => ((await logIn(email)).body as { readonly jwt: string }).jwt;

describe("POST /api/v1/login", () => {
  test("200: a JWT and whose it is, whatever the address's case and the Authorization header", async () => {
    const answer = await server.send(
      "POST",
      "/filespin/api/v1/login",
      { authorization: "Bearer nonsense", "content-type": "application/json" },
      JSON.stringify({ email: "ANN@example.com", password: PASSWORD }),
    );
    expect(answer.body).toEqual({
      user_id: 7,
      user_email: "ann@example.com",
      username: "Ann Example",
      jwt: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      role_id: 1,
      role_name: "ADMIN",
      uploadkey: "",
      notifications: [],
    });
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  test.each([
    ["no body", undefined, "Invalid JSON body"],
    ["broken JSON", "{", "Invalid JSON body"],
    ["a list", "[]", "Invalid JSON body"],
    ["nothing in it", "{}", "email and password are required"],
    ["an empty password", '{"email":"ann@example.com","password":""}', "email and password are required"],
    ["a number", '{"email":7,"password":"x"}', "email and password are required"],
  ])("400: %s", async (_, payload, message) => {
    const answer = await server.send("POST", "/api/v1/login", { "content-type": "application/json" }, payload);
    expect(answer.body).toEqual({ status: "ERROR", message });
    expect(answer.status).toBe(400);
  });

  test("401: unknown, wrong, with a blank too many, and disabled are told apart by nothing", async () => {
    await server.catalog.setUserDisabled(42, 8, true);
    const answers = [
      await logIn("nobody@example.com"),
      await logIn("ann@example.com", "wrong"),
      await logIn("ann@example.com", `${PASSWORD} `),
      await logIn("bob@example.com"),
    ];
    for (const { status, body } of answers) {
      expect(body).toEqual({ status: "ERROR", message: "Invalid email or password" });
      expect(status).toBe(401);
    }
  });

  test("405: GET", async () => {
    const answer = await server.send("GET", "/api/v1/login");
    expect([answer.status, answer.headers.allow]).toEqual([405, "POST"]);
  });

  test("429 after ten wrong passwords of one address, with the seconds to wait; the right one has to wait too", async () => {
    for (let guess = 0; guess < 10; guess++)
      expect((await logIn("ann@example.com", `guess ${guess}`)).status).toBe(401);
    for (const password of ["guess 10", PASSWORD]) {
      const answer = await logIn("Ann@example.com", password);
      expect(answer.body).toEqual({ status: "ERROR", message: "Too many requests" });
      expect(answer.status).toBe(429);
      expect(answer.headers["retry-after"]).toBe("900");
    }
    expect((await logIn("bob@example.com")).status).toBe(200);
    server.clock.set(NOW_MS + 15 * 60_000);
    expect((await logIn("ann@example.com")).status).toBe(200);
  });
});

describe("GET and POST /api/v1/auth/validate", () => {
  const PATH = "/api/v1/auth/validate";

  test("200: whose JWT it is and when it ends, from the header or from _jwt", async () => {
    const jwt = await readJwt("bob@example.com");
    const whose = { status: "OK", user_id: 8, usergroup_id: 42, role_id: 4, role_name: "USER" };
    const body = { ...whose, expires_at: 1_772_452_800 + 86_400 };
    expect((await server.get(PATH, jwt)).body).toEqual(body);
    expect((await server.get(`${PATH}?_jwt=${jwt}`, null)).body).toEqual(body);
  });

  test.each(["application/json", "application/x-ndjson", "text/plain", "application/x-www-form-urlencoded"])(
    "200: a body of %s is not looked at",
    async (mediaType) => {
      const jwt = await readJwt("bob@example.com");
      const headers = { authorization: `Bearer ${jwt}`, "content-type": mediaType };
      const posted = await server.send("POST", PATH, headers, "{not read");
      expect([posted.status, posted.body]).toMatchObject([200, { status: "OK", user_id: 8 }]);
    },
  );

  test.each(["GET", "POST"] as const)("400: %s with _jwt twice, unless the header decides", async (method) => {
    const jwt = await readJwt("bob@example.com");
    for (const search of [`_jwt=${jwt}&_jwt=${jwt}`, `_jwt=&_jwt=${jwt}`]) {
      const { status, body } = await server.send(method, `${PATH}?${search}`);
      expect(body).toEqual({ status: "ERROR", message: "Parameter _jwt must not be repeated" });
      expect(status).toBe(400);
    }
    const decided = await server.send(method, `${PATH}?_jwt=a&_jwt=b`, { authorization: `Bearer ${jwt}` });
    expect(decided.status).toBe(200);
  });

  test("401: missing, malformed, expired, an API key, and a header that is useless beside a good _jwt", async () => {
    const jwt = await readJwt("bob@example.com");
    const ask = async (url: string, headers: Readonly<Record<string, string>> = {}) => {
      const { status, body } = await server.send("GET", url, headers);
      expect(body).toEqual({ status: "ERROR", message: "Unauthorized" });
      expect(status).toBe(401);
    };
    await ask(PATH);
    await ask(`${PATH}?_jwt=undefined`);
    await ask(PATH, { authorization: "Bearer a.b.c" });
    await ask(PATH, { authorization: "Bearer admin" });
    await ask(PATH, { "x-filespin-api-key": "admin" });
    await ask(`${PATH}?_jwt=${jwt}`, { authorization: "Basic x" });
    server.clock.set(NOW_MS + 86_400_000);
    await ask(PATH, { authorization: `Bearer ${jwt}` });
    server.clock.set(NOW_MS + 86_399_999);
    expect((await server.get(PATH, jwt)).status).toBe(200);
  });

  test("403: a good JWT of a user who is disabled since", async () => {
    const jwt = await readJwt("bob@example.com");
    await server.catalog.setUserDisabled(42, 8, true);
    const { status, body } = await server.get(PATH, jwt);
    expect(body).toEqual({ status: "ERROR", message: "Forbidden" });
    expect(status).toBe(403);
  });
});

describe("JWTs on the stats endpoints", () => {
  const PATHS = ["api", "addons", "transcodes", "storage", "cdn"].flatMap((type) => [
    `/api/v1/stats/${type}`,
    `/api/v1/stats/timeseries/${type}`,
  ]);

  test.each(PATHS)("%s: an ADMIN reads the group, a USER itself, a disabled one nothing", async (path) => {
    const [ann, bob] = [await readJwt("ann@example.com"), await readJwt("bob@example.com")];
    expect((await server.get(path, ann)).status).toBe(200);
    expect((await server.get(`${path}?user_id=8`, bob)).status).toBe(200);
    for (const search of ["", "?user_id=7", "?user_id=*"])
      expect((await server.get(path + search, bob)).status).toBe(403);
    expect((await server.get(`${path}?_jwt=${ann}`, null)).status).toBe(401);
    await server.catalog.setUserDisabled(42, 7, true);
    expect((await server.get(path, ann)).status).toBe(403);
    server.clock.set(NOW_MS + 86_400_000);
    expect((await server.get(`${path}?user_id=8`, bob)).status).toBe(401);
  });

  test("an API key that acts for a disabled user is refused with it", async () => {
    await server.createToken("bobs-key", { user: 8 });
    expect((await server.get("/api/v1/stats/api?user_id=8", "bobs-key")).status).toBe(200);
    await server.catalog.setUserDisabled(42, 8, true);
    expect((await server.get("/api/v1/stats/api?user_id=8", "bobs-key")).status).toBe(403);
  });

  test("a USER reads every user's figures outside /api/v1, as docs/dialects.md says", async () => {
    await server.count([
      { timeMs: NOW_MS - 1000, user: 7, count: 3 },
      { timeMs: NOW_MS - 1000, user: 8, count: 4 },
    ]);
    const bob = await readJwt("bob@example.com");
    expect((await server.get("/api/v1/stats/api?user_id=7", bob)).status).toBe(403);
    const search = "metric=requests&kind=api&group_by=user&start=2026-03-02&end=2026-03-03";
    const { body } = await server.get(`/usage/v1/query?${search}`, bob);
    expect((body as { rows: unknown[] }).rows).toMatchObject([
      { group: { user: 7 }, values: { requests: 3 } },
      { group: { user: 8 }, values: { requests: 4 } },
    ]);
  });

  test("a JWT opens the endpoints of the other vendors as well", async () => {
    const ann = await readJwt("ann@example.com");
    for (const path of ["/bucket/stats", "/usage/v1/query", "/v2/stats/storage"]) {
      expect((await server.get(path, ann)).status).toBe(200);
    }
  });
});

describe("GET /api/v1/users", () => {
  test("200: pages by id with the number of all users", async () => {
    const ann = { user_id: 7, user_email: "ann@example.com", username: "Ann Example", role_id: 1, role_name: "ADMIN" };
    expect((await server.get("/api/v1/users?page=1&per_page=1")).body).toEqual({
      ...{ usergroup_id: 42, page: 1, per_page: 1, total: 2 },
      users: [{ ...ann, disabled: false }],
    });
    await server.count([{ timeMs: NOW_MS, user: 9 }]);
    await server.catalog.setUserDisabled(42, 8, true);
    const { body } = await server.get("/api/v1/users");
    expect(body).toMatchObject({ page: 1, per_page: 25, total: 3 });
    expect((body as { users: unknown[] }).users.slice(1)).toMatchObject([
      { user_id: 8, role_name: "USER", disabled: true },
      { user_id: 9, user_email: "", username: "9", disabled: false },
    ]);
    expect((await server.get("/api/v1/users?page=4&per_page=1")).body).toMatchObject({ total: 3, users: [] });
  });

  test.each([
    ["page=0", "page must be an integer from 1 to 1000000000"],
    ["per_page=1001", "per_page must be an integer from 1 to 1000"],
    ["per_page=x", "per_page must be an integer from 1 to 1000"],
    ["page=1&page=2", "Parameter page must not be repeated"],
  ])("400: %s", async (search, message) => {
    const { status, body } = await server.get(`/api/v1/users?${search}`);
    expect(body).toEqual({ status: "ERROR", message });
    expect(status).toBe(400);
  });

  test("401 without a credential, 403 without the role ADMIN or for some spaces only", async () => {
    expect((await server.get("/api/v1/users", null)).status).toBe(401);
    expect((await server.get("/api/v1/users", await readJwt("bob@example.com"))).status).toBe(403);
    await server.catalog.createSpace({ organization: 42, id: 5, name: "five" });
    await server.createToken("five", { spaces: [5] });
    expect((await server.get("/api/v1/users", "five")).status).toBe(403);
  });
});
