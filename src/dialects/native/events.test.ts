/**
 * How a stream of events is submitted: part by part, a bounded number of them ahead of the commit, and what is said when
 * it fails on the way. The intake is the real one; it is only watched, or closed at a chosen moment.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Route, RouteRequest } from "../../model/route.ts";
import { AppError } from "../../platform/errors.ts";
import type { Intake, Submission } from "../../sources/intake.ts";
import { openWholeServer, type WholeServer } from "../whole-server.contract.ts";
import { buildEventsRoute } from "./events.ts";

const LIMITS = { batchRecordsMax: 10, eventBytesMax: 1_000 };

let server: WholeServer;
beforeEach(async () => {
  server = await openWholeServer(Date.parse("2026-11-20T12:00:00Z"));
  await server.catalog.createOrganization({ id: 42, name: "Example" });
});
afterEach(() => server.close());

/** Lines of events with the ids `e<from>` to `e<until - 1>`, as one chunk. */
function chunk(from: number, until: number): Buffer {
  const ids = Array.from({ length: until - from }, (_, index) => `e${from + index}`);
  const event = { specversion: "1.0", source: "cdn", type: "assetmeter.api", time: "2026-11-20T10:00:00Z" };
  return Buffer.from(ids.map((id) => `${JSON.stringify({ ...event, id })}\n`).join(""));
}

/** Sends chunks as one stream of lines, without a server in between. */
async function sendLines(intake: Intake, chunks: Iterable<Buffer> | AsyncIterable<Buffer>, limits = LIMITS) {
  const route: Route<never> = buildEventsRoute({ intake, limits }) as Route<never>;
  const request: RouteRequest = {
    method: "POST",
    path: route.path,
    params: {},
    query: new URLSearchParams(),
    values: {},
    headers: { "content-type": "application/x-ndjson" },
    body: chunks,
    address: "127.0.0.1",
    baseUrl: "http://localhost",
    principal: { id: "t", organization: 42, name: "t", role: "admin", scopes: ["admin"], spaces: null, user: null },
  };
  return route.answer(route.readParameters(request), request);
}

/** How many lines a part has. */
function linesOf({ records }: Submission): number {
  if (!("text" in records)) throw new Error("Lines are submitted as text.");
  return Buffer.from(records.text).toString().trimEnd().split("\n").length;
}

describe("buildEventsRoute: lines", () => {
  test("a part is submitted only after the one before it is committed", async () => {
    const submitted: number[] = [];
    let running = 0;
    let runningMax = 0;
    const watched: Intake = {
      ...server.intake,
      submit: async (submission) => {
        submitted.push(linesOf(submission));
        runningMax = Math.max(runningMax, ++running);
        const receipt = await server.intake.submit(submission);
        running -= 1;
        return receipt;
      },
    };
    const answer = await sendLines(watched, [chunk(0, 35)]);
    expect(submitted).toEqual([10, 10, 10, 5]);
    expect(runningMax).toBe(1);
    expect(answer.body).toMatchObject({ received: 35, accepted: 35 });
  });

  test("parts of 2,000 lines are on their way at once, three at most, and answered in their order", async () => {
    let running = 0;
    let runningMax = 0;
    const submitted: number[] = [];
    const watched: Intake = {
      submit: async (submission) => {
        submitted.push(linesOf(submission));
        runningMax = Math.max(runningMax, ++running);
        const receipt = await server.intake.submit(submission);
        running -= 1;
        return receipt;
      },
      close: () => server.intake.close(),
    };
    const lines = [chunk(0, 8_000), Buffer.from("not JSON\n"), chunk(8_000, 9_000)];
    const answer = await sendLines(watched, lines, { ...LIMITS, batchRecordsMax: 10_000 });
    expect(submitted).toEqual([2_000, 2_000, 2_000, 2_000, 1_001]);
    expect(runningMax).toBe(3);
    expect(answer.body).toMatchObject({ received: 9_001, accepted: 9_000, receipts: [{ index: 8_000 }] });
  });

  test("what a later part took in is not said to be taken in when an earlier one failed", async () => {
    let part = 0;
    const failing: Intake = {
      submit: (submission) => {
        part += 1;
        if (part === 2) return Promise.reject(new AppError("store/unavailable", "Nothing of it was counted."));
        return server.intake.submit(submission);
      },
      close: () => server.intake.close(),
    };
    const sent = sendLines(failing, [chunk(0, 6_000)], { ...LIMITS, batchRecordsMax: 6_000 });
    await expect(sent).rejects.toMatchObject({
      code: "store/unavailable",
      message: expect.stringContaining("The first 2000 events were taken in before"),
    });
    const [counts] = (await server.store.readSourceCounts(42)).filter(({ source }) => source === "cdn");
    expect(counts).toMatchObject({ accepted: 4_000 });
  });

  test("a failure on the way says how many are counted, and sending all again counts none twice", async () => {
    async function* closingOnTheWay() {
      yield chunk(0, 20);
      // Both parts of the first chunk are on disk before the intake closes: close waits for what it has accepted.
      await server.intake.close();
      yield chunk(20, 40);
    }
    await expect(sendLines(server.intake, closingOnTheWay())).rejects.toMatchObject({
      code: "sources/overloaded",
      message: expect.stringContaining("The first 20 events were taken in before"),
    });
    const [counts] = (await server.store.readSourceCounts(42)).filter(({ source }) => source === "cdn");
    expect(counts).toMatchObject({ received: 20, accepted: 20 });
  });

  test("a connection that breaks leaves what had arrived counted", async () => {
    async function* breaking() {
      yield chunk(0, 15);
      throw Object.assign(new Error("aborted"), { code: "ECONNRESET" });
    }
    await expect(sendLines(server.intake, breaking())).rejects.toThrow("aborted");
    const [counts] = (await server.store.readSourceCounts(42)).filter(({ source }) => source === "cdn");
    expect(counts).toMatchObject({ received: 15, accepted: 15 });
  });
});
