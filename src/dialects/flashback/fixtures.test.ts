/**
 * Flashback's fixtures of accounts, of buckets and of what is refused, over the whole server. Those of figures are in
 * flashback-dialect.test.ts and storage.test.ts.
 */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from "vitest";
import { openPasswords } from "../../access/passwords.ts";
import type { AskedServer } from "../ask-server.contract.ts";
import { expectFixture, readFixtures } from "../read-fixtures.contract.ts";
import { createBuckets, openWithTokens } from "./worked-example.contract.ts";

/** Made once: a hash takes longer than a test. */
const passwords = openPasswords();
const passwordHash = await passwords.hash("correct horse");
await passwords.close();

const open = async (): Promise<AskedServer> => {
  const server = await openWithTokens();
  await createBuckets(server);
  const ann = { organization: 42, id: 7, name: "Ann Example", email: "a@b.c", role: "admin" } as const;
  await server.catalog.createUser({ ...ann, passwordHash });
  await server.createToken("member", { role: "member" });
  await server.createToken("ingest", { scopes: ["ingest"] });
  return server;
};

const readFolder = (folder: string) => readFixtures(join(import.meta.dirname, "fixtures", folder));

describe("fixtures of buckets", () => {
  /** One for each: some of them change what the next would see. */
  let server: AskedServer;
  beforeEach(async () => {
    server = await open();
  });
  afterEach(() => server.close());

  test.each(readFolder("buckets"))("$name is answered as the fixture says: $response.status", (fixture) =>
    expectFixture(server, fixture),
  );
});

describe.each(["accounts", "refused"])("fixtures of %s", (folder) => {
  let server: AskedServer;
  let known: Readonly<Record<string, string>>;
  beforeAll(async () => {
    server = await open();
    const { body } = await server.sendJson("POST", "/user/login", { email: "a@b.c", password: "correct horse" }, null);
    known = { refreshToken: (body as { readonly refreshToken: string }).refreshToken };
  });
  afterAll(() => server.close());

  test.each(readFolder(folder))("$name is answered as the fixture says: $response.status", (fixture) =>
    expectFixture(server, fixture, known),
  );
});
