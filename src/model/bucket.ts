/**
 * Buckets (places that objects are stored in) and the repos that group them.
 */
import { isHostName } from "./is-host-name.ts";

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
 *   https://  s3.example.com  :9000  /path
 *   A path has no character that a signature, a connection string or an escape needs (`;`, `=`, `&`, `%`, `+`).
 */
const ENDPOINT = /^(?:https?:\/\/)?(?<host>\[[^\]]*\]|[^/:]*)(?::(?<port>\d{1,5}))?(?:\/[\w.~/-]*)?$/i;

const PORT_MAX = 65_535;

/**
 * True for a host, the http(s) URL of one, or the empty string. Everything else is false, as it could be a credential that
 * every reader of a list is shown: `https://key:secret@host`, the signed URLs of Azure, and its connection strings
 * (`AccountName=acme;AccountKey=…`), which the URL parser takes for host names.
 */
export function isPlainEndpoint(endpoint: string): boolean {
  if (endpoint === "") return true;
  const { host = "", port = "0" } = ENDPOINT.exec(endpoint)?.groups ?? {};
  return isHostName(host) && Number(port) <= PORT_MAX;
}
