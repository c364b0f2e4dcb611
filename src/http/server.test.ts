/**
 * The server's rules, over a small dialect: paths, access, parameters, bodies, answers, errors, log. No socket.
 */
import type { FastifyInstance, InjectOptions } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildLogSink, buildSmallServer, smallDialect } from "./small-dialect.contract.ts";

const READER = { authorization: "Bearer reader" };
const WRITER = { authorization: "Bearer writer" };
const JSON_HEADERS = { ...READER, "content-type": "application/json" };

let app: FastifyInstance;
beforeEach(() => {
  app = buildSmallServer();
});
afterEach(() => app.close());

/** Method, path and status of one request, with its body as JSON or null. */
async function ask(method: InjectOptions["method"], url: string, more: InjectOptions = {}) {
  const response = await app.inject({ method: method ?? "GET", url, headers: READER, ...more });
  return {
    status: response.statusCode,
    headers: response.headers,
    body: response.body === "" ? null : response.json(),
  };
}

describe("buildServer: paths", () => {
  test.each(["/small/things", "/small/things/", "//small//things", "/mount/small/things", "/mount//small/things/"])(
    "%s reaches the same route, without a redirect",
    async (url) => {
      expect((await ask("GET", url)).status).toBe(200);
    },
  );

  test("a literal segment wins over a parameter", async () => {
    expect((await ask("GET", "/small/things/special")).body.params).toEqual({});
    expect((await ask("GET", "/small/things/other")).body.params).toEqual({ id: "other" });
  });

  test("a path parameter is decoded, an escaped slash stays inside it, and it may be thousands of bytes long", async () => {
    expect((await ask("GET", "/small/things/a%2Fb%20c+d%C3%BC")).body.params).toEqual({ id: "a/b c+dü" });
    const long = "x".repeat(4_096);
    expect((await ask("GET", `/small/things/${long}`)).body.params).toEqual({ id: long });
  });

  test("an escape in the path that is none is refused in the owner's words", async () => {
    expect(await ask("GET", "/small/things/%zz")).toMatchObject({ status: 400, body: { small: "Malformed URL" } });
    expect(await ask("GET", "/%E0%A4%A")).toMatchObject({ status: 400, body: { checked: "request/invalid" } });
  });

  test("the query reaches the route as sent: plus is a space, a repeated name is kept, a broken escape stays", async () => {
    const { body } = await ask("GET", "/small/things/?bucketId=a+b%2C%C3%BC&x=1&x=2&y=%zz&z=//");
    expect(body.query).toEqual([
      ["bucketId", "a b,ü"],
      ["x", "1"],
      ["x", "2"],
      ["y", "%zz"],
      ["z", "//"],
    ]);
  });

  test("an unknown path is 404 in the words of the prefix's owner, by whole segments", async () => {
    expect(await ask("GET", "/small/unknown")).toMatchObject({
      status: 404,
      body: { small: "There is nothing at this path." },
    });
    expect(await ask("GET", "/small/things/7/extra")).toMatchObject({ status: 404 });
    expect(await ask("GET", "/small")).toMatchObject({ status: 404, body: { small: expect.any(String) } });
    expect(await ask("GET", "/mount/nothing")).toMatchObject({ status: 404, body: { small: expect.any(String) } });
    expect(await ask("GET", "/smaller")).toMatchObject({ status: 404, body: { checked: "request/not-found" } });
  });

  test("the bare address names the page that shows every endpoint", async () => {
    expect(await ask("GET", "/")).toMatchObject({ status: 404, body: { detail: expect.stringContaining("/docs") } });
  });

  test("a known path with another method is 405 with the methods it answers, before any token is asked for", async () => {
    const refused = await ask("PUT", "/small/things/7", { headers: {} });
    expect(refused.status).toBe(405);
    expect(refused.headers.allow).toBe("DELETE, GET, HEAD");
    expect((await ask("POST", "/mount/small/open", { headers: {} })).headers.allow).toBe("GET, HEAD");
  });

  test("a path that a route spells out is not taken for a parameter by another method", async () => {
    for (const path of ["/small/things/special", "/mount/small/things/special"]) {
      const answer = await app.inject({ method: "DELETE", url: path });
      expect([answer.statusCode, answer.headers.allow]).toEqual([405, "GET, HEAD"]);
    }
    expect((await app.inject({ method: "DELETE", url: "/small/things/7" })).statusCode).toBe(401);
  });

  test("HEAD answers as GET does, without the body", async () => {
    const head = await app.inject({ method: "HEAD", url: "/small/big", headers: READER });
    expect([head.statusCode, head.body, head.headers["content-length"]]).toEqual([200, "", "22"]);
    expect((await app.inject({ method: "HEAD", url: "/small/big" })).statusCode).toBe(401);
  });

  test("the address of the server is the configured one, else the one that the client used", async () => {
    expect((await ask("GET", "/small/things", { headers: { ...READER, host: "h:99" } })).body.baseUrl).toBe(
      "http://h:99",
    );
    const configured = buildSmallServer({ publicUrl: "https://usage.example.com" });
    const response = await configured.inject({ url: "/small/things", headers: READER });
    expect(response.json().baseUrl).toBe("https://usage.example.com");
    await configured.close();
  });
});

