/**
 * Counts the bytes of a request's body that have really come, whoever reads them.
 */
import type { IncomingMessage } from "node:http";

/**
 * Counts from now on; ask when the answer is sent. Not `Content-Length`, which a client may make up and a chunked body has
 * not; not `socket.bytesRead`, which has headers, the sizes of chunks, and what the next request has sent behind. Not a
 * listener to `data`, under which the body would flow before its reader is there.
 */
export function countReceivedBytes(request: IncomingMessage): () => number {
  let bytes = 0;
  const { push } = request;
  // What Node's parser of HTTP hands every piece of a body to.
  request.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk instanceof Uint8Array) bytes += chunk.byteLength;
    else if (typeof chunk === "string") bytes += Buffer.byteLength(chunk, encoding);
    return push.call(request, chunk, encoding);
  };
  return () => bytes;
}
