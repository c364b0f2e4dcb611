/**
 * Users ↔ access tokens: JWTs signed and checked with jose. What a user may do is not in here: it is read anew with
 * every request, so that a changed role counts at once.
 * @see https://www.rfc-editor.org/rfc/rfc8725 (what a checker of JWTs must look at), read 2026-11-20
 */
import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { User } from "../model/organization.ts";
import type { Clock } from "../platform/clock.ts";
import { assertInvariant } from "../platform/errors.ts";
import type { Key, KeyRing } from "./key-ring.ts";
import { ACCESS_TOKEN_LIFE_S_MAX, type AccessToken } from "./sessions.ts";

/** Whose token it is, as far as the token says. */
export type AccessClaims = {
  readonly organization: number;
  readonly user: number;
  /** UNIX seconds. */
  readonly expiresAtS: number;
};

/** What became of a token. */
export type AccessTokenReading =
  | { readonly ok: true; readonly claims: AccessClaims }
  | { readonly ok: false; readonly why: "unknown" | "expired" };

/** Issuer and audience of every token. A configured key may sign for other programs too: theirs are not ours. */
const NAME = "assetmeter";

/** The only use that opens the API. */
const USE = "access";

const USER_ID = /^[1-9][0-9]{0,15}$/;

/** Three parts of base64url with dots between; the last is empty where somebody tries `alg: none`. */
const JWT_FORM = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** True for a text that can only be meant as a JWT: secrets of tokens have no dots. */
export function looksLikeJwt(text: string): boolean {
  return JWT_FORM.test(text);
}

/** A signed token of the user that ends `lifeS` seconds from now. */
export async function signAccessToken(
  { keyRing, clock }: { readonly keyRing: KeyRing; readonly clock: Clock },
  user: User,
  lifeS: number,
): Promise<AccessToken> {
  assertInvariant(lifeS <= ACCESS_TOKEN_LIFE_S_MAX, "no access token outlives the key that checks it");
  const issuedAtS = Math.floor(clock.now() / 1000);
  const expiresAtS = issuedAtS + lifeS;
  const { id, key } = await keyRing.readSigner();
  const token = await new SignJWT({ org: user.organization, role: user.role, use: USE })
    .setProtectedHeader({ alg: keyRing.algorithm, kid: id, typ: "JWT" })
    .setSubject(String(user.id))
    .setIssuer(NAME)
    .setAudience(NAME)
    .setIssuedAt(issuedAtS)
    .setExpirationTime(expiresAtS)
    .sign(key);
  return { token, expiresAtS };
}

/**
 * Checks a token: its form, the pinned algorithm, the signature, issuer and audience, its use and its end, without any
 * tolerance for clocks. Rejects only when the keys cannot be read.
 */
export async function verifyAccessToken(
  { keyRing, clock }: { readonly keyRing: KeyRing; readonly clock: Clock },
  token: string,
): Promise<AccessTokenReading> {
  // Here too, and not by authenticate alone: jose takes padding, and what one endpoint calls good all others would refuse.
  if (!looksLikeJwt(token)) return { ok: false, why: "unknown" };
  const findKey = async ({ kid }: { kid?: string | undefined }): Promise<Key> => {
    const key = typeof kid === "string" ? await keyRing.readVerifier(kid) : null;
    if (key === null) throw new errors.JWKSNoMatchingKey();
    return key;
  };
  try {
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: [keyRing.algorithm],
      issuer: NAME,
      audience: NAME,
      requiredClaims: ["sub", "iat", "exp"],
      currentDate: new Date(clock.now()),
    });
    const claims = toClaims(payload);
    return claims === null ? { ok: false, why: "unknown" } : { ok: true, claims };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { ok: false, why: "expired" };
    if (error instanceof errors.JOSEError) return { ok: false, why: "unknown" };
    throw error;
  }
}

function toClaims({ sub, org, use, exp }: JWTPayload): AccessClaims | null {
  if (use !== USE || typeof org !== "number" || !Number.isSafeInteger(org)) return null;
  if (sub === undefined || !USER_ID.test(sub) || exp === undefined) return null;
  return { organization: org, user: Number(sub), expiresAtS: exp };
}
