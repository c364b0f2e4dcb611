/**
 * FileSpin's fixtures of accounts and of what is refused, over the whole server. Those of figures are in filespin-dialect.test.ts.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { openPasswords } from "../../access/passwords.ts";
import { type AskedServer, openAskedServer } from "../ask-server.contract.ts";
import { expectFixture, readFixtures } from "../read-fixtures.contract.ts";

/** 2026-03-02T12:00:00Z. */
const NOW_MS = Date.UTC(2026, 2, 2, 12);

let server: AskedServer;
let known: Readonly<Record<string, string>>;
beforeAll(async () => {
  server = await openAskedServer(NOW_MS);
  const passwords = openPasswords();
  const passwordHash = await passwords.hash("correct horse");
  await passwords.close();
  await server.catalog.createOrganization({ id: 42, name: "group" });
  const user = { organization: 42, passwordHash };
  await server.catalog.createUser({ ...user, id: 7, name: "Ann Example", email: "ann@example.com", role: "admin" });
  await server.catalog.createUser({ ...user, id: 8, name: "Bob", email: "bob@example.com", role: "member" });
  await server.createToken("admin", { user: 7 });
  await server.createToken("user-8", { role: "member", user: 8 });
  const sent = { email: "ann@example.com", password: "correct horse" };
  const { body } = await server.sendJson("POST", "/api/v1/login", sent, null);
  known = { accessToken: (body as { readonly jwt: string }).jwt };
});
afterAll(() => server.close());

describe.each(["accounts", "refused"])("fixtures of %s", (folder) => {
  const fixtures = readFixtures(join(import.meta.dirname, "fixtures", folder));
  test.each(fixtures)("$name is answered as the fixture says: $response.status", (fixture) =>
    expectFixture(server, fixture, known),
  );
});
