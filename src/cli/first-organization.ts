/**
 * An empty catalogue is of no use: the first command that needs one makes organization 1 with space 1.
 */
import { ROLE_SCOPES } from "../model/token.ts";
import type { CatalogAccess, IssuedToken } from "./app-access.ts";
import { isCommandToken } from "./server-client.ts";

/** The id of the organization and of its space that an empty data directory begins with. */
export const FIRST_ID = 1;

/** Creates organization 1 and space 1 when there is no organization at all; answers whether it did. */
export async function ensureFirstOrganization(catalog: CatalogAccess): Promise<boolean> {
  if ((await catalog.listOrganizations()).length > 0) return false;
  await catalog.createOrganization({ id: FIRST_ID, name: "Organization 1" });
  await catalog.createSpace({ organization: FIRST_ID, id: FIRST_ID, name: "Space 1" });
  return true;
}

/**
 * Issues an admin token when no organization has any token, so that somebody can ask the server; null otherwise. One that
 * a command has made for itself is nobody's.
 * The token is of the organization with the smallest id.
 */
export async function ensureFirstToken(catalog: CatalogAccess): Promise<IssuedToken | null> {
  const organizations = await catalog.listOrganizations();
  for (const organization of organizations) {
    if ((await catalog.listTokens(organization.id)).some((token) => !isCommandToken(token))) return null;
  }
  const first = organizations[0];
  return first === undefined ? null : issueAdminToken(catalog, first.id, "first admin token");
}

/** Issues a token with every scope that never expires. */
export function issueAdminToken(catalog: CatalogAccess, organization: number, name: string): Promise<IssuedToken> {
  return catalog.issueToken({
    organization,
    name,
    role: "admin",
    scopes: ROLE_SCOPES.admin,
    spaces: null,
    user: null,
    expiresAtMs: null,
  });
}
