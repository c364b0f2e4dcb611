/**
 * Puts logins together: who asks (authenticate) and how people become bearers (sessions), over one ring of keys.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { Authentication } from "../model/token.ts";
import type { Clock } from "../platform/clock.ts";
import type { Ids } from "../platform/ids.ts";
import { buildAuthenticate } from "./authenticate.ts";
import { buildSessions } from "./build-sessions.ts";
import { buildSecretKeyRing, openEd25519KeyRing } from "./key-ring.ts";
import { openPasswords } from "./passwords.ts";
import type { Sessions } from "./sessions.ts";

/** Everything that decides who asks. */
export interface Access {
  readonly sessions: Sessions;
  authenticate(secret: string): Promise<Authentication>;
  /** Ends the thread that hashes passwords. Twice is harmless. */
  close(): Promise<void>;
}

/**
 * Opens it over a catalogue. `ed25519Pem`: the private key that signs access tokens (PKCS #8, PEM); null: a secret of
 * the catalogue does. Throws `config/invalid` for a file that holds no such key.
 */
export async function openAccess(deps: {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly ed25519Pem: string | null;
}): Promise<Access> {
  const { ed25519Pem } = deps;
  const keyRing = ed25519Pem === null ? buildSecretKeyRing(deps) : await openEd25519KeyRing(ed25519Pem, deps);
  const passwords = openPasswords();
  return {
    sessions: buildSessions({ ...deps, passwords, keyRing }),
    authenticate: buildAuthenticate({ ...deps, keyRing }),
    close: () => passwords.close(),
  };
}