describe("buildServer: access", () => {
  test.each([
    [{}, "This request needs a token."],
    [{ authorization: "Basic reader" }, "This request needs a token."],
    [{ authorization: "Bearer nobody" }, "The token is not known."],
    [{ authorization: "Bearer old" }, "The token has expired."],
    [{ authorization: "Bearer gone" }, "The token has been revoked."],
  ])("%j is refused with 401", async (headers, message) => {
    expect(await ask("GET", "/small/things", { headers })).toMatchObject({ status: 401, body: { small: message } });
  });

  test("a token without the route's scope is refused with 403", async () => {
    const refused = await ask("GET", "/small/things", { headers: WRITER });
    expect(refused).toMatchObject({ status: 403, body: { small: "The token does not have the scope stats:read." } });
  });

  test("any valid token opens a route for any token, and an open route asks for none", async () => {
    expect((await ask("GET", "/small/any", { headers: WRITER })).status).toBe(200);
    expect((await ask("GET", "/small/any", { headers: {} })).status).toBe(401);
    expect((await ask("GET", "/small/open", { headers: {} })).status).toBe(200);
    expect((await ask("GET", "/small/open", { headers: { authorization: "Bearer old" } })).status).toBe(200);
  });

  test("401 comes before bad parameters; which of bad parameters and missing scope wins is the dialect's choice", async () => {
    expect((await ask("GET", "/small/parameters", { headers: {} })).status).toBe(401);
    expect((await ask("GET", "/small/parameters", { headers: WRITER })).status).toBe(400);
    expect((await ask("GET", "/checked?limit=0", { headers: WRITER })).status).toBe(403);
    expect((await ask("GET", "/checked?limit=0")).status).toBe(400);
  });

  test("a body is not looked at before the token is", async () => {
    const sent = { payload: "{", headers: { "content-type": "application/json" } };
    expect((await ask("POST", "/small/echo", sent)).status).toBe(401);
  });
});

