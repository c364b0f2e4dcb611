/**
 * Sessions over a catalogue: passwords are checked, tokens are issued, exchanged and read.
 */
import type { Catalog } from "../catalog/catalog.ts";
import { hashTokenSecret } from "../catalog/token-secret.ts";
import type { User } from "../model/organization.ts";
import type { Clock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import { signAccessToken, verifyAccessToken } from "./access-tokens.ts";
import { buildGuessLimit } from "./guess-limit.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Passwords } from "./passwords.ts";
import type { LoginAttempt, RefreshToken, Sessions } from "./sessions.ts";

/** What sessions are built from. */
export type SessionDeps = {
  readonly catalog: Pick<Catalog, "findLogin" | "readUser" | "createRefreshToken" | "exchangeRefreshToken">;
  readonly passwords: Pick<Passwords, "verify">;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly ids: Ids;
};

/** A user and the hash that their password was checked against. */
type Login = { readonly user: User; readonly passwordHash: string };

/** Every refresh token begins with this, so that secret scanners and people recognise one. */
const REFRESH_PREFIX = "amr_";

/** 32 random bytes, as for tokens: a fast hash of them is enough to store. */
const REFRESH_BYTES = 32;

const REFRESH_LIFE_MS = 30 * 86_400_000;

/** Builds sessions; wrong passwords are counted by what is built here. */
export function buildSessions(deps: SessionDeps): Sessions {
  const guesses = buildGuessLimit(deps.clock);
  return {
    logIn: async (attempt) => {
      const login = await guesses.judge(attempt, () => findLogin(deps, attempt));
      if (login === null) throw new AppError("access/invalid-login", "Invalid email or password");
      return login.user;
    },
    logInToRefresh: async (attempt) => {
      const begun = await guesses.judge(attempt, async () => {
        const login = await findLogin(deps, attempt);
        return login === null ? null : beginFamily(deps, login);
      });
      if (begun === null) throw new AppError("access/invalid-login", "Invalid email or password");
      return begun;
    },
    issueAccessToken: (user, lifeS) => signAccessToken(deps, user, lifeS),
    readAccessToken: async (token) => {
      const reading = await verifyAccessToken(deps, token);
      if (!reading.ok) {
        const what = reading.why === "expired" ? "has expired" : "is not known";
        throw new AppError("access/invalid-token", `The token ${what}.`);
      }
      const { organization, user, expiresAtS } = reading.claims;
      return { user: await readActiveUser(deps, organization, user), expiresAtS };
    },
    exchangeRefreshToken: (secret) => exchangeRefreshToken(deps, secret),
  };
}

/** Whose e-mail and password these are; null for nobody's, and for those of a disabled user. */
async function findLogin({ catalog, passwords }: SessionDeps, attempt: LoginAttempt): Promise<Login | null> {
  const checked = await catalog.findLogin(attempt.email);
  if (!(await passwords.verify(attempt.password, checked?.passwordHash ?? null))) return null;
  // Read again: a check waits for its turn on the thread, and a password that was changed meanwhile is a wrong one.
  const login = await catalog.findLogin(attempt.email);
  if (login === null || login.user.disabledAtMs !== null) return null;
  return login.passwordHash === checked?.passwordHash ? login : null;
}

/** Null where the password changed, or the user was disabled, since the login was read. */
async function beginFamily(
  deps: SessionDeps,
  { user, passwordHash }: Login,
): Promise<{ readonly user: User; readonly refreshToken: RefreshToken } | null> {
  const { secret, secretHash } = buildRefreshSecret(deps.ids);
  const owner = await deps.catalog.createRefreshToken({
    ...{ organization: user.organization, user: user.id, passwordHash, secretHash },
    expiresAtMs: deps.clock.now() + REFRESH_LIFE_MS,
  });
  return owner === null ? null : { user, refreshToken: { id: owner.id, secret } };
}

async function exchangeRefreshToken(
  deps: SessionDeps,
  secret: string,
): Promise<{ readonly user: User; readonly refreshToken: RefreshToken }> {
  const next = buildRefreshSecret(deps.ids);
  const owner = await deps.catalog.exchangeRefreshToken({
    secretHash: hashTokenSecret(secret),
    nextSecretHash: next.secretHash,
    expiresAtMs: deps.clock.now() + REFRESH_LIFE_MS,
  });
  if (owner === null) throw new AppError("access/invalid-refresh-token", "Invalid refresh token");
  const user = await readActiveUser(deps, owner.organization, owner.user);
  return { user, refreshToken: { id: owner.id, secret: next.secret } };
}

function buildRefreshSecret(ids: Ids): { readonly secret: string; readonly secretHash: string } {
  const secret = REFRESH_PREFIX + ids.secret(REFRESH_BYTES);
  return { secret, secretHash: hashTokenSecret(secret) };
}

/** The user as the catalogue has them at this moment: the token may be older than a change of role. */
async function readActiveUser(deps: SessionDeps, organization: number, id: number): Promise<User> {
  const user = await deps.catalog.readUser(organization, id);
  if (user === null) throw new AppError("access/invalid-token", "The token is not known.");
  if (user.disabledAtMs !== null) throw new AppError("access/user-disabled", "The user has been disabled.");
  return user;
}
