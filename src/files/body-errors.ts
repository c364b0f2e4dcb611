/**
 * The errors of a file's bytes while they are read, in the words of the place that they lie in.
 */
import type { Readable } from "node:stream";

/**
 * `body`, whose readers see `toError` of what it fails with. Who delivers it would else take a disk's or a connection's own
 * error for a defect, or, where the store broke the connection, for its client's going away.
 */
export function withBodyErrors(body: Readable, toError: (error: unknown) => unknown): Readable {
  const { _destroy } = body;
  body._destroy = (error, done) =>
    _destroy.call(body, error, (failure) =>
      done(failure === null || failure === undefined ? null : (toError(failure) as Error)),
    );
  return body;
}
