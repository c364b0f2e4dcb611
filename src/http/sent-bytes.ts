/**
 * Counts the bytes of a response's body that have really gone out, also when the client leaves in the middle.
 */
import type { ServerResponse } from "node:http";

type WriteArguments = Parameters<ServerResponse["write"]>;

/**
 * Counts from now on; ask when the response has finished (whole) or was given up. Whole answers count in full. Of a broken-off one
 * those chunks count that the system took: what was only waiting in memory has not been sent. Not the bytes that a file
 * was read by: up to a megabyte of them is never sent. Not `socket.bytesWritten`: that has headers, and what waits.
 */
export function countSentBytes(response: ServerResponse): (isWhole: boolean) => number {
  let handedOver = 0;
  let flushed = 0;
  // Responses of injected requests write from within end(), Node's own do not.
  let isEnding = false;
  const { write, end } = response;
  response.write = ((chunk: unknown, ...others: unknown[]) => {
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
    handedOver += lengthOf(given[0], given[1]);
    isEnding = true;
    return end.apply(response, given as Parameters<ServerResponse["end"]>);
  }) as ServerResponse["end"];
  return (isWhole) => (isWhole ? handedOver : flushed);
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === "string") {
    return Buffer.byteLength(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
