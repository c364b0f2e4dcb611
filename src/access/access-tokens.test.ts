/** Which JWTs open the API, and that no forged one does. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { looksLikeJwt } from "./access-tokens.ts";
import { rotateSecretKey } from "./key-ring.ts";
import { NOW_MS, openTestAccess } from "./open-test-access.contract.ts";

const HOUR_S = 3600;
const DAY_MS = 86_400_000;
const NOW_S = NOW_MS / 1000;

const buildPem = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

let opened: Awaited<ReturnType<typeof openTestAccess>>;
beforeEach(async () => {
  opened = await openTestAccess();
  // The first token makes the first key.
  await issue();
});
afterEach(() => opened.close());

const issue = (lifeS = HOUR_S) => opened.access.sessions.issueAccessToken(opened.user, lifeS);

/** The key that signs at this moment, as whoever has stolen it would have it. */
async function readKey() {
  const { id, material } = await opened.catalog.ensureSigningKey({ id: "x", algorithm: "HS256", material: "x" });
  return { id, secret: Buffer.from(material, "base64url") };
}

type Forgery = {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, string>>;
  readonly secret?: Uint8Array;
};

/** A token that is like a good one but for what is said here. */
async function forge({ claims = {}, header = {}, secret }: Forgery): Promise<string> {
  const key = await readKey();
  const good = { sub: "7", org: 42, role: "admin", use: "access", iss: "assetmeter", aud: "assetmeter" };
  return new SignJWT({ ...good, iat: NOW_S, exp: NOW_S + HOUR_S, ...claims })
    .setProtectedHeader({ alg: "HS256", kid: key.id, typ: "JWT", ...header })
    .sign(secret ?? key.secret);
}

describe("an access token", () => {
  test("lets its user in with the user's role, in every space", async () => {
    const { token, expiresAtS } = await issue();
    expect(expiresAtS).toBe(NOW_S + HOUR_S);
    expect(await opened.access.authenticate(token)).toEqual({
      ok: true,
      principal: {
        id: "user 42/7",
        organization: 42,
        name: "Ann",
        role: "admin",
        scopes: ["ingest", "stats:read", "assets:read", "assets:write", "admin"],
        spaces: null,
        user: 7,
      },
    });
  });

  test("has the documented claims and names its key", async () => {
    const { token } = await issue();
    const [header, payload] = token.split(".", 2).map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
    expect(header).toEqual({ alg: "HS256", kid: (await readKey()).id, typ: "JWT" });
    const whose = { sub: "7", org: 42, role: "admin", use: "access", iss: "assetmeter", aud: "assetmeter" };
    expect(payload).toEqual({ ...whose, iat: NOW_S, exp: NOW_S + HOUR_S });
  });

  test("ends at its second, without any tolerance", async () => {
    const { token } = await issue();
    opened.clock.set(NOW_MS + HOUR_S * 1000 - 1);
    expect(await opened.access.authenticate(token)).toMatchObject({ ok: true });
    opened.clock.set(NOW_MS + HOUR_S * 1000);
    expect(await opened.access.authenticate(token)).toEqual({ ok: false, why: "expired" });
  });

  test("is forged as a control: what is like a good one in everything is let in", async () => {
    expect(await opened.access.authenticate(await forge({}))).toMatchObject({ ok: true });
  });

  test.each<[string, Forgery]>([
    ["another secret", { secret: new Uint8Array(32) }],
    ["another audience", { claims: { aud: "billing" } }],
    ["no audience", { claims: { aud: undefined } }],
    ["another issuer", { claims: { iss: "elsewhere" } }],
    ["another use", { claims: { use: "refresh" } }],
    ["no use", { claims: { use: undefined } }],
    ["no end", { claims: { exp: undefined } }],
    ["no beginning", { claims: { iat: undefined } }],
    ["no user", { claims: { sub: undefined } }],
    ["a user that is no number", { claims: { sub: "7 or 8" } }],
    ["an unknown user", { claims: { sub: "99" } }],
    ["another organization", { claims: { org: 43 } }],
    ["an organization as text", { claims: { org: "42" } }],
    ["an unknown key", { header: { kid: "unknown" } }],
    ["another algorithm with the same secret", { header: { alg: "HS512" } }],
  ])("with %s is unknown", async (_, forgery) => {
    const secret = forgery.header?.alg === "HS512" ? Buffer.alloc(64, (await readKey()).secret) : forgery.secret;
    const token = await forge({ ...forgery, ...(secret === undefined ? {} : { secret }) });
    expect(await opened.access.authenticate(token)).toEqual({ ok: false, why: "unknown" });
  });

  test("with alg none, unsigned, is unknown, also under the name of a real key", async () => {
    const claims = { org: 42, role: "admin", use: "access", iss: "assetmeter", aud: "assetmeter" };
    const unsigned = new UnsecuredJWT({ ...claims, sub: "7", iat: NOW_S, exp: NOW_S + HOUR_S }).encode();
    const [, payload] = unsigned.split(".");
    const header = Buffer.from(JSON.stringify({ alg: "none", kid: (await readKey()).id })).toString("base64url");
    for (const token of [unsigned, `${header}.${payload}.`]) {
      expect(looksLikeJwt(token)).toBe(true);
      expect(await opened.access.authenticate(token)).toEqual({ ok: false, why: "unknown" });
    }
  });

  test("with a changed payload is unknown", async () => {
    const [header = "", payload = "", signature = ""] = (await issue()).token.split(".");
    const changed = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), sub: "8" };
    const token = `${header}.${Buffer.from(JSON.stringify(changed)).toString("base64url")}.${signature}`;
    expect(await opened.access.authenticate(token)).toEqual({ ok: false, why: "unknown" });
  });

  test.each(["..", "a.b.c", "eyJ.eyJ.", "e30.e30.e30"])("%j is unknown, not an error", async (token) => {
    expect(await opened.access.authenticate(token)).toEqual({ ok: false, why: "unknown" });
  });

  test("in any other spelling than the one that was issued is unknown, to the check of tokens as to every request", async () => {
    const { token } = await issue();
    const [header, payload, signature = ""] = token.split(".", 3);
    expect(await opened.access.sessions.readAccessToken(token)).toMatchObject({ user: { id: 7 } });
    // jose itself takes padding.
    for (const other of [`${token}=`, `${token} `, ` ${token}`, `${header}=.${payload}.${signature}`, `${token}.`]) {
      expect(await opened.access.authenticate(other)).toEqual({ ok: false, why: "unknown" });
      await expect(opened.access.sessions.readAccessToken(other)).rejects.toMatchObject({
        code: "access/invalid-token",
      });
    }
  });

  test("says who the user is, the catalogue what they may do at this moment", async () => {
    const token = await forge({ claims: { role: "admin" } });
    await opened.catalog.setUserDisabled(42, 7, true);
    expect(await opened.access.authenticate(token)).toEqual({ ok: false, why: "disabled" });
    const disabled = expect.objectContaining({ code: "access/user-disabled" });
    await expect(opened.access.sessions.readAccessToken(token)).rejects.toEqual(disabled);
    const bob = await opened.catalog.createUser({ organization: 42, id: 8, name: "Bob", role: "member" });
    const claimed = await forge({ claims: { sub: String(bob.id), role: "admin" } });
    expect(await opened.access.authenticate(claimed)).toMatchObject({ principal: { role: "member" } });
  });
});

