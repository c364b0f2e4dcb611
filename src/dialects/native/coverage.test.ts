/**
 * What the coverage of sources says of what was sent in, over the whole server.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWholeServer, type WholeServer } from "../whole-server.contract.ts";

let server: WholeServer;
beforeEach(async () => {
  server = await openWholeServer(Date.parse("2026-11-20T12:00:00Z"));
  await server.catalog.createOrganization({ id: 42, name: "Example" });
  await server.catalog.createSpace({ organization: 42, id: 606, name: "Site" });
  await server.catalog.createSpace({ organization: 42, id: 707, name: "Shop" });
  await server.createToken("admin");
});
afterEach(() => server.close());

async function ask(query: string, token = "admin") {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await server.app.inject({ url: `/usage/v1/coverage?${query}`, headers });
  return { status: answer.statusCode, body: answer.json() };
}

const sendLog = async (source: string, log: string, format = "combined") => {
  const headers = { authorization: "Bearer admin", "content-type": "text/plain" };
  const url = `/usage/v1/logs?source=${source}&format=${format}`;
  return (await server.app.inject({ method: "POST", url, headers, payload: log })).json();
};

const line = (time: string, path = "/a") =>
  `192.0.2.1 - - [20/Nov/2026:${time} +0000] "GET ${path} HTTP/1.1" 200 7 "-" "x"\n`;

/** Lines at 02:00, 02:59:59 and 05:10, and one that is none. */
const LOG = `${line("02:00:00")}${line("02:59:59")}${line("05:10:00")}nonsense\n`;

const none = {
  ...{ received: 0, accepted: 0, late: 0, duplicates: 0, size_unknown: 0, rejected: 0, rejected_by_reason: {} },
  ...{ duplicates_differ: 0, cache: { hit: 0, miss: 0, other: 0 } },
};

const bunny = (id: string, cache: string, bytes: number) =>
  `${cache}|200|${Date.parse("2026-11-20T03:00:00Z")}|${bytes}|39001|192.0.2.0|-|https://cdn.example.com/a.jpg|DE|Demo/1.0|${id.repeat(32)}|DE\n`;

