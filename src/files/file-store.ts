/**
 * FileStore: the bytes of files under keys, and nothing else: names, owners and rights are the catalogue's. The interface
 * that every place for files implements; file-store.contract.ts is its shared suite.
 */
import type { Readable } from "node:stream";
import { assertInvariant } from "../platform/errors.ts";

/** How long a file may be, in bytes; both bounds are inclusive. A declared length is both of them. */
export type FileBounds = { readonly bytesMin: number; readonly bytesMax: number };

/** What was stored. `sha256` is 64 lower-case hex digits over exactly the bytes that are read back. */
export type StoredFile = { readonly bytes: number; readonly sha256: string };

/** The part of an HTTP request that decides which bytes of a file are sent. Header names are lower-case. */
export type FileRequest = {
  /** `HEAD` gets the headers of a `GET` and no body. */
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
};

/**
 * What to answer to a FileRequest. 200 and 206 have a body (empty for HEAD), the others none. `headers` has lower-case
 * names: `etag`, `last-modified`, `accept-ranges`, `content-length`, `content-range`, each where it applies; never a
 * content type and no caching rule, which are the caller's.
 */
export type FileAnswer = {
  readonly status: 200 | 206 | 304 | 412 | 416;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | null;
};

/**
 * Files under keys. A key is 8 to 64 lower-case letters, digits and hyphens, beginning with a letter or digit: nothing
 * that a file system or a URL could read as a path. Any other key is a defect of the caller and throws.
 * Every method rejects with `files/unavailable` when the place cannot be reached, is full or may not be written.
 */
export interface FileStore {
  /**
   * Stores the bytes under the key: as they come, never all in memory. They are on disk when this resolves and appear
   * all at once; a key that was there keeps its old bytes until then. Rejects with `request/body-too-large` at the first
   * byte over the bound, with `request/invalid` for a file below the lower one, and with whatever `bytes` rejects with; in
   * each of these cases, and after a crash in the middle, the key is as it was and nothing is left behind once the
   * place has been opened again.
   */
  put(key: string, bytes: AsyncIterable<Uint8Array>, bounds: FileBounds): Promise<StoredFile>;

  /** The file's length in bytes, null for an unknown key. */
  stat(key: string): Promise<{ readonly bytes: number } | null>;

  /**
   * The file as an HTTP answer: whole, one range of it (206, or 416 past its end), or a status without bytes where
   * If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since or If-Range ask for it. Several ranges in one
   * request are answered with the whole file. Null for an unknown key. The body must be read to its end or destroyed.
   */
  answer(key: string, request: FileRequest): Promise<FileAnswer | null>;

  /** Removes the file; an unknown key is no error. Bodies that are being read stay whole where the place can do that. */
  delete(key: string): Promise<void>;

  /** Resolves when the place answers. */
  ping(): Promise<void>;

  /** Closes. Calling it twice is harmless. */
  close(): Promise<void>;
}

const FILE_KEY = /^[a-z0-9][a-z0-9-]{7,63}$/;

/** Throws for a text that is no key. */
export function assertFileKey(key: string): void {
  assertInvariant(FILE_KEY.test(key), `the file key ${JSON.stringify(key.slice(0, 100))} is malformed`);
}
