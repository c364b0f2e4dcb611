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
import type { RefreshToken, Sessions } from "./sessions.ts";

/** What sessions are built from. */
export type SessionDeps = {
  readonly catalog: Pick<Catalog, "findLogin" | "readUser" | "createRefreshToken" | "exchangeRefreshToken">;
  readonly passwords: Pick<Passwords, "verify">;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly ids: Ids;
};

/** Every refresh token begins with this, so that secret scanners and people recognise one. */
const REFRESH_PREFIX = "amr_";

/** 32 random bytes, as for tokens: a fast hash of them is enough to store. */
const REFRESH_BYTES = 32;

const REFRESH_LIFE_MS = 30 * 86_400_000;

/** Builds sessions; wrong passwords are counted by what is built here. */
export function buildSessions(deps: SessionDeps): Sessions {
  const guesses = buildGuessLimit(deps.clock);
  return {
    logIn: async ({ email, password, address }) => {
      const user = await guesses.judge({ email, address }, () => findUser(deps, email, password));
      if (user === null) throw new AppError("access/invalid-login", "Invalid email or password");
      return user;
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
    issueRefreshToken: async ({ organization, id: user }) => {
      const { secret, secretHash } = buildRefreshSecret(deps.ids);
      const expiresAtMs = deps.clock.now() + REFRESH_LIFE_MS;
      const { id } = await deps.catalog.createRefreshToken({ organization, user, secretHash, expiresAtMs });
      return { id, secret };
    },
    exchangeRefreshToken: (secret) => exchangeRefreshToken(deps, secret),
  };
}

/** Whose e-mail and password these are; null for nobody's, and for those of a disabled user. */
async function findUser(deps: SessionDeps, email: string, password: string): Promise<User | null> {
  const login = await deps.catalog.findLogin(email);
  const fits = await deps.passwords.verify(password, login?.passwordHash ?? null);
  return login !== null && fits && login.user.disabledAtMs === null ? login.user : null;
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