describe("GET /usage/v1/coverage 200", () => {
  test("counts cache results, and apart those lines whose request id came before with other bytes", async () => {
    await sendLog("edge", bunny("a", "HIT", 10) + bunny("b", "MISS", 10) + bunny("c", "BYPASS", 10), "bunny");
    await sendLog("edge", bunny("a", "HIT", 10) + bunny("b", "HIT", 12) + bunny("b", "MISS", 10), "bunny");
    const { body } = await ask("source=edge&start=2026-11-20&end=2026-11-21");
    const hour = { ...none, hour: "2026-11-20T03:00:00.000Z" };
    const cache = { hit: 1, miss: 1, other: 1 };
    expect(body.sources[0].hours).toEqual([
      { ...hour, received: 3, accepted: 3, cache },
      { ...none, hour: "2026-11-20T12:00:00.000Z", received: 3, duplicates: 3, duplicates_differ: 1 },
    ]);
  });

  test("says per hour what became of a log that was sent twice, and names the hours between that have nothing", async () => {
    for (const _ of [1, 2]) await sendLog("cdn", LOG);
    const { status, body } = await ask("source=cdn&start=2026-11-20&end=2026-11-21");
    expect(status).toBe(200);
    expect(body).toEqual({
      start: "2026-11-20T00:00:00.000Z",
      end: "2026-11-21T00:00:00.000Z",
      sources: [
        {
          name: "cdn",
          complete_until: "2026-11-20T12:00:00.000Z",
          watermark: null,
          hours: [
            { ...none, hour: "2026-11-20T02:00:00.000Z", received: 2, accepted: 2 },
            { ...none, hour: "2026-11-20T05:00:00.000Z", received: 1, accepted: 1 },
            {
              ...none,
              hour: "2026-11-20T12:00:00.000Z",
              ...{ received: 5, duplicates: 3, rejected: 2, rejected_by_reason: { malformed: 2 } },
            },
          ],
          gaps: [{ start: "2026-11-20T03:00:00.000Z", end: "2026-11-20T05:00:00.000Z", hours: 2 }],
          gaps_left_out: 0,
        },
      ],
    });
  });

  test("counts what was stored without a size beside what was accepted, each once", async () => {
    const rules = [{ match: { method: "PUT" }, set: { kind: "upload", bucket: "b" } }];
    const settings = { name: "store", format: "json-lines", rules };
    await server.app.inject({
      method: "POST",
      url: "/usage/v1/sources",
      headers: { authorization: "Bearer admin" },
      payload: settings,
    });
    const put = (id: string, bytes: string) =>
      `${JSON.stringify({ time: "1795154400", id, method: "PUT", uri: `/${id}`, status: "200", bytes_out: "0", bytes_in: bytes })}\n`;
    for (const _ of [1, 2]) await sendLog("store", put("known", "7") + put("unknown", ""), "json-lines");
    const { body } = await ask("source=store&start=2026-11-20&end=2026-11-21");
    expect(body.sources[0].hours).toMatchObject([
      { accepted: 2, size_unknown: 1, duplicates: 0 },
      { accepted: 0, size_unknown: 0, duplicates: 2 },
    ]);
  });

  test("shows the last seven days in whole hours and every source that was set up, unless asked otherwise", async () => {
    await sendLog("cdn", line("02:00:00"));
    await server.catalog.ensureSource({ organization: 42, name: "quiet", format: "s3" });
    const { body } = await ask("");
    expect(body).toMatchObject({ start: "2026-11-13T12:00:00.000Z", end: "2026-11-20T12:00:00.000Z" });
    expect(body.sources).toMatchObject([
      { name: "cdn", hours: [{ accepted: 1 }], gaps: [] },
      { name: "quiet", hours: [], gaps: [] },
    ]);
    const part = await ask("start=2026-11-20T02:59:00Z&end=2026-11-20T04:01:00%2B01:00");
    expect(part.body).toMatchObject({ start: "2026-11-20T02:00:00.000Z", end: "2026-11-20T04:00:00.000Z" });
  });

  test("names no gap behind the time up to which a source is complete: its log may still come", async () => {
    const source = { organization: 42, name: "slow", format: "combined" as const };
    await server.catalog.ensureSource({ ...source, latenessBoundMs: 8 * 3_600_000 });
    await sendLog("slow", `${line("01:00:00")}${line("03:00:00")}${line("06:00:00")}`);
    const { body } = await ask("source=slow");
    expect(body.sources[0].complete_until).toBe("2026-11-20T04:00:00.000Z");
    expect(body.sources[0].gaps).toMatchObject([{ start: "2026-11-20T02:00:00.000Z", hours: 1 }]);
  });

  test("hides the sources of other spaces from a token that is limited to one", async () => {
    await server.createToken("limited", { spaces: [606] });
    for (const [name, space] of [["site", 606] as const, ["shop", 707] as const, ["all", null] as const]) {
      await server.catalog.ensureSource({ organization: 42, name, format: "combined", space });
    }
    const { body } = await ask("", "limited");
    expect(body.sources.map(({ name }: { name: string }) => name)).toEqual(["site"]);
    expect((await ask("source=shop", "limited")).status).toBe(404);
  });
});

describe("GET /usage/v1/coverage 400 and 404", () => {
  test("an impossible time, a range that ends before it starts, and too long a one are said", async () => {
    expect((await ask("start=2026-02-30")).body).toMatchObject({ status: 400, code: "query/invalid" });
    expect((await ask("start=2026-11-20&end=2026-11-20")).body.code).toBe("query/invalid");
    expect((await ask("start=1970-01-01")).body.code).toBe("query/range-too-long");
  });

  test("a source that nothing ever came from is not found", async () => {
    expect(await ask("source=nothing")).toMatchObject({ status: 404, body: { code: "catalog/not-found" } });
  });
});
