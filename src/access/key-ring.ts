/**
 * The keys of access tokens: which one signs, and which one a token names. HS256 secrets live in the catalogue; an
 * Ed25519 key comes from the configuration, and of it the catalogue keeps the public half.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, importJWK, type CryptoKey as JoseKey } from "jose";
import type { SessionCatalog, SigningAlgorithm } from "../catalog/session-catalog.ts";
import type { Clock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import { ACCESS_TOKEN_LIFE_S_MAX } from "./sessions.ts";

/** A key as jose takes it. */
export type Key = Uint8Array | KeyObject | JoseKey;

/** The keys of one server. */
export interface KeyRing {
  /** The one algorithm that is signed with and accepted. */
  readonly algorithm: SigningAlgorithm;
  /** The key to sign with, and its id. */
  readSigner(): Promise<{ readonly id: string; readonly key: Key }>;
  /** The key to check a token of this id with; null for an unknown one, and for one whose tokens have all expired. */
  readVerifier(id: string): Promise<Key | null>;
}

/** What the keys are kept in and made from. */
export type KeyRingDeps = {
  readonly catalog: Pick<SessionCatalog, "ensureSigningKey" | "rotateSigningKey" | "readSigningKey">;
  readonly clock: Clock;
  readonly ids: Ids;
};

/** Bytes of an HS256 secret: as many as the hash has (RFC 7518, section 3.2). */
const SECRET_BYTES = 32;

/** How long a retired key still checks: until the last token that it signed has ended. */
const RETIRED_MS = ACCESS_TOKEN_LIFE_S_MAX * 1000;

/** The keys of a server without a key of its own in the configuration. The first secret is made when it is needed. */
export function buildSecretKeyRing(deps: KeyRingDeps): KeyRing {
  return {
    algorithm: "HS256",
    readSigner: async () => {
      const { id, material } = await deps.catalog.ensureSigningKey(buildSecretKey(deps.ids));
      return { id, key: fromBase64(material) };
    },
    readVerifier: async (id) => {
      const material = await readMaterial(deps, "HS256", id);
      return material === null ? null : fromBase64(material);
    },
  };
}

/** Makes a new HS256 secret sign. Tokens of the one before stay valid until they end: nobody is logged out. */
export async function rotateSecretKey(deps: KeyRingDeps): Promise<string> {
  const next = buildSecretKey(deps.ids);
  return (await deps.catalog.rotateSigningKey(next, deps.clock.now() - RETIRED_MS)).id;
}

/**
 * The keys of a server that signs with this Ed25519 key (PKCS #8, PEM). Its public half joins the catalogue; the one of
 * another key that signed before stays until its tokens have ended. Throws `config/invalid` for anything else.
 */
export async function openEd25519KeyRing(pem: string, deps: KeyRingDeps): Promise<KeyRing> {
  const key = readPrivateKey(pem);
  const publicJwk = await exportJWK(createPublicKey(key));
  const id = await calculateJwkThumbprint(publicJwk);
  const signing = { id, algorithm: "EdDSA", material: JSON.stringify(publicJwk) } as const;
  await deps.catalog.rotateSigningKey(signing, deps.clock.now() - RETIRED_MS);
  return {
    algorithm: "EdDSA",
    readSigner: async () => ({ id, key }),
    readVerifier: async (asked) => {
      const material = await readMaterial(deps, "EdDSA", asked);
      return material === null ? null : importJWK(JSON.parse(material), "EdDSA");
    },
  };
}

function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Node's own error is left out: it may quote the file.
    throw invalidKey();
  }
  if (key.asymmetricKeyType !== "ed25519") throw invalidKey();
  return key;
}

function invalidKey(): AppError {
  return new AppError(
    "config/invalid",
    "The signing key's file must hold an Ed25519 private key in PEM (openssl genpkey -algorithm ed25519).",
  );
}

function buildSecretKey(ids: Ids) {
  return { id: ids.uuid(), algorithm: "HS256", material: ids.secret(SECRET_BYTES) } as const;
}

async function readMaterial(deps: KeyRingDeps, algorithm: SigningAlgorithm, id: string): Promise<string | null> {
  const key = await deps.catalog.readSigningKey(id);
  // The algorithm belongs to the key: a public key taken for an HS256 secret would let anybody sign.
  if (key === null || key.algorithm !== algorithm) return null;
  const hasEnded = key.retiredAtMs !== null && key.retiredAtMs + RETIRED_MS <= deps.clock.now();
  return hasEnded ? null : key.material;
}

function fromBase64(material: string): Uint8Array {
  return Buffer.from(material, "base64url");
}
