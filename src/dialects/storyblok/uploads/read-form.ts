/**
 * A multipart form with a file at its end → its fields, then its file as a stream. Nothing of the file is kept in memory.
 */
import { once } from "node:events";
import type { Readable } from "node:stream";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { AppError } from "../../../platform/errors.ts";

/** Bounds of what stands before the file: a policy is some 1,000 bytes, a form has ten fields. */
const LIMITS = { fieldNameSize: 200, fieldSize: 65_536, fields: 50, files: 1, headerPairs: 50 };

/** The part that must come last. */
const FILE_PART = "file";

/**
 * Reads the form and resolves with what `onFile` made of fields and file, after the whole form was read: a form that is
 * broken behind its file is refused as a whole. Throws `request/invalid` for what is no such form, and whatever the body or
 * `onFile` rejects with; the file then ends with an error too, so that nobody takes its first half for all of it.
 */
export async function readUploadForm<T>(
  form: { readonly body: AsyncIterable<Uint8Array>; readonly contentType: string | undefined },
  onFile: (fields: ReadonlyMap<string, string>, file: Readable) => Promise<T>,
): Promise<T> {
  const parser = openParser(form.contentType);
  const fields = new Map<string, string>();
  let file: Readable | null = null;
  let taken: Promise<T> | null = null;
  const ended = Promise.withResolvers<void>();

  function fail(error: unknown): void {
    ended.reject(error);
    file?.destroy(error as Error);
  }

  parser.on("field", (name, value, isNameCut, isValueCut) => {
    if (taken !== null) fail(invalid(`The field ${name} stands behind the file.`));
    else if (isNameCut || isValueCut) fail(invalid("A field is too long."));
    else fields.set(name, value);
  });
  parser.on("file", (_name, stream) => {
    // Without a listener an error of the stream would end the process.
    stream.on("error", () => undefined);
    file = stream;
    taken = onFile(fields, stream);
    taken.catch(fail);
  });
  parser.on("fieldsLimit", () => fail(invalid("The form has too many fields.")));
  parser.on("filesLimit", () => fail(invalid("The form has more than one file.")));
  parser.on("error", (cause) => fail(new AppError("request/invalid", "The form is broken.", { cause })));
  parser.on("finish", () => ended.resolve());

  const pumped = pump(form.body, parser, ended.promise).catch(fail);
  try {
    await ended.promise;
    if (taken === null) throw invalid(`The part ${FILE_PART} is missing.`);
    return await taken;
  } finally {
    // Settled, so that nothing of this form is still being written when its refusal is answered.
    await Promise.allSettled([pumped, taken]);
  }
}

function openParser(contentType: string | undefined): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": contentType ?? "" },
      limits: LIMITS,
      // By its name alone: clients send fields with a type, and files without one.
      isPartAFile: (name) => name === FILE_PART,
    });
  } catch (cause) {
    throw new AppError("request/invalid", "Send a form as multipart/form-data with a boundary.", { cause });
  }
}

/**
 * Writes the body to the parser as fast as the file is taken; stops at the first failure. The parser has finished only
 * when the body has ended: one that is shorter than it was said to be fails, also behind the last boundary.
 */
async function pump(body: AsyncIterable<Uint8Array>, parser: BusboyInstance, ended: Promise<void>): Promise<void> {
  const chunks = body[Symbol.asyncIterator]();
  let isFailed = false;
  let wake = (): void => {};
  ended.catch(() => {
    isFailed = true;
    wake();
  });
  /** Waits for `event`, and no longer when the form has failed: the client may send nothing more until it is answered. */
  const wait = <T>(event: Promise<T>): Promise<T | null> =>
    new Promise((resolve, reject) => {
      wake = () => resolve(null);
      event.then(resolve, reject);
    });
  while (!isFailed) {
    const next = await wait(chunks.next());
    if (next === null || isFailed) break;
    if (next.done === true) {
      parser.end();
      return;
    }
    if (!parser.write(next.value)) await wait(once(parser, "drain"));
  }
  // Not waited for: it comes behind the chunk that is still asked for.
  chunks.return?.().catch(() => undefined);
}

function invalid(message: string): AppError {
  return new AppError("request/invalid", message);
}
