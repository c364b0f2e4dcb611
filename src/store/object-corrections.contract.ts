/**
 * The part of every UsageStore's suite that is about corrections of what logs say of objects: whatever is taken away and put
 * back, the deltas that count add up to what the objects have.
 */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ObjectChange, UsageRow } from "../model/usage-row.ts";
import type { CorrectionOrder } from "./correction-order.ts";
import { buildBatch, buildRow, buildScan, type UsageStoreContract } from "./usage-store.contract.ts";
import type { UsageStore } from "./usage-store.ts";

const DAY_MS = 86_400_000;
const DAY_ONE_MS = Date.UTC(2026, 2, 1);
const WHY = { reason: "wrong", author: "t1 Ada" };

/** A request at a millisecond of day one after which the object has so many bytes, or is gone. */
function buildChange(id: string, atMs: number, size: number | null, fields: Partial<UsageRow> = {}): UsageRow {
  const object = { key: "o", size: size ?? 0, exists: size !== null, ...fields.object };
  const kind = size === null ? "delete" : "upload";
  return buildRow(id, { kind, timeMs: DAY_ONE_MS + atMs, ...fields, object });
}

/** Runs the suite. */
export function runObjectCorrectionContract(contract: UsageStoreContract): void {
  describe(`corrections of objects (${contract.name})`, () => {
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

    const append = (...rows: readonly UsageRow[]) => store.append(buildBatch(rows));
    const correct = (rows: readonly UsageRow[], fields: Partial<CorrectionOrder> = {}) => {
      const target = { by: "ids", identities: rows.map(({ identity }) => identity) } as const;
      const order = { organization: 1, source: "s", target, replacements: [], madeMs: 0, isPreview: false, ...WHY };
      return store.correct({ ...order, ...fields });
    };
    const revert = (number: number | null, organization = 1) =>
      store.revertCorrection({ organization, number: number ?? 0, madeMs: 1, ...WHY });
    /** Bytes and objects that are stored; in raw rows, while all are kept, and sums alike. */
    const stored = async (organization = 1) => {
      const sums = [
        { measure: "sizeDelta", kinds: null },
        { measure: "objectsDelta", kinds: null },
      ] as const;
      const [raw, days] = await Promise.all(
        (["usage_raw", "usage_space_per_day"] as const).map((table) =>
          store.scan({ ...buildScan({ sums, groupBy: ["space"] }, table), organization }),
        ),
      );
      const bySpace = (rows: typeof raw) =>
        Object.fromEntries((rows ?? []).map(({ group, sums: both }) => [String(group[0]), both.map(Number)]));
      if ((await store.readKeptFrom()).usage_raw === undefined) expect(bySpace(days)).toEqual(bySpace(raw));
      return Object.values(bySpace(days)).reduce(([a = 0, b = 0], [c = 0, d = 0]) => [a + c, b + d], [0, 0]);
    };

    it("make room for the same log under its right source", async () => {
      const log = (source: string) => [
        buildChange("put", 1, 50, { source }),
        buildChange("larger", 2, 100, { source }),
        buildChange("other", 3, 7, { source, object: { key: "p", size: 7, exists: true } }),
        buildChange("gone", 4, null, { source, object: { key: "p", size: 0, exists: false } }),
      ];
      await append(...log("wrong"));
      const target = { by: "range", startMs: DAY_ONE_MS, endMs: DAY_ONE_MS + 9 } as const;
      await correct([], { source: "wrong", target });
      expect(await stored()).toEqual([0, 0]);
      await append(...log("right"));
      expect(await stored()).toEqual([100, 1]);
    });

    it("let go of an object whose only change they take away, and give back what comes next when it goes", async () => {
      const put = buildChange("put", 5, 100);
      await append(put);
      await correct([put]);
      await append(buildChange("again", 1, 30));
      expect(await stored()).toEqual([30, 1]);
      await append(buildChange("gone", 6, null));
      expect(await stored()).toEqual([0, 0]);
    });

    it("that are taken back leave the object as its newest change says, whatever came meanwhile", async () => {
      const put = buildChange("put", 5, 100);
      await append(put);
      const { number } = await correct([put]);
      await append(buildChange("later", 6, 70));
      await revert(number);
      expect(await stored()).toEqual([70, 1]);
      await append(buildChange("gone", 7, null));
      expect(await stored()).toEqual([0, 0]);
    });

    it("of an upload under its deletion leave nothing, and say beforehand that no byte goes", async () => {
      const put = buildChange("put", 1, 100);
      await append(put, buildChange("gone", 2, null));
      const change = { count: -1n, bytesIn: 0n, bytesOut: 0n, sizeDelta: 0n, objectsDelta: 0n };
      expect(await correct([put], { isPreview: true })).toMatchObject({ change });
      expect(await correct([put])).toMatchObject({ change });
      expect(await stored()).toEqual([0, 0]);
    });

    it("replace what a change says with the deltas that they name, which the next change starts from", async () => {
      const put = buildChange("put", 1, 100);
      await append(put);
      const right = buildRow("put", { kind: "upload", timeMs: put.timeMs, sizeDelta: 80, objectsDelta: 1, space: 2 });
      const { number } = await correct([put], { replacements: [right] });
      expect(await stored()).toEqual([80, 1]);
      await append(buildChange("later", 2, 90));
      expect(await stored()).toEqual([90, 1]);
      await revert(number);
      expect(await stored()).toEqual([90, 1]);
    });

    it("of a version take its bytes alone, and the object while it has no other", async () => {
      const version = (id: string, atMs: number, size: number | null) => {
        const object: ObjectChange = { key: "o", size: size ?? 0, exists: size !== null, keepsVersions: true };
        return buildChange(id, atMs, size, { object });
      };
      const [first, second, gone] = [version("first", 1, 50), version("second", 2, 100), version("gone", 3, null)];
      await append(first, second, gone);
      await correct([gone]);
      expect(await stored()).toEqual([150, 1]);
      const { number } = await correct([first]);
      expect(await stored()).toEqual([100, 1]);
      await correct([second]);
      expect(await stored()).toEqual([0, 0]);
      await revert(number);
      expect(await stored()).toEqual([50, 1]);
    });

    it("of an upload in parts take the object with its completion, and give it back", async () => {
      const upload = (id: string, atMs: number, part: number | null, size: number | null) => {
        const object: ObjectChange = { key: "o", size, exists: part === null, upload: { id: "u", part } };
        return buildRow(id, { kind: "upload", timeMs: DAY_ONE_MS + atMs, object });
      };
      const log = [upload("p1", 1, 1, 60), upload("done", 3, null, null), upload("p2", 2, 2, 50)];
      await append(buildChange("before", 0, 7), ...log);
      expect(await stored()).toEqual([110, 1]);
      const { number } = await correct(log);
      expect(await stored()).toEqual([7, 1]);
      await revert(number);
      expect(await stored()).toEqual([110, 1]);
      await correct(log);
      await append(...log.map((row) => ({ ...row, identity: buildRow(`again ${row.timeMs}`).identity })));
      expect(await stored()).toEqual([110, 1]);
    });

    it("keep the bytes of a change whose fact has been dropped", async () => {
      const old = buildChange("old", -100 * DAY_MS, 40);
      await store.append(buildBatch([old], { receivedMs: DAY_ONE_MS - 90 * DAY_MS }));
      await store.deleteExpired({ usage_raw: DAY_ONE_MS - 10 * DAY_MS });
      const put = buildChange("put", 1, 100);
      await append(put);
      await correct([put]);
      expect(await stored()).toEqual([40, 1]);
      await store.deleteExpired({ usage_raw: DAY_ONE_MS - 10 * DAY_MS });
      await append(buildChange("gone", 2, null));
      expect(await stored()).toEqual([0, 0]);
    });

    it("add up to what the newest changes that count say, in any order of changes, voids and reverts", async () => {
      const sizes = fc.option(fc.integer({ min: 0, max: 9 }));
      const change = fc.record({ key: fc.constantFrom("o", "p"), atMs: fc.nat(5), size: sizes, space: fc.nat(2) });
      const step = fc.record({
        action: fc.constantFrom("append", "append", "void", "void", "revert"),
        chosen: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 4 }),
      });
      let organization = 1;
      const property = fc.asyncProperty(
        fc.array(change, { minLength: 8, maxLength: 8 }),
        fc.array(step, { minLength: 3, maxLength: 12 }),
        async (changes, steps) => {
          const owner = { organization: ++organization };
          const rows = changes.map(({ key, atMs, size, space }, n) => {
            const object = { key, size: size ?? 0, exists: size !== null };
            return buildChange(`c${n}`, atMs, size, { ...owner, object, space: space === 0 ? null : space });
          });
          const sent = new Set<UsageRow>();
          const voided = new Map<UsageRow, number>();
          /** The sums of what the newest change of each object leaves: no store needed. */
          const expected = () => {
            const order = (row: UsageRow) => `${row.timeMs} ${Buffer.from(row.identity).toString("hex")}`;
            const counting = [...sent].filter((row) => !voided.has(row)).sort((a, b) => (order(a) < order(b) ? -1 : 1));
            const newest = new Map(counting.map(({ object }) => [object?.key, object]));
            const objects = [...newest.values()].filter((object) => object?.exists);
            return [objects.reduce((sum, object) => sum + (object?.size ?? 0), 0), objects.length];
          };
          for (const { action, chosen } of steps) {
            const some = chosen.map((n) => rows[n] as UsageRow);
            if (action === "append") {
              await append(...some);
              for (const row of some) sent.add(row);
            } else if (action === "void") {
              const { number, changed } = await correct(some, owner);
              for (const index of changed) voided.set(some[index] as UsageRow, number ?? 0);
            } else {
              const numbers = [...new Set(voided.values())];
              const number = numbers[(chosen[0] ?? 0) % numbers.length];
              if (number === undefined) continue;
              await revert(number, owner.organization);
              for (const [row, by] of voided) if (by === number) voided.delete(row);
            }
            expect(await stored(owner.organization)).toEqual(expected());
          }
          await correct(rows, owner);
          const sums = [{ measure: "sizeDelta", kinds: null }] as const;
          const left = await store.scan({ ...buildScan({ sums, groupBy: ["space"] }), ...owner });
          expect(left.filter(({ sums: [bytes] }) => bytes !== 0n)).toEqual([]);
        },
      );
      await fc.assert(property, { numRuns: 15 });
      expect(await store.rebuildRollups()).toEqual([]);
    });
  });
}
