/**
 * Any events, split, ordered and repeated in any way and sent by several clients at once, give the totals of each of them
 * once.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openWholeServer } from "../src/dialects/whole-server.contract.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00Z");
const DAY_MS = 86_400_000;
const AUTHORIZATION = { authorization: "Bearer admin" };
const IDS = 12;

/** What an event of an id says, wherever and however often it comes. */
const event = fc.record({
  kind: fc.constantFrom("api", "delivery", "upload"),
  daysAgo: fc.nat(3),
  bytes_out: fc.nat(1_000_000),
  size_delta: fc.integer({ min: -1_000, max: 1_000 }),
});

/** Batches by ids: with repetitions within and between them, in any order, each for one of three clients. */
const batches = fc.array(fc.array(fc.nat(IDS - 1), { minLength: 1, maxLength: 10 }), { maxLength: 8 });

describe("POST /usage/v1/events", () => {
  it("counts each event once, whatever the split, order and repetition", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: IDS, maxLength: IDS }), batches, async (events, sent) => {
        const server = await openWholeServer(NOW_MS);
        try {
          await server.catalog.createOrganization({ id: 42, name: "Example" });
          await server.createToken("admin");
          const clients = [0, 1, 2].map(async (client) => {
            for (const ids of sent.filter((_, index) => index % 3 === client)) await send(server, ids, events);
          });
          await Promise.all(clients);
          const arrived = [...new Set(sent.flat())];
          expect(await readTotals(server)).toEqual(totalsOf(arrived, events));
        } finally {
          await server.close();
        }
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

type WholeServer = Awaited<ReturnType<typeof openWholeServer>>;
type Sent = {
  readonly kind: string;
  readonly daysAgo: number;
  readonly bytes_out: number;
  readonly size_delta: number;
};

async function send({ app }: WholeServer, ids: readonly number[], events: readonly Sent[]): Promise<void> {
  const batch = ids.map((id) => {
    const { kind, daysAgo, ...data } = events[id] as Sent;
    const time = new Date(NOW_MS - daysAgo * DAY_MS).toISOString();
    return { specversion: "1.0", id: `event ${id}`, source: "any", type: `assetmeter.${kind}`, time, data };
  });
  const headers = { ...AUTHORIZATION, "content-type": "application/cloudevents-batch+json" };
  const answer = await app.inject({ method: "POST", url: "/usage/v1/events", headers, payload: JSON.stringify(batch) });
  expect(answer.json()).toMatchObject({ received: ids.length, rejected: 0 });
}

/** By kind and day: requests, bytes sent, change of size. */
async function readTotals({ app }: WholeServer): Promise<Record<string, readonly number[]>> {
  const range = "start=2026-11-01&end=2026-12-01&window=day&group_by=kind&empty=omit";
  const url = `/usage/v1/query?metric=requests,bytes_out,size_change&${range}`;
  const { rows } = (await app.inject({ url, headers: AUTHORIZATION })).json();
  return Object.fromEntries(
    rows.map(({ start, group, values }: { start: string; group: { kind: string }; values: Record<string, number> }) => [
      `${group.kind} ${start.slice(0, 10)}`,
      [values.requests, values.bytes_out, values.size_change],
    ]),
  );
}

function totalsOf(ids: readonly number[], events: readonly Sent[]): Record<string, readonly number[]> {
  const totals: Record<string, [number, number, number]> = {};
  for (const id of ids) {
    const { kind, daysAgo, bytes_out, size_delta } = events[id] as Sent;
    const key = `${kind} ${new Date(NOW_MS - daysAgo * DAY_MS).toISOString().slice(0, 10)}`;
    const [count, bytes, size] = totals[key] ?? [0, 0, 0];
    totals[key] = [count + 1, bytes + bytes_out, size + size_delta];
  }
  return totals;
}
