/**
 * The part of every UsageStore's suite that is about corrections: what they change, and that taking one back changes
 * nothing.
 */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MEASURE_MAX } from "../model/usage-event.ts";
import type { UsageRow } from "../model/usage-row.ts";
import type { CorrectionOrder } from "./correction-order.ts";
import { buildBatch, buildRow, buildScan, type UsageStoreContract } from "./usage-store.contract.ts";
import { ROLLUP_TABLES, type UsageStore, type UsageTable } from "./usage-store.ts";

const DAY_MS = 86_400_000;
const DAY_ONE_MS = Date.UTC(2026, 2, 1);
const TABLES: readonly UsageTable[] = ["usage_raw", ...ROLLUP_TABLES];

/** Voids the rows with these ids of source `s`; the rest as given. */
function buildOrder(rows: readonly UsageRow[], fields: Partial<CorrectionOrder> = {}): CorrectionOrder {
  return {
    organization: 1,
    source: "s",
    target: { by: "ids", identities: rows.map((row) => row.identity) },
    replacements: [],
    reason: "sent by mistake",
    author: "t1 Ada",
    madeMs: DAY_ONE_MS + 1000,
    isPreview: false,
    ...fields,
  };
}

/** Runs the suite. */
export function runCorrectionContract(contract: UsageStoreContract): void {
  describe(`corrections (${contract.name})`, () => {
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

    /** Requests and bytes sent, which every table must agree on. */
    const totals = async (from: UsageStore = store): Promise<bigint[]> => {
      const sums = [
        { measure: "count", kinds: null },
        { measure: "bytesOut", kinds: null },
      ] as const;
      const perTable = await Promise.all(
        TABLES.map(async (table) => (await from.scan(buildScan({ sums }, table)))[0]?.sums.map(BigInt) ?? []),
      );
      for (const other of perTable) expect(other).toEqual(perTable[0]);
      return perTable[0] ?? [];
    };
    const revert = (number: number | null, organization = 1) =>
      store.revertCorrection({ organization, number: number ?? 0, reason: "was right", author: "t2", madeMs: 9 });

    it("take the events with these ids out of every number, and say what changed", async () => {
      const [a, b] = [buildRow("a", { bytesOut: 100 }), buildRow("b", { bytesOut: 7 })];
      await store.append(buildBatch([a, b]));
      const outcome = await store.correct(buildOrder([buildRow("never sent"), a]));
      const change = { count: -1n, bytesIn: 0n, bytesOut: -100n, sizeDelta: 0n, objectsDelta: 0n };
      expect(outcome).toEqual({ number: 1, events: 1, change, changed: [1] });
      expect(await totals()).toEqual([1n, 7n]);
      expect(await store.rebuildRollups()).toEqual([]);
    });

    it("leave the event known: sent again it is a duplicate and stays void", async () => {
      const a = buildRow("a");
      await store.append(buildBatch([a]));
      await store.correct(buildOrder([a]));
      expect(await store.append(buildBatch([a]))).toEqual({ duplicates: [0] });
      expect(await totals()).toEqual([0n, 0n]);
    });

    it("take nothing away twice, whether by id again or by a range that holds the event", async () => {
      const [a, b] = [buildRow("a"), buildRow("b")];
      await store.append(buildBatch([a, b]));
      await store.correct(buildOrder([a]));
      expect(await store.correct(buildOrder([a]))).toMatchObject({ number: null, events: 0, changed: [] });
      const range = { by: "range", startMs: DAY_ONE_MS, endMs: DAY_ONE_MS + 1 } as const;
      expect(await store.correct(buildOrder([], { target: range }))).toMatchObject({ number: 2, events: 1 });
      expect(await totals()).toEqual([0n, 0n]);
    });

    it("of a range take the events of that source alone, from its start up to and without its end", async () => {
      const at = (id: string, ms: number, source = "s") => buildRow(id, { timeMs: DAY_ONE_MS + ms, source });
      await store.append(buildBatch([at("a", -1), at("b", 0), at("c", 9), at("d", 10), at("e", 5, "t")]));
      const target = { by: "range", startMs: DAY_ONE_MS, endMs: DAY_ONE_MS + 10 } as const;
      expect(await store.correct(buildOrder([], { target }))).toMatchObject({ events: 2 });
      expect(await totals()).toEqual([3n, 0n]);
    });

    it("see neither the events nor the corrections of another organization", async () => {
      const foreign = buildRow("a", { organization: 2 });
      await store.append(buildBatch([foreign, buildRow("a")]));
      expect(await store.correct(buildOrder([foreign]))).toMatchObject({ events: 0 });
      const { number } = await store.correct(buildOrder([buildRow("a")]));
      expect(await revert(number, 2)).toBeNull();
      expect(await store.readCorrections(2)).toEqual([]);
    });

    it("put a replacement in the event's place, also on another day and for another space", async () => {
      const a = buildRow("a", { bytesOut: 100, space: 1 });
      await store.append(buildBatch([a]));
      const right = buildRow("a", { bytesOut: 40, space: 2, timeMs: DAY_ONE_MS + 3 * DAY_MS, operation: "new one" });
      const outcome = await store.correct(buildOrder([a], { replacements: [right] }));
      expect(outcome).toMatchObject({ events: 1, change: { count: 0n, bytesOut: -60n } });
      const bySpace = await store.scan(buildScan({ groupBy: ["space"] }, "usage_asset_per_day"));
      expect(bySpace.map(({ group, sums }) => [group[0], sums[0]])).toEqual([
        [1, 0n],
        [2, 1n],
      ]);
      expect(await totals()).toEqual([1n, 40n]);
      expect(await store.rebuildRollups()).toEqual([]);
      await store.close();
      store = await opened.reopen();
      expect((await store.scan(buildScan({ filter: { operation: ["new one"] } })))[0]?.sums).toEqual([1n]);
    });

    it("void a replaced event at its new time, and refuse to revert the replacement first", async () => {
      const a = buildRow("a", { bytesOut: 100 });
      await store.append(buildBatch([a]));
      const right = buildRow("a", { bytesOut: 40, timeMs: DAY_ONE_MS + 5 });
      const first = await store.correct(buildOrder([a], { replacements: [right] }));
      const target = { by: "range", startMs: DAY_ONE_MS + 5, endMs: DAY_ONE_MS + 6 } as const;
      const second = await store.correct(buildOrder([], { target }));
      expect(await totals()).toEqual([0n, 0n]);
      await expect(revert(first.number)).rejects.toMatchObject({ code: "catalog/conflict" });
      await revert(second.number);
      expect(await totals()).toEqual([1n, 40n]);
      await revert(first.number);
      expect(await totals()).toEqual([1n, 100n]);
    });

    it("that are looked at beforehand say the same and change nothing", async () => {
      const a = buildRow("a", { bytesOut: 100 });
      await store.append(buildBatch([a]));
      const order = buildOrder([a], { replacements: [buildRow("a", { bytesOut: 1, operation: "unheard of" })] });
      const preview = await store.correct({ ...order, isPreview: true });
      expect(await totals()).toEqual([1n, 100n]);
      expect(await store.readCorrections(1)).toEqual([]);
      expect(await store.correct(order)).toEqual({ ...preview, number: 1 });
    });

    it("are listed newest first with reason, author, time and what became of them", async () => {
      const [a, b] = [buildRow("a"), buildRow("b")];
      await store.append(buildBatch([a, b]));
      await store.correct(buildOrder([a]));
      await store.correct(buildOrder([b], { reason: "test data" }));
      expect(await revert(1)).toMatchObject({ number: 1, reverted: { reason: "was right", author: "t2", timeMs: 9 } });
      const plain = { organization: 1, action: "void", source: "s", range: null, events: 1, author: "t1 Ada" };
      expect(await store.readCorrections(1)).toEqual([
        { ...plain, number: 2, reason: "test data", madeMs: DAY_ONE_MS + 1000, reverted: null },
        {
          ...plain,
          number: 1,
          reason: "sent by mistake",
          madeMs: DAY_ONE_MS + 1000,
          reverted: { reason: "was right", author: "t2", timeMs: 9 },
        },
      ]);
      await expect(revert(1)).rejects.toMatchObject({ code: "catalog/conflict" });
      expect(await revert(99)).toBeNull();
    });

    it("have sums that are exact above 2^63, taken away and given back", async () => {
      const rows = Array.from({ length: 1500 }, (_, n) => buildRow(`r${n}`, { bytesOut: MEASURE_MAX }));
      await store.append(buildBatch(rows));
      const target = { by: "range", startMs: DAY_ONE_MS, endMs: DAY_ONE_MS + 1 } as const;
      const { number, change } = await store.correct(buildOrder([], { target }));
      expect(change.bytesOut).toBe(BigInt(MEASURE_MAX) * -1500n);
      expect(await totals()).toEqual([0n, 0n]);
      await revert(number);
      expect(await totals()).toEqual([1500n, BigInt(MEASURE_MAX) * 1500n]);
      expect(await store.rebuildRollups()).toEqual([]);
    });

    it("void an event on both arrivals when its id was counted twice, and are remembered with it", async () => {
      const horizonMs = contract.dedupeHorizonDays * DAY_MS;
      const a = buildRow("a", { bytesOut: 3 });
      await store.append(buildBatch([a]));
      await store.append(buildBatch([a], { receivedMs: DAY_ONE_MS + horizonMs + 1 }));
      expect(await totals()).toEqual([2n, 6n]);
      expect(await store.correct(buildOrder([a]))).toMatchObject({ events: 2 });
      expect(await totals()).toEqual([0n, 0n]);
    });

    it("of a range that begins before the kept raw rows are refused, because the single events are gone", async () => {
      const old = buildRow("old", { timeMs: DAY_ONE_MS - 100 * DAY_MS });
      await store.append(buildBatch([old], { receivedMs: DAY_ONE_MS - 90 * DAY_MS }));
      const { number } = await store.correct(buildOrder([old]));
      expect(await store.deleteExpired({ usage_raw: DAY_ONE_MS - 10 * DAY_MS })).toBe(2);
      const target = { by: "range", startMs: 0, endMs: DAY_ONE_MS } as const;
      await expect(store.correct(buildOrder([], { target }))).rejects.toMatchObject({ code: "catalog/conflict" });
      await expect(revert(number)).rejects.toMatchObject({ code: "catalog/conflict" });
      expect(await store.rebuildRollups()).toEqual([]);
    });

    it("are taken back while their events are there, also of a time before which others have been dropped", async () => {
      const late = buildRow("late", { timeMs: DAY_ONE_MS - 100 * DAY_MS, bytesOut: 5 });
      const old = buildRow("old", { timeMs: late.timeMs });
      await store.append(buildBatch([old], { receivedMs: DAY_ONE_MS - 90 * DAY_MS }));
      await store.append(buildBatch([late]));
      expect(await store.deleteExpired({ usage_raw: DAY_ONE_MS - 10 * DAY_MS })).toBe(1);
      const { number } = await store.correct(buildOrder([late]));
      expect(await store.readEvents(1, [late.identity])).toMatchObject([{ counts: false }]);
      await revert(number);
      expect(await store.readEvents(1, [late.identity])).toMatchObject([{ counts: true, bytesOut: 5 }]);
      const sums = [{ measure: "bytesOut", kinds: null }] as const;
      expect(await store.scan(buildScan({ sums }, "usage_total_per_day"))).toMatchObject([{ sums: [5n] }]);
    });

    it("keep a replaced event whole while either of its times is kept, and drop it whole afterwards", async () => {
      const at = (id: string, days: number, bytesOut: number) =>
        buildRow(id, { timeMs: DAY_ONE_MS - days * DAY_MS, bytesOut });
      const arrived = { receivedMs: DAY_ONE_MS - 90 * DAY_MS };
      const [later, earlier] = [at("a", 95, 1), at("b", 60, 2)];
      await store.append(buildBatch([later, earlier, at("c", 95, 4)], arrived));
      await store.correct(buildOrder([later], { replacements: [at("a", 60, 10)] }));
      await store.correct(buildOrder([earlier], { replacements: [at("b", 95, 20)] }));
      expect(await store.deleteExpired({ usage_raw: DAY_ONE_MS - 80 * DAY_MS })).toBe(1);
      expect(await store.readEvents(1, [later.identity, earlier.identity])).toMatchObject([
        { counts: true, bytesOut: 10 },
        { counts: true, bytesOut: 20 },
      ]);
      expect(await store.correct(buildOrder([later, earlier]))).toMatchObject({ change: { bytesOut: -30n } });
      await revert(3);
      await revert(2);
      await revert(1);
      const sums = [{ measure: "bytesOut", kinds: null }] as const;
      expect(await store.scan(buildScan({ sums }, "usage_total_per_day"))).toMatchObject([{ sums: [7n] }]);
      // Each of the two: the fact, two rows of its replacement, one of the void, and the opposite of these three.
      expect(await store.deleteExpired({ usage_raw: DAY_ONE_MS - 50 * DAY_MS })).toBe(14);
    });

    it("show in what is remembered of an event: counting, replaced, void, never seen", async () => {
      const [a, b, c] = [buildRow("a", { bytesOut: 5 }), buildRow("b"), buildRow("c", { count: 2 })];
      await store.append(buildBatch([a, b, c]));
      await store.correct(buildOrder([a], { replacements: [buildRow("a", { bytesOut: 8 })] }));
      await store.correct(buildOrder([c]));
      const identities = [a, b, c, buildRow("never")].map((row) => row.identity);
      const plain = { receivedMs: DAY_ONE_MS, timeMs: DAY_ONE_MS, kind: "api", count: 1, bytesOut: 0, counts: true };
      expect(await store.readEvents(1, identities)).toMatchObject([
        { ...plain, bytesOut: 8, corrections: [1] },
        { ...plain, corrections: [] },
        { ...plain, count: 2, counts: false, corrections: [2] },
        null,
      ]);
      expect(await store.readEvents(2, identities)).toEqual([null, null, null, null]);
    });

    it("change nothing when taken back, whatever they were and whatever stands beside them", async () => {
      const correction = fc.record({
        ids: fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { minLength: 1, maxLength: 5 }),
        byRange: fc.boolean(),
        replaces: fc.boolean(),
        day: fc.integer({ min: 0, max: 2 }),
      });
      type Correction = typeof correction extends fc.Arbitrary<infer Value> ? Value : never;
      const rowOf = (id: number, more: Partial<UsageRow> = {}) =>
        buildRow(String(id), {
          timeMs: DAY_ONE_MS + (id % 3) * DAY_MS,
          bytesOut: id * 10,
          space: (id % 2) + 1,
          ...more,
        });
      const orderOf = ({ ids, byRange, replaces, day }: Correction): CorrectionOrder => {
        const startMs = DAY_ONE_MS + day * DAY_MS;
        if (byRange) return buildOrder([], { target: { by: "range", startMs, endMs: startMs + DAY_MS } });
        const replacements = replaces ? ids.map((id) => rowOf(id, { timeMs: startMs, bytesOut: 1 + id })) : [];
        return buildOrder(
          ids.map((id) => rowOf(id)),
          { replacements },
        );
      };
      const readAll = async (from: UsageStore) =>
        (
          await from.scan(
            buildScan(
              { groupBy: ["space"], windows: { split: "step", originMs: 0, stepMs: DAY_MS } },
              "usage_asset_per_day",
            ),
          )
        )
          .map(({ windowIndex, group, sums }) => [windowIndex, group[0], ...sums])
          .filter((row) => row[2] !== 0n);
      await fc.assert(
        fc.asyncProperty(fc.array(correction, { maxLength: 3 }), correction, async (standing, last) => {
          const fresh = await contract.open();
          try {
            await fresh.store.append(buildBatch(Array.from({ length: 10 }, (_, id) => rowOf(id))));
            for (const one of standing) await fresh.store.correct(orderOf(one));
            const before = [await readAll(fresh.store), await totals(fresh.store)];
            const { number } = await fresh.store.correct(orderOf(last));
            expect((await totals(fresh.store))[0]).toBeGreaterThanOrEqual(0n);
            if (number !== null) {
              await fresh.store.revertCorrection({ organization: 1, number, reason: "r", author: "a", madeMs: 1 });
            }
            expect([await readAll(fresh.store), await totals(fresh.store)]).toEqual(before);
            expect(await fresh.store.rebuildRollups()).toEqual([]);
          } finally {
            await fresh.store.close();
            await fresh.dispose();
          }
        }),
        { numRuns: 15 },
      );
    });
  });
}
