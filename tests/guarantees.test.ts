/**
 * The edges of docs/guarantees.md, each sent to the whole server as it stands there.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWholeServer, type WholeServer } from "../src/dialects/whole-server.contract.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00Z");
const MAX = "9007199254740991";

let server: WholeServer;
beforeEach(async () => {
  server = await openWholeServer(NOW_MS, { eventBytesMax: 10_000 });
  await server.catalog.createOrganization({ id: 42, name: "Example" });
  await server.createToken("admin");
});
afterEach(() => server.close());

/** An event as text, because half of the edges are no values of JavaScript. */
function line(data: string, over: { readonly id?: string; readonly time?: string } = {}): string {
  const { id = "e", time = "2026-11-20T10:00:00Z" } = over;
  return `{"specversion":"1.0","id":"${id}","source":"s","type":"assetmeter.upload","time":"${time}","data":{${data}}}`;
}

async function send(payload: string, type = "application/x-ndjson") {
  const headers = { authorization: "Bearer admin", "content-type": type };
  const answer = await server.app.inject({ method: "POST", url: "/usage/v1/events?receipts=all", headers, payload });
  return { status: answer.statusCode, body: answer.json() };
}

/** The sum of a metric over everything, as the text of its digits. */
async function readSum(metric: string): Promise<string | undefined> {
  const url = `/usage/v1/query?metric=${metric}&start=1970-01-01&end=2101-01-01`;
  const { body } = await server.app.inject({ url, headers: { authorization: "Bearer admin" } });
  return new RegExp(`"${metric}":(-?\\d+)`).exec(body.slice(body.indexOf('"rows":')))?.[1];
}

/** A row of the table, what is sent for it, what becomes of it, and a sum that shows it exactly. */
const EDGES: readonly (readonly [string, string, string, (readonly [string, string])?])[] = [
  ["a measure of 0", line('"bytes_in":0,"count":0'), "accepted", ["requests", "0"]],
  [`a measure of ${MAX} (2^53-1)`, line(`"bytes_in":${MAX}`), "accepted", ["bytes_in", MAX]],
  ["a measure of 9007199254740992 (2^53) or more", line('"bytes_in":9007199254740992'), "bad-number"],
  ["a negative count or negative bytes", line('"count":-1'), "bad-number"],
  [`a negative delta down to -${MAX}`, line(`"size_delta":-${MAX}`), "accepted", ["size_change", `-${MAX}`]],
  ["-0", line('"bytes_in":-0'), "accepted", ["bytes_in", "0"]],
  ["1.5", line('"bytes_in":1.5'), "bad-number"],
  ["NaN", line('"bytes_in":NaN'), "not-an-event"],
  ["1e400", line('"bytes_in":1e400'), "bad-number"],
  ['a measure as text, `"5"`', line('"bytes_in":"5"'), "bad-number"],
  ['an id of an asset as text, `"5"`', line('"asset_id":"5"'), "accepted"],
  ["an event id of 4,096 bytes", line("", { id: "é".repeat(2048) }), "accepted"],
  ["an event id of 4,097 bytes", line("", { id: `a${"é".repeat(2048)}` }), "field-too-long"],
  ["an unknown space", line('"space_id":9'), "unknown-space"],
  ["1970-01-01T00:00:00Z", line("", { time: "1970-01-01T00:00:00Z" }), "accepted", ["requests", "1"]],
  ["a time before 1970", line("", { time: "1969-12-31T23:59:59Z" }), "bad-time"],
  ["2100-01-01T00:00:00Z", line("", { time: "2100-01-01T00:00:00Z" }), "in-future"],
];

describe("docs/guarantees.md, edges", () => {
  for (const [sent, payload, becomes, sum] of EDGES)
    test(sent, async () => {
      const { status, body } = await send(payload);
      expect(status).toBe(200);
      const [receipt] = body.receipts;
      expect(receipt.reason ?? receipt.result).toBe(becomes);
      if (sum !== undefined) expect(await readSum(sum[0])).toBe(sum[1]);
    });

  test("negative bytes are rejected like negative counts", async () => {
    expect((await send(line('"bytes_out":-1'))).body.receipts).toMatchObject([{ reason: "bad-number" }]);
  });

  test("NaN in a body that is read as a whole is refused with 400", async () => {
    const answer = await send(line('"bytes_in":NaN'), "application/cloudevents+json");
    expect(answer).toMatchObject({ status: 400, body: { code: "request/body-malformed" } });
  });

  test("sums above 2^63 are exact", async () => {
    const lines = Array.from({ length: 1_100 }, (_, n) => line(`"bytes_in":${MAX}`, { id: `e${n}` }));
    expect((await send(lines.join("\n"))).body).toMatchObject({ accepted: 1_100 });
    // 1,100 × 9,007,199,254,740,991 = 9,907,919,180,215,090,100; 2^63 is 9,223,372,036,854,775,808.
    expect(await readSum("bytes_in")).toBe("9907919180215090100");
  });

  test("the table has exactly the rows that are tested", () => {
    const document = readFileSync(resolve(import.meta.dirname, "../docs/guarantees.md"), "utf8");
    const table = document.slice(document.indexOf("| sent |"), document.indexOf("## Not promised"));
    const rows = [...table.matchAll(/^\| (?!sent|---)(.+?) \| (.+?) \|$/gm)].map(([, sent, becomes]) => [
      sent,
      becomes,
    ]);
    const tested = EDGES.map(([sent]) => sent);
    expect(rows.map(([sent]) => sent)).toEqual([...tested.slice(0, 3), "sums above 2^63", ...tested.slice(3)]);
    for (const [sent, , becomes] of EDGES) {
      expect(rows.find((row) => row[0] === sent)?.[1]).toContain(becomes);
    }
  });
});
