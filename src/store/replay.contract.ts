/**
 * The part of every UsageStore's suite that is about refused records that are taken in again.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildBatch, buildRow, type UsageStoreContract } from "./usage-store.contract.ts";
import type { RejectedRecords, ReplayableRecord, ReplayedRecord, UsageStore } from "./usage-store.ts";

const HOUR_MS = 3_600_000;
const DAY_ONE_MS = Date.UTC(2026, 2, 1);

/** Refused records of source `s`, of which all but those at `…!` can be taken in again. */
function buildRefused(reason: string, positions: readonly string[], source = "s"): RejectedRecords {
  const samples = positions.map((position) => ({
    ...{ position, detail: `why ${position}`, text: position },
    ...(position.endsWith("!") ? {} : { replay: `kept ${position}` }),
  }));
  return { organization: 1, source, reason, count: positions.length, samples };
}

/** Runs the suite. */
export function runReplayContract(contract: UsageStoreContract): void {
  describe(`records that were refused and are taken in again (${contract.name})`, () => {
    let store: UsageStore;
    let opened: Awaited<ReturnType<UsageStoreContract["open"]>>;
    beforeEach(async () => {
      opened = await contract.open();
      store = opened.store;
      opened.setClock(DAY_ONE_MS);
    });
    afterEach(async () => {
      await store.close();
      await opened.dispose();
    });

    const refuse = (rejected: readonly RejectedRecords[], receivedMs = DAY_ONE_MS) =>
      store.append({ ...buildBatch([]), rejected, receivedMs });
    const replayed = (
      { number, reason, receivedMs }: ReplayableRecord,
      refusal: ReplayedRecord["refusal"] = null,
    ): ReplayedRecord => ({ organization: 1, source: "s", number, reason, receivedMs, refusal });
    const countsOf = async (source = "s") =>
      (await store.readSourceCounts(1)).find((counts) => counts.source === source);
    const hours = async () => {
      const read = await store.readSourceHours(1, { source: "s", startMs: 0, endMs: 4e12, rowsMax: 100 });
      return read.map(({ hourMs, accepted, duplicates, rejected }) => {
        return [(hourMs - DAY_ONE_MS) / HOUR_MS, accepted, duplicates, rejected];
      });
    };

    it("are read oldest first, with the text that was kept of them, and say that it is there", async () => {
      await refuse([buildRefused("unmapped", ["a:1", "a:2!"]), buildRefused("unmapped", ["x"], "t")]);
      await refuse([buildRefused("in-future", ["a:3"])], DAY_ONE_MS + 5);
      expect(await store.readReplayable(1, "s")).toMatchObject([
        { reason: "unmapped", receivedMs: DAY_ONE_MS, position: "a:1", replay: "kept a:1" },
        { reason: "unmapped", receivedMs: DAY_ONE_MS, position: "a:2!", replay: "" },
        { reason: "in-future", receivedMs: DAY_ONE_MS + 5, position: "a:3", replay: "kept a:3" },
      ]);
      expect(await store.readReplayable(2, "s")).toEqual([]);
      const listed = (await store.readRejected(1, "s")).map(({ position, canReplay }) => [position, canReplay]);
      expect(listed).toEqual([
        ["a:3", true],
        ["a:2!", undefined],
        ["a:1", true],
      ]);
    });

    it("are accepted or duplicates afterwards and no longer refused, in all and by hour", async () => {
      await refuse([buildRefused("unmapped", ["a:1", "a:2", "a:3!"]), buildRefused("unmapped", ["x"], "t")]);
      const [one, two] = (await store.readReplayable(1, "s")) as [ReplayableRecord, ReplayableRecord];
      const row = buildRow("one", { source: "s", timeMs: DAY_ONE_MS - HOUR_MS });
      const batch = { ...buildBatch([row, row]), receivedMs: DAY_ONE_MS + 2 * HOUR_MS };
      await store.append({ ...batch, replayed: [replayed(one), replayed(two)] });
      expect(await countsOf()).toMatchObject({ received: 3, accepted: 1, duplicates: 1, rejected: { unmapped: 1 } });
      expect(await countsOf("t")).toMatchObject({ received: 1, rejected: { unmapped: 1 } });
      expect(await hours()).toEqual([
        [-1, 1, 0, {}],
        [0, 0, 0, { unmapped: 1 }],
        [2, 0, 1, {}],
      ]);
      expect((await store.readRejected(1, "s")).map(({ position }) => position)).toEqual(["a:3!"]);
    });

    it("that are refused once more stay where they are, under the reason of now", async () => {
      await refuse([buildRefused("unmapped", ["a:1", "a:2"])]);
      const kept = await store.readReplayable(1, "s");
      const refusal = { reason: "unknown-space", detail: "no space 9" };
      const again = { ...buildBatch([]), receivedMs: DAY_ONE_MS + HOUR_MS };
      await store.append({ ...again, replayed: kept.map((record) => replayed(record, refusal)) });
      expect(await countsOf()).toMatchObject({ received: 2, rejected: { "unknown-space": 2 } });
      expect((await countsOf())?.rejected).toEqual({ "unknown-space": 2 });
      expect(await hours()).toEqual([[0, 0, 0, { "unknown-space": 2 }]]);
      expect(await store.readRejected(1, "s")).toMatchObject([
        { ...refusal, position: "a:2", receivedMs: DAY_ONE_MS, canReplay: true },
        { ...refusal, position: "a:1", receivedMs: DAY_ONE_MS, canReplay: true },
      ]);
      const moved = await store.readReplayable(1, "s");
      expect(moved.map(({ number }) => number)).toEqual(kept.map(({ number }) => number));
      const back = { reason: "unmapped", detail: "why" };
      await store.append({ ...again, replayed: moved.map((record) => replayed(record, back)) });
      expect((await countsOf())?.rejected).toEqual({ unmapped: 2 });
      await store.append({ ...again, replayed: moved.map((record) => ({ ...replayed(record), reason: "unmapped" })) });
      expect(await countsOf()).toBeUndefined();
      await refuse([buildRefused("unmapped", ["a:3"])]);
      expect(await countsOf()).toMatchObject({ received: 1, rejected: { unmapped: 1 } });
    });

    it("make no hour of its own where the hour that they were refused in has been dropped", async () => {
      await refuse([buildRefused("unmapped", ["a:1", "a:2"])]);
      await store.deleteExpired({ usage_total_per_hour: DAY_ONE_MS + 24 * HOUR_MS });
      const [one, two] = (await store.readReplayable(1, "s")) as [ReplayableRecord, ReplayableRecord];
      const row = buildRow("one", { source: "s", timeMs: DAY_ONE_MS + 30 * HOUR_MS });
      const batch = { ...buildBatch([row]), receivedMs: DAY_ONE_MS + 31 * HOUR_MS };
      const refusal = { reason: "unknown-space", detail: "no space 9" };
      await store.append({ ...batch, replayed: [replayed(one), replayed(two, refusal)] });
      expect(await hours()).toEqual([[30, 1, 0, {}]]);
      expect(await countsOf()).toMatchObject({ received: 2, accepted: 1, rejected: { "unknown-space": 1 } });
    });

    it("change nothing when the commit fails, and can be taken in afterwards", async () => {
      await refuse([buildRefused("unmapped", ["a:1"])]);
      const [one] = (await store.readReplayable(1, "s")) as [ReplayableRecord];
      const before = [await countsOf(), await hours(), await store.readReplayable(1, "s")];
      const broken = buildRow("one", { source: "s", bytesOut: Number.NaN });
      await expect(store.append({ ...buildBatch([broken]), replayed: [replayed(one)] })).rejects.toThrow();
      expect([await countsOf(), await hours(), await store.readReplayable(1, "s")]).toEqual(before);
      await store.append({ ...buildBatch([buildRow("one", { source: "s" })]), replayed: [replayed(one)] });
      expect(await countsOf()).toMatchObject({ received: 1, accepted: 1, rejected: {} });
    });
  });
}
