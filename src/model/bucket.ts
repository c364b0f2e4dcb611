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
