/**
 * The tenant and its parts. Ids of spaces, users and assets are unique within their organization, not beyond it: two
 * platforms number their things independently, and a clash must not show one that the other exists.
 */

/** A tenant. `monthlyTrafficBytesMax` is its limit on `traffic` per calendar month (UTC), 0 for none. */
export type Organization = {
  readonly id: number;
  readonly name: string;
  readonly monthlyTrafficBytesMax: number;
  readonly createdAtMs: number;
};

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
