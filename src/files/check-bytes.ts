/**
 * Bytes on their way into a place for files: counted, hashed and held to their bounds while they pass.
 */
import { createHash } from "node:crypto";
import { AppError } from "../platform/errors.ts";
import type { FileBounds, StoredFile } from "./file-store.ts";

/** Bytes that are checked as they are read. */
export interface CheckedBytes {
  /**
   * The same bytes, once. Rejects at the first byte over the bound and, at the end, when there were too few: whatever
   * writes them then fails before it has finished a file.
   */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What has passed; complete when `bytes` has ended. */
  result(): StoredFile;
  /** What `bytes` rejected with, or null: a failed write is the place's fault only where this is null. */
  failure(): { readonly error: unknown } | null;
}

/** Wraps the bytes of one file. */
export function checkBytes(source: AsyncIterable<Uint8Array>, { bytesMin, bytesMax }: FileBounds): CheckedBytes {
  const hash = createHash("sha256");
  let bytes = 0;
  let sha256 = "";
  let failure: { readonly error: unknown } | null = null;

  async function* pass(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        bytes += chunk.byteLength;
        if (bytes > bytesMax)
          throw new AppError("request/body-too-large", `The file is longer than ${bytesMax} bytes.`);
        hash.update(chunk);
        yield chunk;
      }
      if (bytes < bytesMin) throw new AppError("request/invalid", `The file is shorter than ${bytesMin} bytes.`);
    } catch (error) {
      failure ??= { error };
      throw error;
    }
    sha256 = hash.digest("hex");
  }

  return { bytes: pass(), result: () => ({ bytes, sha256 }), failure: () => failure };
}
