/**
 * How many bytes of a body are counted as received, over real sockets: those that came, whatever was announced.
 */
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ServedRequest } from "../model/served-request.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { buildSmallServer } from "./small-dialect.contract.ts";

let served: ServedRequest[];
let app: ReturnType<typeof buildSmallServer>;
beforeEach(() => {
  served = [];
  const record = (request: ServedRequest) => served.push(request);
  app = buildSmallServer({ meter: { record, isInternal: () => false, clock: buildFixedClock(0) } });
});
afterEach(() => app.close());

describe("countReceivedBytes", () => {
  test.each([
    ["GET", "/small/things", 0, 9_007_199_254_740_991, ""],
    ["POST", "/small/echo", 7, 7, '{"a":1}'],
    ["POST", "/small/lean", 3, 5_000, '{"a'],
    ["POST", "/small/bytes", 13, null, "5\r\nhello\r\n8\r\n, world!\r\n0\r\n\r\n"],
    ["POST", "/small/bytes", 5, null, "5\r\nhello\r\n"],
  ] as const)(
    "of a body for %s %s those %i bytes are bytes in that came, of %s announced",
    async (method, path, bytesIn, length, body) => {
      await app.listen({ port: 0, host: "127.0.0.1" });
      const closed = once(app.server, "request").then(([, response]) => once(response, "close"));
      const framing = length === null ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
      const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1").on("error", () => undefined);
      const type = path === "/small/bytes" ? "application/octet-stream" : "application/json";
      // In one piece, as a short request comes.
      socket.end(
        `${method} ${path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer reader\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n${body}`,
      );
      await closed;
      await expect.poll(() => served).toMatchObject([{ bytesIn }]);
    },
  );
});
