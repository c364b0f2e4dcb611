/**
 * Counts the bytes of a response's body that have really gone out, also when the client leaves in the middle.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

type WriteArguments = Parameters<ServerResponse["write"]>;

/**
 * Counts from now on; ask when the response has finished (whole) or was given up. Whole answers count in full. Of a
 * broken-off one those bytes count that the system took: what was only waiting in memory has not been sent. Not the bytes
 * that a file was read by: up to a megabyte of them is never sent. Not `socket.bytesWritten`: that has headers, and what
 * waits.
 */
export function countSentBytes(response: ServerResponse): (isWhole: boolean) => number {
  let handedOver = 0;
  let flushed = 0;
  let taken: TakenBytes | null = null;
  // Responses of injected requests write from within end(), Node's own do not.
  let isEnding = false;
  const { write, end } = response;
  response.write = ((chunk: unknown, ...others: unknown[]) => {
    taken ??= isEnding ? null : watchTakenBytes(response);
    const bytes = isEnding ? 0 : lengthOf(chunk, others[0]);
    handedOver += bytes;
    const then = others.find((argument) => typeof argument === "function") as
      | ((error?: Error | null) => void)
      | undefined;
    const encoding = typeof others[0] === "string" ? others[0] : undefined;
    const counted = (error?: Error | null): void => {
      if (error === undefined || error === null) flushed += bytes;
      then?.(error);
    };
    return write.apply(response, [chunk, encoding, counted] as unknown as WriteArguments);
  }) as ServerResponse["write"];
  response.end = ((...given: unknown[]) => {
    taken ??= watchTakenBytes(response);
    handedOver += lengthOf(given[0], given[1]);
    isEnding = true;
    return end.apply(response, given as Parameters<ServerResponse["end"]>);
  }) as ServerResponse["end"];
  return (isWhole) => {
    const bytesTaken = taken?.stop() ?? 0;
    return isWhole ? handedOver : Math.max(flushed, Math.min(handedOver, bytesTaken));
  };
}

/**
 * What Node keeps of a connection beside its documented properties: bytes that were given to the system, and how many of
 * them the system has not taken yet. Writes of 64 KB and more are taken in part, and a write that fails does not say of
 * how much: without these two a client that leaves has received up to one write more than is counted.
 */
type Handle = { readonly bytesWritten: number; readonly writeQueueSize: number };

/** Bytes of a body that the system took, as far as that was seen when the client left. */
type TakenBytes = { readonly stop: () => number };

/**
 * Watches a response that is about to write its first byte; null where a connection cannot be watched.
 * The bytes are read when the client says that it leaves: when the response is given up, the connection is gone.
 */
function watchTakenBytes(response: ServerResponse): TakenBytes | null {
  const { socket } = response;
  const handle = readHandle(socket);
  if (socket === null || handle === null) return null;
  const startBytes = handle.bytesWritten;
  let taken: number | null = null;
  // The first look counts. A write that failed waits no more, so that a look after one counts all of it: too much, by one
  // write at most, but never less than the client has received.
  const look = (): void => {
    // A body without a length has the sizes of its chunks in between, which would count.
    if (taken !== null || response.chunkedEncoding) return;
    const headerBytes = Buffer.byteLength((response as { readonly _header?: string })._header ?? "", "latin1");
    taken = handle.bytesWritten - handle.writeQueueSize - startBytes - headerBytes;
  };
  socket.prependListener("end", look).prependListener("error", look);
  return {
    stop: () => {
      socket.off("end", look).off("error", look);
      return taken ?? 0;
    },
  };
}

function readHandle(socket: Socket | null): Handle | null {
  const { _handle: handle } = (socket ?? {}) as { readonly _handle?: Partial<Handle> | null };
  const isKnown = typeof handle?.bytesWritten === "number" && typeof handle.writeQueueSize === "number";
  return isKnown ? (handle as Handle) : null;
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === "string") {
    return Buffer.byteLength(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
