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

describe("sources", () => {
  test("a source is in the catalogue before anything is counted under its name", async () => {
    const held = heldStore();
    const { intake, events, catalog, organization } = await open({ wrapStore: held.wrapStore });
    const submitted = intake.submit(events([event("1"), event("2", { count: -1 }, { source: "only bad" })]));
    while (held.batches.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const names = (await catalog.listSources(organization)).map(({ name, format }) => `${name}: ${format}`);
    expect(names).toEqual(["cms: cloudevents", "events: cloudevents", "only bad: cloudevents"]);
    await held.release();
    await submitted;
  });

  test("more sources than allowed are refused, also from submissions at the same moment, and counted under known ones", async () => {
    const { intake, events, catalog, organization, readCounts } = await open({
      limits: { sourcesPerOrganizationMax: 3 },
    });
    const from = (source: string) => events([event("1", {}, { source })]);
    const receipts = await Promise.all(["a", "b", "c", "d"].map((source) => intake.submit(from(source))));
    expect(receipts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(2);
    expect(receipts.reduce((sum, receipt) => sum + (receipt.rejectedByReason["too-many-sources"] ?? 0), 0)).toBe(2);
    expect(await catalog.listSources(organization)).toHaveLength(3);
    expect(await readCounts("events")).toMatchObject({ received: 2, rejected: { "too-many-sources": 2 } });
  });

  test("when even the submission's source is too many, its records are counted under (other)", async () => {
    const { intake, events, readCounts } = await open({ limits: { sourcesPerOrganizationMax: 1 } });
    await intake.submit(events([event("1", {}, { source: "events" })]));
    const more = { source: "new" };
    const receipt = await intake.submit(
      events([event("1", {}, { source: "new" }), "bad", event("2", {}, { source: "events" })], more),
    );
    expect(shortOf(receipt)).toEqual(["too-many-sources", "not-an-event", "accepted"]);
    expect(await readCounts("(other)")).toMatchObject({ received: 2, accepted: 0 });
    expect(await readCounts("events")).toMatchObject({ received: 2, accepted: 2 });
  });

  test("more distinct operations than allowed become (other), per source", async () => {
    const { intake, events, store, organization } = await open({ limits: { operationsPerSourceMax: 2 } });
    const operations = ["a", "b", "c", "a", "d", ""];
    await intake.submit(events(operations.map((operation, i) => event(`${i}`, { operation }))));
    await intake.submit(events([event("x", { operation: "c" }, { source: "shop" })]));
    const rows = await store.scan({
      organization,
      segments: [{ table: "usage_raw", startMs: 0, endMs: Date.UTC(2030, 0, 1) }],
      filter: {},
      groupBy: ["operation"],
      sums: [{ measure: "count", kinds: null }],
      windows: null,
      keep: null,
      orderBySum: null,
      rowsMax: null,
    });
    expect(Object.fromEntries(rows.map((row) => [row.group[0], Number(row.sums[0])]))).toEqual({
      "": 1,
      "(other)": 2,
      a: 2,
      b: 1,
      c: 1,
    });
  });
});

describe("spaces", () => {
  test("an unknown space is refused, also when it was refused before and exists by then", async () => {
    const { intake, events, catalog, organization } = await open();
    const batch = [event("1", { space_id: 1 }), event("2", { space_id: 9 })];
    expect(shortOf(await intake.submit(events(batch)))).toEqual(["accepted", "unknown-space"]);
    await catalog.createSpace({ organization, id: 9, name: "Nine" });
    expect(shortOf(await intake.submit(events(batch)))).toEqual(["duplicate", "accepted"]);
  });

  test("another organization's space is an unknown space, in the same words", async () => {
    const { intake, events, catalog } = await open();
    const other = await catalog.createOrganization({ name: "Other" });
    await catalog.createSpace({ organization: other.id, id: 77, name: "Theirs" });
    const receipt = await intake.submit(events([event("1", { space_id: 77 }), event("2", { space_id: 78 })]));
    const details = receipt.results.map(({ detail }) => detail?.replace(/7[78]/, "N"));
    expect(details[0]).toBe(details[1]);
    expect(shortOf(receipt)).toEqual(["unknown-space", "unknown-space"]);
  });

  test("a record that names none takes the submission's", async () => {
    const { intake, events, store, organization } = await open();
    await intake.submit(events([event("1"), event("2", { space_id: 2 })], { space: 1 }));
    const rows = await store.scan({
      organization,
      segments: [{ table: "usage_raw", startMs: 0, endMs: Date.UTC(2030, 0, 1) }],
      filter: {},
      groupBy: ["space"],
      sums: [{ measure: "count", kinds: null }],
      windows: null,
      keep: null,
      orderBySum: null,
      rowsMax: null,
    });
    expect(rows.map((row) => [row.group[0], Number(row.sums[0])])).toEqual(
      expect.arrayContaining([
        [1, 1],
        [2, 1],
      ]),
    );
  });

  test("a sender that is limited to some spaces writes into these and into no others, nor into none", async () => {
    const { intake, events, catalog, organization } = await open();
    await catalog.createAsset({ organization, id: 10, path: "/mine.jpg", space: 1 });
    await catalog.createAsset({ organization, id: 20, path: "/theirs.jpg", space: 2 });
    const batch = [
      event("1", { space_id: 1 }),
      event("2", { space_id: 2 }),
      event("3"),
      event("4", { asset_id: 10 }),
      event("5", { asset_id: 20 }),
      event("6", { asset_id: 20, space_id: 1 }),
      event("7", { asset_id: 30 }),
      event("8", { asset_id: 40, space_id: 1 }),
    ];
    const receipt = await intake.submit(events(batch, { allowedSpaces: [1] }));
    expect(shortOf(receipt)).toEqual([
      "accepted",
      "unknown-space",
      "unknown-space",
      "accepted",
      "unknown-asset",
      "unknown-asset",
      "unknown-asset",
      "accepted",
    ]);
    expect(await catalog.readAsset(organization, 30)).toBeNull();
    expect((await catalog.readAsset(organization, 40))?.space).toBe(1);
  });
});

describe("things", () => {
  test("assets, buckets and users that are new are registered by the first record that names them", async () => {
    const { intake, events, catalog, organization } = await open();
    const data = { space_id: 1, asset_id: 5, bucket_id: "media", user_id: 6 };
    const receipt = await intake.submit(
      events([event("1", data), event("2", data), event("3", { ...data, count: -1, asset_id: 7 })]),
    );
    expect(shortOf(receipt)).toEqual(["accepted", "accepted", "bad-number"]);
    expect(await catalog.readAsset(organization, 5)).toMatchObject({ space: 1 });
    expect(await catalog.readAsset(organization, 7)).toBeNull();
    expect((await catalog.listBuckets(organization)).map(({ id, space }) => [id, space])).toEqual([["media", 1]]);
    expect(await catalog.readUser(organization, 6)).toMatchObject({ role: "member" });
  });

  test("a source that does not register refuses what the catalogue does not have", async () => {
    const { intake, events, catalog, organization } = await open();
    await catalog.ensureSource({ organization, name: "cms", format: "cloudevents", registersUnknown: false });
    await catalog.createAsset({ organization, id: 5, path: "/a.jpg", space: 1 });
    await catalog.createBucket({ organization, id: "media", name: "Media" });
    await catalog.createUser({ organization, id: 6, name: "Six", role: "member" });
    const batch = [
      event("1", { asset_id: 5, bucket_id: "media", user_id: 6 }),
      event("2", { asset_id: 8 }),
      event("3", { bucket_id: "other" }),
      event("4", { user_id: 9 }),
    ];
    expect(shortOf(await intake.submit(events(batch)))).toEqual([
      "accepted",
      "unknown-asset",
      "unknown-bucket",
      "unknown-user",
    ]);
    const byAnother = event("5", { asset_id: 8, bucket_id: "other", user_id: 9 }, { source: "shop" });
    expect(shortOf(await intake.submit(events([byAnother])))).toEqual(["accepted"]);
    expect(shortOf(await intake.submit(events(batch)))).toEqual(["duplicate", "accepted", "accepted", "accepted"]);
  });

  test("an event that names an asset and no space takes the asset's space, one that names both keeps its own", async () => {
    const { intake, events, catalog, organization, store } = await open();
    await catalog.createAsset({ organization, id: 5, path: "/a.jpg", space: 2 });
    await intake.submit(events([event("1", { asset_id: 5 }), event("2", { asset_id: 5, space_id: 1 })], { space: 1 }));
    const rows = await store.scan({
      organization,
      segments: [{ table: "usage_raw", startMs: 0, endMs: Date.UTC(2030, 0, 1) }],
      filter: { asset: [5] },
      groupBy: ["space"],
      sums: [{ measure: "count", kinds: null }],
      windows: null,
      keep: null,
      orderBySum: null,
      rowsMax: null,
    });
    expect(rows.map((row) => row.group[0]).sort()).toEqual([1, 2]);
  });

  test("another organization's asset of the same number is not this one", async () => {
    const { intake, events, catalog, organization } = await open();
    const other = await catalog.createOrganization({ name: "Other" });
    await catalog.createSpace({ organization: other.id, id: 1, name: "Theirs" });
    await catalog.createAsset({ organization: other.id, id: 5, path: "/theirs.jpg", space: 1 });
    await intake.submit(events([event("1", { asset_id: 5 })]));
    expect((await catalog.readAsset(organization, 5))?.path).not.toBe("/theirs.jpg");
    expect((await catalog.readAsset(organization, 5))?.space).toBeNull();
  });

  test("a catalogue that is down refuses the submission and nothing of it is counted", async () => {
    const { intake, events, catalog, readSums } = await open();
    await intake.submit(events([event("1")]));
    await catalog.close();
    await expect(intake.submit(events([event("2", { space_id: 1 })]))).rejects.toMatchObject({
      code: "catalog/unavailable",
    });
    expect((await readSums()).api?.[0]).toBe(1);
  });
});
