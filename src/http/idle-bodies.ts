/**
 * Bodies that have stopped coming: ends requests whose sender is silent in the middle, by Node's own idle timer of the
 * socket. How long a body takes in all has no bound here: logs may be streamed for hours.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { type ParserError, refuseOnSocket } from "./client-error.ts";
import type { MountedDialect } from "./mounted-dialect.ts";

/** How long a body may send nothing: longer than a mobile network takes to find its way back. */
export const BODY_IDLE_MS_MAX = 30_000;

/** What Node says where its own bound of a request is passed; the answer is the same. */
const TIMED_OUT: ParserError = Object.assign(new Error("The body has stopped coming."), {
  code: "ERR_HTTP_REQUEST_TIMEOUT",
});

/**
 * Answers a body of which nothing came for `bodyIdleMsMax` with 408 and ends its connection. A client that loses its
 * power says nothing more, not even that it is gone: what its request holds would stay held until the server is restarted.
 * Listens to Node's server and not as a hook, because a body may stop before its access check has ended.
 */
export function endIdleBodies(
  app: FastifyInstance,
  dialects: readonly MountedDialect[],
  bodyIdleMsMax = BODY_IDLE_MS_MAX,
): void {
  app.server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (!hasBody(request)) return;
    response.setTimeout(bodyIdleMsMax, () => {
      // Whole, and worked on: that may take as long as it likes.
      if (request.complete) return;
      // It is this server that has not read on; Node tells nothing of what waits in the socket until it does.
      if (request.readableLength > 0) request.socket.setTimeout(bodyIdleMsMax);
      else refuseOnSocket(TIMED_OUT, request.socket, dialects);
    });
    // A request that waits behind this one on its connection is not to be cut by this one's timer. After the answer the
    // timer is that of the connection's next request.
    request.once("end", () => {
      if (!response.writableFinished) response.setTimeout(0);
    });
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