describe("buildServer: parameters checked by schema", () => {
  test("values arrive in the schema's types; one value for a list is a list of one", async () => {
    const { body } = await ask("GET", "/checked?from=2026-11-01&limit=5&exact=true&metric=requests&window=day");
    expect(body).toEqual({ from: "2026-11-01", limit: 5, exact: true, metric: ["requests"], window: "day" });
    expect((await ask("GET", "/checked?from=x&metric=a&metric=b")).body.metric).toEqual(["a", "b"]);
  });

  test.each([
    ["/checked?from=x&window=week", "Parameter window should be one of hour, day."],
    ["/checked?from=x&limit=0", "Parameter limit should be an integer from 1 to 100."],
    ["/checked?from=x&limit=many", "Parameter limit should be an integer from 1 to 100."],
    ["/checked?from=x&exact=perhaps", "Parameter exact should be true or false."],
    ["/checked", "Parameter from is required: text: An instant such as 2026-11-01T00:00:00Z."],
    ["/checked?from=x&limits=1", "Parameter limits is not known here; known: window, limit, from, metric, exact."],
    ["/checked?from=x&from=y", "Parameter from should be text: An instant such as 2026-11-01T00:00:00Z."],
    ["/checked/none", "Parameter id should be an integer of at least 1."],
  ])("%s is refused with the parameter's name and what it should be", async (url, detail) => {
    expect(await ask("GET", url)).toMatchObject({ status: 400, body: { checked: "request/invalid", detail } });
  });

  test("path parameters stay text for the route", async () => {
    expect((await ask("GET", "/checked/7")).body).toEqual({ id: "7" });
  });
});

describe("buildServer: bodies", () => {
  const send = (payload: string | Buffer, type?: string, url = "/small/echo") =>
    ask("POST", url, { payload, headers: type === undefined ? READER : { ...READER, "content-type": type } });

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON",
    "application/cloudevents+json",
  ])("%s is parsed as JSON", async (type) => {
    expect((await send('{"a":[1]}', type)).body).toEqual({ json: { a: [1] } });
  });

  test("a form is handed on with repeated names kept", async () => {
    const { body } = await send("k[]=1&k%5B%5D=2+3", "application/x-www-form-urlencoded");
    expect(body).toEqual({
      form: [
        ["k[]", "1"],
        ["k[]", "2 3"],
      ],
    });
  });

  test("an empty body is no body, whatever its type says and whatever the method is", async () => {
    expect((await send("", "application/json")).body).toEqual({ json: "none" });
    expect((await send("")).body).toEqual({ json: "none" });
    expect((await ask("DELETE", "/small/things/1", { headers: JSON_HEADERS })).body).toEqual({ json: "none" });
    expect((await ask("GET", "/small/things", { headers: JSON_HEADERS })).status).toBe(200);
  });

  test("DELETE may have a body", async () => {
    const { body } = await ask("DELETE", "/small/things/1", { headers: JSON_HEADERS, payload: '{"recursive":true}' });
    expect(body).toEqual({ json: { recursive: true } });
  });

  test.each([
    ["{", "application/json", 400, "The body is not valid JSON."],
    [Buffer.from([0x22, 0xff, 0x22]), "application/json", 400, "The body is not valid JSON."],
    ["a,b", "text/csv", 415, "Bodies of type text/csv are not read here. Send application/json."],
    ["x", undefined, 415, "Bodies without Content-Type are not read here. Send application/json."],
    ["x", "nonsense", 415, "The Content-Type header is not a media type."],
    [`"${"x".repeat(1_000)}"`, "application/json", 413, "The body is too large."],
  ])("%s of type %s is refused with %d", async (payload, type, status, message) => {
    expect(await send(payload, type)).toMatchObject({ status, body: { small: message } });
  });

  test("a compressed body is refused by name, not taken for broken JSON", async () => {
    const headers = { ...JSON_HEADERS, "content-encoding": "gzip" };
    const refusal = { status: 415, body: { small: "Bodies with Content-Encoding gzip are not read here." } };
    const payload = Buffer.from([0x1f, 0x8b]);
    expect(await ask("POST", "/small/echo", { payload, headers })).toMatchObject(refusal);
    const lineHeaders = { ...headers, "content-type": "application/x-ndjson" };
    expect(await ask("POST", "/small/lines", { payload, headers: lineHeaders })).toMatchObject(refusal);
  });

  test("a route may have a smaller bound than the server", async () => {
    expect((await send('"123456"', "application/json", "/small/lean")).status).toBe(200);
    expect((await send('"1234567"', "application/json", "/small/lean")).status).toBe(413);
  });

  test("a route that takes no body does not care what it is", async () => {
    expect((await send("{", "application/json", "/small/careless")).body).toEqual({ json: "none" });
    expect((await send("x", "text/csv", "/small/careless")).body).toEqual({ json: "none" });
  });

  test("an unread body has no bound and any type; an empty one is an empty stream", async () => {
    const bytes = Buffer.alloc(5_000, "x");
    expect((await send(bytes, "image/png", "/small/bytes")).body).toEqual({ bytes: 5_000 });
    expect((await send(bytes, undefined, "/small/bytes")).body).toEqual({ bytes: 5_000 });
    expect((await send("", undefined, "/small/bytes")).body).toEqual({ bytes: 0 });
  });

  test("a route can take some types unread and others parsed", async () => {
    expect((await send("x\n".repeat(2_000), "application/x-ndjson", "/small/lines")).body).toEqual({ bytes: 4_000 });
    expect((await send("[1]", "application/json", "/small/lines")).body).toEqual({ json: [1] });
    expect(await send("1\n", "application/x-ndjson")).toMatchObject({ status: 415 });
    expect(await send("1", "text/csv", "/small/lines")).toMatchObject({
      body: { small: "Bodies of type text/csv are not read here. Send application/json, application/x-ndjson." },
    });
  });
});

