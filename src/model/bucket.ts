/**
 * Buckets (places that objects are stored in) and the repos that group them.
 */

/** A bucket. `id` is a lower-case UUID, or any text that the platform's events name it by. */
export type Bucket = {
  readonly organization: number;
  readonly id: string;
  readonly name: string;
  readonly space: number | null;
  readonly repo: string | null;
  /** The address of the storage, `https://s3.example.com`, or the empty string. Never a credential. */
  readonly endpoint: string;
  /** Where the storage is, `us-east-1`, or the empty string. */
  readonly region: string;
  /** The bucket's name at its storage, or the empty string. */
  readonly storageName: string;
  /** What kind of storage it is, in the platform's own words (`S3`), or the empty string. */
  readonly storageType: string;
  readonly createdAtMs: number;
  readonly deletedAtMs: number | null;
};

/** A named group of buckets inside one space. `id` is a lower-case UUID. */
export type Repo = {
  readonly organization: number;
  readonly id: string;
  readonly name: string;
  readonly space: number | null;
  readonly createdAtMs: number;
};

/**
 * True for a host, the http(s) URL of one, or the empty string. User names, passwords and queries make it false:
 * `https://key:secret@host` and the signed URLs of Azure would be credentials that every reader of a list is shown.
 */
export function isPlainEndpoint(endpoint: string): boolean {
  if (endpoint === "") return true;
  const address = endpoint.includes("://") ? endpoint : `https://${endpoint}`;
  if (!URL.canParse(address)) return false;
  const { protocol, username, password, search, hash } = new URL(address);
  return /^https?:$/.test(protocol) && username + password + search + hash === "" && !/[?#@]/.test(endpoint);
}