describe("the keys", () => {
  test("rotating logs nobody out: tokens of the key before are good until they end", async () => {
    const before = await issue(86_400);
    const id = await rotateSecretKey(opened);
    const after = await issue();
    expect((await readKey()).id).toBe(id);
    for (const { token } of [before, after]) {
      expect(await opened.access.authenticate(token)).toMatchObject({ ok: true });
    }
    opened.clock.set(NOW_MS + DAY_MS - 1);
    expect(await opened.access.authenticate(before.token)).toMatchObject({ ok: true });
  });

  test("a key that retired a day ago checks nothing any more, and is dropped by the rotation after that", async () => {
    const { id, secret } = await readKey();
    await rotateSecretKey(opened);
    opened.clock.set(NOW_MS + DAY_MS);
    // Whoever stole the old secret signs a token that is young by its own words.
    const stolen = await forge({ header: { kid: id }, claims: { exp: NOW_S + 10 * 86_400 }, secret });
    expect(await opened.access.authenticate(stolen)).toEqual({ ok: false, why: "unknown" });
    opened.clock.set(NOW_MS + DAY_MS + 1);
    await rotateSecretKey(opened);
    expect(await opened.catalog.readSigningKey(id)).toBeNull();
  });

  test("a configured Ed25519 key signs; the catalogue has its public half only", async () => {
    const pem = buildPem();
    const access = await opened.reopen(pem);
    const { token } = await access.sessions.issueAccessToken(opened.user, HOUR_S);
    const header = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
    expect(header.alg).toBe("EdDSA");
    expect(await access.authenticate(token)).toMatchObject({ ok: true, principal: { user: 7 } });
    const stored = JSON.parse((await opened.catalog.readSigningKey(header.kid))?.material ?? "");
    expect(Object.keys(stored).sort()).toEqual(["crv", "kty", "x"]);
  });

  test("another Ed25519 key logs nobody out; the algorithm is pinned to the configured one", async () => {
    const first = await opened.reopen(buildPem());
    const { token } = await first.sessions.issueAccessToken(opened.user, HOUR_S);
    const second = await opened.reopen(buildPem());
    expect(await second.authenticate(token)).toMatchObject({ ok: true });
    expect(await opened.access.authenticate(token)).toEqual({ ok: false, why: "unknown" });
    expect(await second.authenticate((await issue()).token)).toEqual({ ok: false, why: "unknown" });
  });

  test("a public key is no HS256 secret", async () => {
    const pem = buildPem();
    const access = await opened.reopen(pem);
    const { token } = await access.sessions.issueAccessToken(opened.user, HOUR_S);
    const { kid } = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
    const publicPem = createPublicKey(pem).export({ type: "spki", format: "pem" }).toString();
    const { material = "" } = (await opened.catalog.readSigningKey(kid)) ?? {};
    const readings = [publicPem, material, JSON.parse(material).x].flatMap((text: string) => [
      Buffer.from(text),
      Buffer.from(text, "base64url"),
    ]);
    for (const secret of readings) {
      const forged = await forge({ header: { kid }, secret });
      for (const one of [access, opened.access]) {
        expect(await one.authenticate(forged)).toEqual({ ok: false, why: "unknown" });
      }
    }
  });

  test.each([
    ["no key at all", "hello"],
    ["an RSA key", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey],
    ["a public key", generateKeyPairSync("ed25519").publicKey],
  ])("%s is refused at the start, and not quoted", async (_, key) => {
    const isPublic = typeof key !== "string" && key.type === "public";
    const pem =
      typeof key === "string" ? key : key.export({ type: isPublic ? "spki" : "pkcs8", format: "pem" }).toString();
    const refusal = await opened.reopen(pem).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "config/invalid" });
    expect(String(refusal)).not.toContain(pem.slice(30, 60) || pem);
  });
});
