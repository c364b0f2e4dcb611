/**
 * SessionCatalog: the part of the catalogue that logins are kept in. Nothing secret is stored but the HS256 keys that
 * tokens are signed with: passwords and refresh tokens are there as hashes only.
 */
import type { User } from "../model/organization.ts";

/** How access tokens are signed: with a secret of the catalogue, or with an Ed25519 key of the configuration. */
export type SigningAlgorithm = "HS256" | "EdDSA";

/** A key that signs, or has signed, access tokens. */
export type SigningKey = {
  /** The `kid` in the header of the tokens. */
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  /** HS256: the secret as base64url. EdDSA: the public key as a JWK in JSON; the private one is never stored. */
  readonly material: string;
  readonly createdAtMs: number;
  /** Since when the key only checks what it signed before, UTC ms; null: it signs. */
  readonly retiredAtMs: number | null;
};

/** A key that is to be stored. */
export type NewSigningKey = Pick<SigningKey, "id" | "algorithm" | "material">;

/** Whose refresh token it is, and the token's id, which is safe to show. */
export type RefreshTokenOwner = { readonly organization: number; readonly user: number; readonly id: string };

/** Logins, refresh tokens and signing keys. Ids of other organizations answer exactly as unknown ids do. */
export interface SessionCatalog {
  /**
   * Sets or replaces the password of a user, whose e-mail address becomes a login; all their refresh tokens are revoked.
   * False for an unknown user. `catalog/invalid` for a user without an address, `catalog/conflict` when the address is
   * the login of another user, of whichever organization: a login names none.
   */
  setPasswordHash(organization: number, user: number, passwordHash: string): Promise<boolean>;
  /** The user who logs in with this address, in any case, disabled ones included; null where nobody does. */
  findLogin(email: string): Promise<{ readonly user: User; readonly passwordHash: string } | null>;
  /** Disables a user and revokes their refresh tokens, or enables them again. False for an unknown one. */
  setUserDisabled(organization: number, user: number, disabled: boolean): Promise<boolean>;

  /**
   * Stores a refresh token that begins a family of its own. Expired ones of anybody are dropped on the way. Null unless the
   * user is enabled and `passwordHash` is the one they have at this moment: what was checked before may have been revoked
   * while it was checked.
   */
  createRefreshToken(input: {
    readonly organization: number;
    readonly user: number;
    /** What the password was checked against. */
    readonly passwordHash: string;
    readonly secretHash: string;
    readonly expiresAtMs: number;
  }): Promise<RefreshTokenOwner | null>;
  /**
   * Replaces a refresh token by the next one of its family, once. Null for one that is unknown, expired or revoked, and
   * for one that was used already: then somebody else may have it, and its whole family is revoked.
   */
  exchangeRefreshToken(input: {
    readonly secretHash: string;
    readonly nextSecretHash: string;
    readonly expiresAtMs: number;
  }): Promise<RefreshTokenOwner | null>;

  /** The key of this algorithm that signs; `first` is stored and answered where there is none yet. */
  ensureSigningKey(first: NewSigningKey): Promise<SigningKey>;
  /**
   * Lets `next` sign from here on and retires the other keys of its algorithm; keys that were retired before
   * `dropRetiredBeforeMs` are dropped. Nothing changes when `next` signs already.
   */
  rotateSigningKey(next: NewSigningKey, dropRetiredBeforeMs: number): Promise<SigningKey>;
  /** One key, retired ones included; null for an unknown one. */
  readSigningKey(id: string): Promise<SigningKey | null>;
}