describe("buildServer: answers", () => {
  test("integers keep their digits, the type is JSON, the route's headers are sent", async () => {
    const response = await app.inject({ url: "/small/big", headers: READER });
    expect(response.body).toBe('{"n":9007199254740993}');
    expect(response.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(response.headers["cache-control"]).toBe("no-store");
  });

  test("204 has neither body nor type", async () => {
    const response = await app.inject({ url: "/small/nothing", headers: READER });
    expect([response.statusCode, response.body, response.headers["content-type"]]).toEqual([204, "", undefined]);
  });

  test("a stream is sent as it is", async () => {
    const response = await app.inject({ url: "/small/file", headers: READER });
    expect([response.body, response.headers["content-type"]]).toEqual(["png", "image/png"]);
  });

  test("every answer carries a request id: the client's where it is one", async () => {
    const chosen = { ...READER, "x-request-id": "trace-1.a" };
    expect((await ask("GET", "/small/things", { headers: chosen })).headers["x-request-id"]).toBe("trace-1.a");
    const bad = { ...READER, "x-request-id": "<script>" };
    expect((await ask("GET", "/small/things", { headers: bad })).headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect((await ask("GET", "/unknown")).headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("buildServer: failures", () => {
  test("a defect is 500 without details for the client, and with its stack in the log", async () => {
    const { logger, lines } = buildLogSink();
    const logged = buildSmallServer({ logger });
    const response = await logged.inject({ url: "/small/broken", headers: READER });
    expect([response.statusCode, response.json()]).toEqual([500, { small: "Something went wrong on the server." }]);
    expect(response.body).not.toContain("hunter2");
    const failure = lines.find((line) => line.message === "request failed: internal/unexpected")!;
    expect((failure.err as Error & { cause: Error }).cause.stack).toContain("small-dialect");
    await logged.close();
  });

  test("Retry-After is in whole seconds, rounded up", async () => {
    const refused = await ask("POST", "/small/bytes", { payload: "stop" });
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "2"]);
  });
});

describe("buildServer: log", () => {
  test("one line per request says who asked what, and no secret", async () => {
    const { logger, lines } = buildLogSink();
    const logged = buildSmallServer({ logger });
    await logged.inject({ url: "/small/things?token=hunter2&page=2", headers: READER });
    await logged.inject({ url: "/small/%zz?token=hunter2" });
    await logged.inject({ url: "/unknown" });
    expect(lines).toMatchObject([
      { method: "GET", target: "/small/things?token=[hidden]&page=2", status: 200, dialect: "small", principal: "t1" },
      { method: "GET", target: "/small/%zz?token=[hidden]", status: 400, principal: null },
      { method: "GET", target: "/unknown", status: 404, dialect: null, principal: null },
    ]);
    expect(lines.every((line) => typeof line.durationMs === "number")).toBe(true);
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|Bearer|reader/);
    await logged.close();
  });

  test("of a target that is as long as a page only the beginning is logged", async () => {
    const { logger, lines } = buildLogSink();
    const logged = buildSmallServer({ logger });
    await logged.inject({ url: `/small/things?ids=${"x".repeat(400_000)}`, headers: READER });
    expect(lines).toMatchObject([{ target: expect.stringMatching(/^\/small\/things\?ids=x{8174}…$/), status: 200 }]);
    await logged.close();
  });
});

describe("buildServer: health", () => {
  const pings = {
    ok: async () => {},
    down: async () => Promise.reject(new Error("down")),
    never: () => new Promise<void>(() => {}),
  };
  const build = (health: { name: string; ping(): Promise<void> }[]) =>
    buildSmallServer({ health, limits: { bodyBytesMax: 1_000, requestsPerSecondMax: 0, pingMsMax: 5 } });

  test("the process is alive without a token, also when nothing else is", async () => {
    const server = build([{ name: "store", ping: pings.down }]);
    const response = await server.inject("/healthz");
    expect([response.statusCode, response.json()]).toEqual([200, { status: "ok" }]);
    await server.close();
  });

  test("it is ready when everything answers", async () => {
    const server = build([
      { name: "store", ping: pings.ok },
      { name: "catalogue", ping: pings.ok },
    ]);
    const response = await server.inject("/readyz");
    expect([response.statusCode, response.json()]).toEqual([
      200,
      { status: "ok", checks: { store: "ok", catalogue: "ok" } },
    ]);
    await server.close();
  });

  test("it says what failed and what does not answer in time", async () => {
    const server = build([
      { name: "store", ping: pings.down },
      { name: "catalogue", ping: pings.never },
    ]);
    const response = await server.inject("/readyz");
    expect(response.statusCode).toBe(503);
    expect(response.json().checks).toEqual({ store: "failed", catalogue: "no answer within 5 ms" });
    await server.close();
  });
});

describe("buildServer: rate limit", () => {
  test("more requests of one token than the bound are refused with Retry-After; others and health checks are not", async () => {
    const limited = buildSmallServer({ limits: { bodyBytesMax: 1_000, requestsPerSecondMax: 2 } });
    const get = (url: string, headers: Record<string, string>) => limited.inject({ url, headers });
    const statuses = [];
    const told = [];
    for (let i = 0; i < 3; i++) {
      const { statusCode, headers } = await get("/small/any", READER);
      statuses.push(statusCode);
      told.push(...Object.keys(headers).filter((name) => name.includes("ratelimit")));
    }
    const refused = await get("/small/things", READER);
    expect([statuses, told]).toEqual([[200, 200, 429], []]);
    expect(refused.json()).toEqual({ small: "Rate limit of 2 request per second has been reached. Retry later." });
    expect(refused.headers["retry-after"]).toBe("1");
    expect(Object.keys(refused.headers).filter((name) => name.includes("ratelimit"))).toEqual([]);
    expect((await get("/small/any", WRITER)).statusCode).toBe(200);
    for (let i = 0; i < 5; i++) expect((await get("/healthz", {})).statusCode).toBe(200);
    await limited.close();
  });
});

describe("buildServer: construction", () => {
  test("two routes for the same method and path are refused at the start", async () => {
    const twice = { ...smallDialect, routes: [smallDialect.routes[0]!, smallDialect.routes[0]!] };
    const server = buildSmallServer({ dialects: [twice] });
    await expect(server.ready().then(() => "ready")).rejects.toThrow(/already declared/);
  });

  test("two servers at once do not know of each other", async () => {
    const other = buildSmallServer({ authenticate: async () => ({ ok: false, why: "unknown" }) });
    expect((await other.inject({ url: "/small/things", headers: READER })).statusCode).toBe(401);
    expect((await ask("GET", "/small/things")).status).toBe(200);
    await other.close();
  });
});
