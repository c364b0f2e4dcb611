/**
 * What the meter is told of answers: which of them, as what, with how many bytes, and that it can break none.
 */
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { Readable } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import type { RouteAnswer } from "../model/route.ts";
import { type AnswerUsage, PartlyDone, type ServedRequest } from "../model/served-request.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import { toOperation } from "./meter-answers.ts";
import type { ServerDeps } from "./server.ts";
import { authenticate, buildRoute, buildSmallServer, smallDialect } from "./small-dialect.contract.ts";

const NOW_MS = 1_795_000_000_000;
const READER = { authorization: "Bearer reader" };

const fact = (kind: AnswerUsage["kind"]): AnswerUsage => ({
  kind,
  organization: 7,
  space: 8,
  user: null,
  asset: 9,
  operation: "GET",
  count: 1,
  bytesIn: 0,
  sizeDelta: 0,
  objectsDelta: 0,
});

const FILE = { status: 200, headers: { "content-type": "image/png" } };
const routes = [
  buildRoute("/small/spaces/:space_id/assets/:id"),
  buildRoute("/small/silent", { countsAsApi: false }),
  buildRoute("/small/picture", {
    scope: "none",
    countsAsApi: false,
    answer: async () => ({
      ...FILE,
      body: Readable.from([Buffer.alloc(600), Buffer.alloc(400)]),
      usage: [fact("delivery")],
    }),
  }),
  buildRoute("/small/unreadable", {
    answer: async () => ({
      status: 206,
      headers: {
        "content-type": "image/png",
        "cache-control": "public, max-age=3600",
        etag: '"a"',
        "accept-ranges": "bytes",
        "content-range": "bytes 0-9/10",
        "last-modified": "Fri, 20 Nov 2026 12:00:00 GMT",
        "content-length": "10",
      },
      body: new Readable({
        read() {
          this.destroy(new AppError("files/unavailable", "The disk is broken."));
        },
      }),
      usage: [fact("delivery"), fact("upload")],
    }),
  }),
  buildRoute("/small/both", {
    answer: async () => ({ status: 200, body: "ok", usage: [fact("delivery"), fact("upload")] }),
  }),
  buildRoute("/small/half", {
    answer: async () => {
      throw new PartlyDone([fact("delete")], new AppError("catalog/unavailable", "Try again."));
    },
  }),
  buildRoute("/small/unchanged", {
    scope: "none",
    countsAsApi: false,
    answer: async () => ({ status: 304, usage: [fact("delivery")] }),
  }),
];

let served: ServedRequest[] = [];
let app: ReturnType<typeof buildSmallServer>;

function open(
  record: (request: ServedRequest) => void = (request) => served.push(request),
  more: Partial<ServerDeps> = {},
) {
  served = [];
  app = buildSmallServer({
    ...more,
    dialects: [{ ...smallDialect, routes: [...smallDialect.routes, ...routes] }],
    meter: { record, isInternal: (headers) => headers["x-inside"] === "yes", clock: buildFixedClock(NOW_MS) },
  });
}
afterEach(() => app.close());

