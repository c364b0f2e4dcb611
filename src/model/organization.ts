/**
 * The tenant and its parts. Ids of spaces, users and assets are unique within their organization, not beyond it: two
 * platforms number their things independently, and a clash must not show one that the other exists.
 */

/** A tenant. `monthlyTrafficBytesMax` is its limit on `traffic` per calendar month (UTC), 0 for none. */
export type Organization = {
  readonly id: number;
  readonly name: string;
  readonly monthlyTrafficBytesMax: number;
  /** Host name that its CDN delivers from (is-host-name.ts); null: none of its own. */
  readonly cdnHost: string | null;
  readonly createdAtMs: number;
};

/** What can be changed of an organization; fields that are left out stay as they are. */
export type OrganizationChanges = Partial<Pick<Organization, "name" | "monthlyTrafficBytesMax" | "cdnHost">>;

/** A part of an organization: a site, a project, a workspace. */
export type Space = {
  readonly organization: number;
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

/** A person or program of one organization. */
export type User = {
  readonly organization: number;
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly role: "admin" | "manager" | "member";
  readonly createdAtMs: number;
  /** Since when the user may not ask anything any more, UTC ms; null: may. */
  readonly disabledAtMs: number | null;
};
