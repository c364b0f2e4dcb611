/** The intake: what is counted for whom, what repeats add, how commits are shared, and what failures leave behind. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { AppError } from "../platform/errors.ts";
import type { AppendBatch, UsageStore } from "../store/usage-store.ts";
import type { IntakeReceipt } from "./intake.ts";
import { openTestIntake, TEST_NOW_MS, type TestIntake, type TestIntakeOptions } from "./open-intake.contract.ts";

let opened: TestIntake;
const open = async (options: TestIntakeOptions = {}) => {
  opened = await openTestIntake(options);
  return opened;
};
afterEach(() => opened.close());

type Fields = Record<string, unknown>;
const event = (id: string, data: Fields = {}, more: Fields = {}) => ({
  specversion: "1.0",
  id,
  source: "cms",
  type: "assetmeter.api",
  data,
  ...more,
});

const shortOf = (receipt: IntakeReceipt) => receipt.results.map(({ result, reason }) => reason ?? result);

/** A store whose appends wait until the test lets them go on, and which can be told to fail. */
function heldStore() {
  const batches: AppendBatch[] = [];
  const goOn: (() => void)[] = [];
  let failure: Error | null = null;
  const wrapStore = (store: UsageStore): UsageStore => ({
    ...store,
    async append(batch) {
      batches.push(batch);
      await new Promise<void>((resolve) => goOn.push(resolve));
      if (failure !== null) throw failure;
      return store.append(batch);
    },
  });
  return {
    wrapStore,
    batches,
    fail: (error: Error | null) => {
      failure = error;
    },
    /** Lets the running commit end; resolves when it has begun. */
    async release() {
      while (goOn.length === 0) await new Promise((resolve) => setImmediate(resolve));
      goOn.shift()?.();
    },
  };
}

describe("a submission", () => {
  test("measures are stored as they were sent, for every kind", async () => {
    const { intake, events, readSums } = await open();
    const measures = { count: 2, bytes_in: 3, bytes_out: 5, size_delta: -7, objects_delta: -1 };
    const kinds = ["api", "delivery", "upload", "delete", "transcode", "addon"];
    const receipt = await intake.submit(
      events(kinds.map((kind) => event(kind, measures, { type: `assetmeter.${kind}` }))),
    );
    expect(receipt).toMatchObject({ received: 6, accepted: 6, duplicates: 0, rejected: 0, rejectedByReason: {} });
    expect(receipt).toMatchObject({ firstEventMs: TEST_NOW_MS, lastEventMs: TEST_NOW_MS });
    expect(await readSums()).toEqual(Object.fromEntries(kinds.map((kind) => [kind, [2, 3, 5, -7, -1]])));
  });

  test("a bad event does not spoil its batch, and each record's result stands at its place", async () => {
    const { intake, events, readCounts } = await open();
    const batch = [event("1"), "nonsense", event("2", { count: -1 }), event("1"), event("3")];
    const receipt = await intake.submit(events(batch));
    expect(shortOf(receipt)).toEqual(["accepted", "not-an-event", "bad-number", "duplicate", "accepted"]);
    expect(receipt.results.map(({ index, id }) => [index, id])).toEqual([
      [0, "1"],
      [1, null],
      [2, "2"],
      [3, "1"],
      [4, "3"],
    ]);
    expect(receipt).toMatchObject({ received: 5, accepted: 2, duplicates: 1, rejected: 2 });
    expect(await readCounts("cms")).toMatchObject({
      received: 4,
      accepted: 2,
      duplicates: 1,
      rejected: { "bad-number": 1 },
    });
    expect(await readCounts("events")).toMatchObject({ received: 1, accepted: 0, rejected: { "not-an-event": 1 } });
  });

  test("an empty one is answered without a commit", async () => {
    const held = heldStore();
    const { intake, events } = await open({ wrapStore: held.wrapStore });
    expect(await intake.submit(events([]))).toMatchObject({ received: 0, results: [] });
    expect(held.batches).toEqual([]);
  });

  test("its checkpoint is committed with it, also when no record was left", async () => {
    const { intake, events, store, organization } = await open();
    const checkpoint = { stream: "a.log", position: "17", watermarkMs: TEST_NOW_MS };
    await intake.submit(events([], { checkpoint }));
    expect(await store.readCheckpoint(organization, "events", "a.log")).toBe("17");
  });

  test("what lies further ahead than the tolerance is refused, what lies exactly there is taken", async () => {
    const { intake, events } = await open();
    const at = (ms: number) => ({ time: new Date(TEST_NOW_MS + ms).toISOString() });
    const receipt = await intake.submit(events([event("1", {}, at(600_000)), event("2", {}, at(600_001))]));
    expect(shortOf(receipt)).toEqual(["accepted", "in-future"]);
  });
});