describe("meterAnswers", () => {
  test("an API request is its organization's, with its space, template and bytes", async () => {
    open();
    const { body } = await app.inject({ url: "/small/spaces/606/assets/5", headers: READER });
    const operation = "/small/spaces/{ID}/assets/{ASSET_ID}";
    expect(served).toEqual([
      {
        timeMs: NOW_MS,
        api: { organization: 1, user: null, space: 606, operation },
        bytesIn: 0,
        bytesOut: Buffer.byteLength(body),
        usage: [],
      },
    ]);
  });

  test("the bytes of a body that was sent are bytes in", async () => {
    open();
    const payload = JSON.stringify({ a: 1 });
    const headers = { ...READER, "content-type": "application/json" };
    await app.inject({ method: "POST", url: "/small/echo", headers, payload });
    expect(served).toMatchObject([{ bytesIn: 7, api: { operation: "/small/echo", space: null } }]);
  });

  test("a refusal of a known asker counts with the bytes of its error, one of nobody counts for nobody", async () => {
    open();
    const refused = await app.inject({ method: "POST", url: "/small/echo", headers: READER, payload: "{" });
    expect(refused.statusCode).toBeGreaterThanOrEqual(400);
    await app.inject("/small/things");
    await app.inject({ url: "/small/things", headers: { authorization: "Bearer wrong" } });
    await app.inject("/nowhere");
    await app.inject("/healthz");
    await app.inject("/openapi.json");
    expect(served).toMatchObject([{ bytesOut: Buffer.byteLength(refused.body) }]);
  });

  test("a route that counts as none is told of only where it sends, stores or removes something", async () => {
    open();
    await app.inject({ url: "/small/silent", headers: READER });
    await app.inject("/small/picture");
    expect(served).toMatchObject([{ api: null, bytesOut: 1_000, usage: [fact("delivery")] }]);
  });

  test("HEAD and 304 are told of, and sent nothing", async () => {
    open();
    await app.inject({ method: "HEAD", url: "/small/picture" });
    await app.inject("/small/unchanged");
    expect(served).toMatchObject([
      { bytesOut: 0, usage: [fact("delivery")] },
      { bytesOut: 0, usage: [fact("delivery")] },
    ]);
  });

  test("a request of the platform's own is no request and no delivery, but what it stores is stored", async () => {
    open();
    await app.inject({ url: "/small/both", headers: { ...READER, "x-inside": "yes" } });
    await app.inject({ url: "/small/picture", headers: { "x-inside": "yes" } });
    expect(served).toMatchObject([{ api: null, usage: [fact("upload")] }]);
  });

  test("what was done before a route failed is told of, and its client reads the failure alone", async () => {
    open();
    const { statusCode, body } = await app.inject({ url: "/small/half", headers: READER });
    expect([statusCode, JSON.parse(body)]).toEqual([503, { small: "Try again." }]);
    expect(served).toMatchObject([{ api: { operation: "/small/half" }, usage: [fact("delete")] }]);
  });

  test("a file whose bytes fail before the first is an error without a word of the file, and no delivery", async () => {
    open();
    const { statusCode, headers, body } = await app.inject({ url: "/small/unreadable", headers: READER });
    expect([statusCode, JSON.parse(body)]).toEqual([503, { small: "The disk is broken." }]);
    for (const name of ["cache-control", "etag", "accept-ranges", "content-range", "last-modified"]) {
      expect([name, headers[name]]).toEqual([name, undefined]);
    }
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(served).toMatchObject([{ usage: [fact("upload")] }]);
  });

  test("a meter that fails changes no answer", async () => {
    open(() => {
      throw new Error("meter down");
    });
    const answers = await Promise.all([
      app.inject({ url: "/small/both", headers: READER }),
      app.inject("/small/picture"),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });
});

describe("an answer whose client has gone before it", () => {
  let begin = () => {};
  let finish: (outcome: Promise<RouteAnswer>) => void = () => {};
  const slow = buildRoute("/small/slow", {
    answer: () => {
      const { promise, resolve } = Promise.withResolvers<RouteAnswer>();
      finish = resolve;
      begin();
      return promise;
    },
  });
  routes.push(slow);

  /** Asks, and hangs up when the route has begun; resolves when the server knows. */
  async function askAndHangUp(): Promise<void> {
    open();
    await app.listen({ port: 0, host: "127.0.0.1" });
    const left = once(app.server, "request").then(([, response]) => once(response, "close"));
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
    socket.write("GET /small/slow HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer reader\r\n\r\n");
    await begun;
    socket.destroy();
    await left;
  }

  test("is counted once, when the route has answered: what it stored is stored, nothing was sent", async () => {
    await askAndHangUp();
    expect(served).toEqual([]);
    finish(Promise.resolve({ status: 200, body: "ok", usage: [fact("upload"), fact("delivery")] }));
    await app.close();
    expect(served).toMatchObject([{ api: { operation: "/small/slow" }, bytesOut: 0, usage: [fact("upload")] }]);
  });

  test("is counted as a request when the route fails", async () => {
    await askAndHangUp();
    finish(Promise.reject(new Error("broken")));
    await app.close();
    expect(served).toMatchObject([{ api: { operation: "/small/slow" }, bytesOut: 0, usage: [] }]);
  });

  test("is waited for when the server closes, though its connection is closed", async () => {
    await askAndHangUp();
    let isClosed = false;
    const closed = app.close().then(() => {
      isClosed = true;
    });
    await once(app.server, "close");
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    finish(Promise.resolve({ status: 204, usage: [fact("delete")] }));
    await closed;
    expect(served).toMatchObject([{ usage: [fact("delete")] }]);
  });
});

test("a request whose client left in the middle of its body, before it was known, keeps no server from closing", async () => {
  let isAsked = (): void => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  let answer = (): void => {};
  const known = new Promise<void>((resolve) => {
    answer = resolve;
  });
  open(undefined, {
    authenticate: async (secret) => {
      isAsked();
      await known;
      return authenticate(secret);
    },
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  const [connection] = await Promise.all([once(app.server, "connection"), once(socket, "connect")]);
  socket.write(
    'POST /small/echo HTTP/1.1\r\nhost: x\r\nauthorization: Bearer reader\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a"',
  );
  await asked;
  const left = once(connection[0], "close");
  socket.destroy();
  await left;
  answer();
  await app.close();
  expect(served).toEqual([]);
});

describe("toOperation", () => {
  test.each([
    ["/v1/spaces/:space_id/assets", "/v1/spaces/{ID}/assets"],
    ["/v1/spaces/:space_id/assets/:id/finish_upload", "/v1/spaces/{ID}/assets/{ASSET_ID}/finish_upload"],
    ["/v1/spaces/:space_id/statistics/:date", "/v1/spaces/{ID}/statistics/{DATE}"],
    ["/v1/orgs/me/statistics/::all_traffic", "/v1/orgs/me/statistics/:all_traffic"],
    ["/plain", "/plain"],
  ])("%s is counted as %s", (path, operation) => {
    expect(toOperation(path)).toBe(operation);
  });
});
