/**
 * Sessions: how a person becomes a bearer. The interface that the dialects log people in through; build-sessions.ts is
 * what is behind it.
 */
import type { User } from "../model/organization.ts";

/** One try to log in. */
export type LoginAttempt = {
  readonly email: string;
  readonly password: string;
  /** The network address it comes from: guesses are counted by it. */
  readonly address: string;
};

/** A signed access token (JWT) and when it ends, UNIX seconds. */
export type AccessToken = { readonly token: string; readonly expiresAtS: number };

/** A refresh token: its id is safe to show, its secret is given to its user once and kept nowhere. */
export type RefreshToken = { readonly id: string; readonly secret: string };

/** The longest that an access token may live, in seconds: a day. A key that has retired is kept for that long. */
export const ACCESS_TOKEN_LIFE_S_MAX = 86_400;

/** Logging in, and the tokens that follow from it. */
export interface Sessions {
  /**
   * The user of this address and password. Rejects with `access/invalid-login` for an unknown address, a wrong password
   * and a disabled user alike, after the same time, also where a password is changed or a user disabled while it is
   * checked; with `request/too-many` after too many wrong ones, and while too many are being checked, which counts none
   * against their user.
   */
  logIn(attempt: LoginAttempt): Promise<User>;

  /** As `logIn`, with a new refresh token of the user, the first of its family. It lives 30 days. */
  logInToRefresh(attempt: LoginAttempt): Promise<{ readonly user: User; readonly refreshToken: RefreshToken }>;

  /** A new access token of the user that lives `lifeS` seconds, at most ACCESS_TOKEN_LIFE_S_MAX. */
  issueAccessToken(user: User, lifeS: number): Promise<AccessToken>;

  /** Whose access token this is. Rejects with `access/invalid-token`, or `access/user-disabled` for a good one. */
  readAccessToken(token: string): Promise<{ readonly user: User; readonly expiresAtS: number }>;

  /**
   * Replaces a refresh token by its successor, which lives 30 days from now. Works once: the same token again revokes
   * all that followed from it. Rejects with `access/invalid-refresh-token`, or `access/user-disabled`.
   */
  exchangeRefreshToken(secret: string): Promise<{ readonly user: User; readonly refreshToken: RefreshToken }>;
}