describe("counting once", () => {
  const batch = [event("1", { bytes_out: 10 }), event("2", { bytes_out: 20 }), event("3", { bytes_out: 30 })];

  test("the same batch again adds nothing and is answered as duplicates", async () => {
    const { intake, events, readSums } = await open();
    await intake.submit(events(batch));
    expect(shortOf(await intake.submit(events(batch)))).toEqual(["duplicate", "duplicate", "duplicate"]);
    expect(await readSums()).toEqual({ api: [3, 0, 60, 0, 0] });
  });

  test("the same batch twice at the same moment is one accepted and one duplicate", async () => {
    const { intake, events, readSums } = await open();
    const receipts = await Promise.all([1, 2, 3].map(() => intake.submit(events(batch))));
    expect(receipts.map(({ accepted }) => accepted).sort()).toEqual([0, 0, 3]);
    expect(receipts.map(({ duplicates }) => duplicates).sort()).toEqual([0, 3, 3]);
    expect(await readSums()).toEqual({ api: [3, 0, 60, 0, 0] });
  });

  test("the same id is another event from another source or organization", async () => {
    const { intake, events, readSums, catalog, organization } = await open();
    const other = await catalog.createOrganization({ name: "Other" });
    await intake.submit(events([event("1"), event("1", {}, { source: "shop" })]));
    const receipt = await intake.submit(events([event("1")], { organization: other.id }));
    expect(receipt.accepted).toBe(1);
    expect(other.id).not.toBe(organization);
    expect(await readSums()).toEqual({ api: [2, 0, 0, 0, 0] });
  });

  test("any split and order of any events, sent any number of times, gives the same sums", async () => {
    const { intake, events, readSums } = await open();
    const ids = Array.from({ length: 10 }, (_, i) => `e${i}`);
    const all = ids.map((id, i) => event(id, { bytes_out: 2 ** i }));
    const pieces = fc.array(fc.shuffledSubarray(all), { minLength: 1, maxLength: 4 });
    await intake.submit(events(all));
    await fc.assert(
      fc.asyncProperty(pieces, async (batches) => {
        const receipts = await Promise.all(batches.map((piece) => intake.submit(events(piece))));
        for (const { received, duplicates } of receipts) expect(duplicates).toBe(received);
        expect(await readSums()).toEqual({ api: [10, 0, 1_023, 0, 0] });
      }),
      { numRuns: 15 },
    );
  });
});

describe("shared commits", () => {
  test("a lone submission is committed at once, those that come meanwhile share the next commit", async () => {
    const held = heldStore();
    const { intake, events } = await open({ wrapStore: held.wrapStore });
    const receipts = ["a", "b", "c", "d"].map((id) => intake.submit(events([event(id)])));
    await held.release();
    await receipts[0];
    await held.release();
    await Promise.all(receipts);
    expect(held.batches.map(({ rows }) => rows.length)).toEqual([1, 3]);
  });

  test("a commit takes as many rows as allowed, and a larger submission in one piece", async () => {
    const held = heldStore();
    const { intake, events } = await open({ wrapStore: held.wrapStore, limits: { commitRowsMax: 3 } });
    const sizes = [1, 2, 1, 1, 5, 1];
    const receipts = sizes.map((size, i) =>
      intake.submit(events(Array.from({ length: size }, (_, k) => event(`${i}-${k}`)))),
    );
    for (let commit = 0; commit < 5; commit++) await held.release();
    expect((await Promise.all(receipts)).map(({ accepted }) => accepted)).toEqual(sizes);
    expect(held.batches.map(({ rows }) => rows.length)).toEqual([1, 3, 1, 5, 1]);
  });

  test("more than the allowed number of waiting records is refused before anything is counted", async () => {
    const held = heldStore();
    const { intake, events, readSums } = await open({ wrapStore: held.wrapStore, limits: { queueRecordsMax: 3 } });
    const first = intake.submit(events([event("1"), event("2"), event("3"), event("4")]));
    const refused = intake.submit(events([event("5")]));
    await expect(refused).rejects.toMatchObject({ code: "sources/overloaded", retryAfterS: expect.any(Number) });
    await held.release();
    expect((await first).accepted).toBe(4);
    const again = intake.submit(events([event("5")]));
    await held.release();
    expect((await again).accepted).toBe(1);
    expect((await readSums()).api?.[0]).toBe(5);
  });

  test("close commits what waits and refuses what comes after", async () => {
    const held = heldStore();
    const { intake, events } = await open({ wrapStore: held.wrapStore });
    const receipts = [intake.submit(events([event("1")])), intake.submit(events([event("2")]))];
    const closed = intake.close();
    await expect(intake.submit(events([event("3")]))).rejects.toMatchObject({ code: "sources/overloaded" });
    await held.release();
    await held.release();
    await closed;
    expect((await Promise.all(receipts)).map(({ accepted }) => accepted)).toEqual([1, 1]);
    await intake.close();
  });

  test("a failed commit rejects all of its submissions, counts nothing, and the next one is tried anew", async () => {
    const held = heldStore();
    const { intake, events, readSums, readCounts } = await open({ wrapStore: held.wrapStore });
    held.fail(new Error("disk full"));
    const settled = Promise.allSettled(["a", "b", "c"].map((id) => intake.submit(events([event(id), "bad"]))));
    await held.release();
    await held.release();
    for (const result of await settled) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "store/unavailable" } });
    }
    expect(await readSums()).toEqual({});
    expect(await readCounts("events")).toBeUndefined();
    held.fail(null);
    const again = intake.submit(events([event("a"), event("b"), event("c")]));
    await held.release();
    expect((await again).accepted).toBe(3);
  });

  test("a store's own error passes on with its code", async () => {
    const held = heldStore();
    const { intake, events } = await open({ wrapStore: held.wrapStore });
    held.fail(new AppError("store/held", "Another process has the file."));
    const refused = expect(intake.submit(events([event("1")]))).rejects.toMatchObject({ code: "store/held" });
    await held.release();
    await refused;
  });
});
