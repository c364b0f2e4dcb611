/**
 * The shared suite of every UsageStore: what the interface promises, as sentences. An engine's own test file calls
 * `runUsageStoreContract` with its constructor.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GRAIN_MS } from "../model/grain.ts";
import { MEASURE_MAX, USAGE_KINDS } from "../model/usage-event.ts";
import type { UsageRow } from "../model/usage-row.ts";
import {
  type AppendBatch,
  ROLLUP_TABLES,
  USAGE_TABLES,
  type UsageScan,
  type UsageScanRow,
  type UsageStore,
  type UsageTable,
} from "./usage-store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** 2026-03-01T00:00:00Z. */
const DAY_ONE_MS = Date.UTC(2026, 2, 1);

/** What a suite run needs: a way to open an empty store, and to open the same one again after it was closed. */
export type UsageStoreContract = {
  readonly name: string;
  /** Opens a store that nothing is in. `clockMs` is what its clock says. */
  open(): Promise<{
    store: UsageStore;
    reopen(): Promise<UsageStore>;
    setClock(ms: number): void;
    dispose(): Promise<void>;
  }>;
  /** Days that an identity is remembered in the opened stores. */
  readonly dedupeHorizonDays: number;
};

/** A row of organization 1, source `s`, at the start of day one, with one request; the rest as given. */
export function buildRow(id: string, fields: Partial<UsageRow> = {}): UsageRow {
  const row: Omit<UsageRow, "identity"> = {
    source: "s",
    timeMs: DAY_ONE_MS,
    organization: 1,
    kind: "api",
    space: null,
    user: null,
    bucket: null,
    asset: null,
    operation: "",
    count: 1,
    bytesIn: 0,
    bytesOut: 0,
    sizeDelta: 0,
    objectsDelta: 0,
    ...fields,
  };
  const identity = createHash("sha256").update(`${row.organization} ${row.source} ${id}`).digest().subarray(0, 12);
  return { ...row, identity };
}

/** A batch with these rows and nothing else, arrived at day one unless said otherwise. */
export function buildBatch(rows: readonly UsageRow[], fields: Partial<AppendBatch> = {}): AppendBatch {
  return { rows, rejected: [], checkpoints: [], receivedMs: DAY_ONE_MS, ...fields };
}

/** A scan of all of organization 1's time in one table, with the sum of counts, ungrouped; the rest as given. */
export function buildScan(fields: Partial<UsageScan> = {}, table: UsageTable = "usage_raw"): UsageScan {
  return {
    organization: 1,
    segments: [{ table, startMs: 0, endMs: 1000 * 366 * DAY_MS }],
    filter: {},
    groupBy: [],
    sums: [{ measure: "count", kinds: null }],
    windows: null,
    keep: null,
    orderBySum: null,
    rowsMax: null,
    ...fields,
  };
}

/** Runs the suite. */
export function runUsageStoreContract(contract: UsageStoreContract): void {
  describe(`UsageStore (${contract.name})`, () => {
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

    const total = async (scan: Partial<UsageScan> = {}, table: UsageTable = "usage_raw"): Promise<bigint[]> =>
      (await store.scan(buildScan(scan, table)))[0]?.sums.slice() ?? [];

    describe("append", () => {
      it("counts a row in the raw table and in every roll-up", async () => {
        await store.append(buildBatch([buildRow("a", { kind: "delivery", space: 7, asset: 9, bytesOut: 500 })]));
        const sums: UsageScan["sums"] = [
          { measure: "count", kinds: null },
          { measure: "bytesOut", kinds: null },
        ];
        for (const table of ["usage_raw", ...ROLLUP_TABLES] as const) {
          expect(await total({ sums }, table)).toEqual([1n, 500n]);
        }
      });

      it("counts usage of no asset in the asset roll-up too, so that all of its groups add up to the total", async () => {
        await store.append(buildBatch([buildRow("a", { asset: 9 }), buildRow("b")]));
        const groups = await store.scan(buildScan({ groupBy: ["asset"] }, "usage_asset_per_day"));
        expect(groups.map(({ group, sums }) => [group[0], sums[0]])).toEqual([
          [9, 1n],
          [null, 1n],
        ]);
      });

      it("counts a batch sent twice once and names every row of the second as a duplicate", async () => {
        const batch = buildBatch([buildRow("a"), buildRow("b")]);
        expect(await store.append(batch)).toEqual({ duplicates: [] });
        expect(await store.append(batch)).toEqual({ duplicates: [0, 1] });
        expect(await total()).toEqual([2n]);
        expect(await total({}, "usage_total_per_hour")).toEqual([2n]);
      });

      it("counts an identity that occurs three times in one batch once, and keeps the first", async () => {
        const rows = [buildRow("a", { bytesOut: 5 }), buildRow("b"), buildRow("a", { bytesOut: 7 }), buildRow("a")];
        expect(await store.append(buildBatch(rows))).toEqual({ duplicates: [2, 3] });
        expect(await total({ sums: [{ measure: "bytesOut", kinds: null }] })).toEqual([5n]);
      });

      it("recognises an identity that comes again with another time and other measures", async () => {
        await store.append(buildBatch([buildRow("a")]));
        const again = buildRow("a", { timeMs: DAY_ONE_MS + 3 * DAY_MS, count: 40 });
        expect(await store.append(buildBatch([again]))).toEqual({ duplicates: [0] });
        expect(await total()).toEqual([1n]);
      });

      it("takes the same id of another source and of another organization as other facts", async () => {
        await store.append(
          buildBatch([buildRow("a"), buildRow("a", { source: "t" }), buildRow("a", { organization: 2 })]),
        );
        expect(await total()).toEqual([2n]);
        expect(await total({ organization: 2 })).toEqual([1n]);
      });

      it("remembers an identity through the whole horizon and forgets it after", async () => {
        const horizonMs = contract.dedupeHorizonDays * DAY_MS;
        await store.append(buildBatch([buildRow("a")], { receivedMs: DAY_ONE_MS }));
        const lastMoment = await store.append(buildBatch([buildRow("a")], { receivedMs: DAY_ONE_MS + horizonMs }));
        expect(lastMoment.duplicates).toEqual([0]);
        const after = await store.append(buildBatch([buildRow("a")], { receivedMs: DAY_ONE_MS + horizonMs + 1 }));
        expect(after.duplicates).toEqual([]);
      });

      it("commits batches that are appended at the same moment one after another, each identity once", async () => {
        const batches = Array.from({ length: 8 }, (_, n) => buildBatch([buildRow("same"), buildRow(`own ${n}`)]));
        const receipts = await Promise.all(batches.map((batch) => store.append(batch)));
        expect(receipts.flatMap((receipt) => receipt.duplicates)).toHaveLength(7);
        expect(await total()).toEqual([9n]);
      });

      it("accepts an empty batch and a batch of rejections only", async () => {
        expect(await store.append(buildBatch([]))).toEqual({ duplicates: [] });
        const rejected = { organization: 1, source: "s", reason: "bad-time", count: 3, samples: [] };
        await store.append(buildBatch([], { rejected: [rejected] }));
        expect(await store.readSourceCounts(1)).toEqual([
          {
            source: "s",
            received: 3,
            accepted: 0,
            late: 0,
            duplicates: 0,
            rejected: { "bad-time": 3 },
            firstEventMs: null,
            lastEventMs: null,
            watermarkMs: null,
          },
        ]);
      });

      it("keeps everything over close and open", async () => {
        const checkpoint = { organization: 1, source: "s", stream: "f", position: "17", watermarkMs: 5 };
        await store.append(
          buildBatch([buildRow("a", { bucket: "b", operation: "GET" })], { checkpoints: [checkpoint] }),
        );
        await store.close();
        store = await opened.reopen();
        expect(await store.append(buildBatch([buildRow("a")]))).toEqual({ duplicates: [0] });
        expect(await store.readCheckpoint(1, "s", "f")).toBe("17");
        const [row] = await store.scan(buildScan({ groupBy: ["bucket", "operation"] }));
        expect(row?.group).toEqual(["b", "GET"]);
      });
    });

    describe("sums", () => {
      it("are exact above 2^53 and above 2^63, in raw rows and in roll-ups", async () => {
        // 2,000 times 2^53-1 is 18,014,398,509,481,982,000: more than 2^64 / 1.03, and above 2^63.
        const rows = Array.from({ length: 2000 }, (_, n) =>
          buildRow(`r${n}`, { bytesOut: MEASURE_MAX, sizeDelta: -MEASURE_MAX }),
        );
        await store.append(buildBatch(rows));
        const sums: UsageScan["sums"] = [
          { measure: "bytesOut", kinds: null },
          { measure: "sizeDelta", kinds: null },
        ];
        const expected = [BigInt(MEASURE_MAX) * 2000n, BigInt(MEASURE_MAX) * -2000n];
        // Rows that together pass 64 bits must stay apart when rows are merged.
        while (await store.compactStep());
        for (const table of ["usage_raw", ...ROLLUP_TABLES] as const) {
          expect(await total({ sums }, table)).toEqual(expected);
        }
        expect(await store.rebuildRollups()).toEqual([]);
      });

      it("count only the kinds asked for, and are zero where other kinds alone have rows", async () => {
        await store.append(
          buildBatch([buildRow("a", { kind: "upload", bytesIn: 10 }), buildRow("b", { kind: "api", bytesIn: 4 })]),
        );
        const sums: UsageScan["sums"] = [
          { measure: "bytesIn", kinds: ["upload"] },
          { measure: "bytesIn", kinds: ["api", "upload"] },
          { measure: "bytesIn", kinds: ["addon"] },
        ];
        expect(await total({ sums }, "usage_total_per_day")).toEqual([10n, 14n, 0n]);
      });
    });

    describe("scan", () => {
      it("answers no row at all where nothing matches", async () => {
        expect(await store.scan(buildScan())).toEqual([]);
        await store.append(buildBatch([buildRow("a", { space: 5 })]));
        expect(await store.scan(buildScan({ filter: { space: [6] } }))).toEqual([]);
        expect(await store.scan(buildScan({ filter: { space: [] } }))).toEqual([]);
        expect(await store.scan(buildScan({ filter: { operation: ["never seen"] } }))).toEqual([]);
        expect(await store.scan(buildScan({ organization: 2 }))).toEqual([]);
      });

      it("counts a row exactly at the start of a segment and not one exactly at its end", async () => {
        await store.append(buildBatch([buildRow("a"), buildRow("b", { timeMs: DAY_ONE_MS + 1000 })]));
        const segments = [{ table: "usage_raw", startMs: DAY_ONE_MS, endMs: DAY_ONE_MS + 1000 }] as const;
        expect(await total({ segments })).toEqual([1n]);
      });

      it("adds up segments of different tables as one", async () => {
        await store.append(
          buildBatch([0, 1, 2].map((hour) => buildRow(`h${hour}`, { timeMs: DAY_ONE_MS + hour * HOUR_MS }))),
        );
        const segments = [
          { table: "usage_raw", startMs: DAY_ONE_MS, endMs: DAY_ONE_MS + HOUR_MS },
          { table: "usage_total_per_hour", startMs: DAY_ONE_MS + HOUR_MS, endMs: DAY_ONE_MS + 3 * HOUR_MS },
        ] as const;
        expect(await total({ segments })).toEqual([3n]);
      });

      it("filters by every dimension, absent things included", async () => {
        const thing = { space: 3, user: 4, bucket: "b", asset: 6, operation: "GET", kind: "delivery" } as const;
        await store.append(buildBatch([buildRow("with", thing), buildRow("without")]));
        const filters: UsageScan["filter"][] = [
          { space: [3] },
          { user: [4] },
          { bucket: ["b"] },
          { asset: [6] },
          { operation: ["GET"] },
          { kind: ["delivery"] },
          { space: [null] },
          { user: [null] },
          { bucket: [null] },
          { asset: [null] },
          { operation: [""] },
        ];
        for (const filter of filters) expect(await total({ filter })).toEqual([1n]);
        expect(await total({ filter: { space: [3, null] } })).toEqual([2n]);
      });

      it("finds exactly what a long list names, however its values lie and whatever else there is", async () => {
        // Odd ones are named: 1 + 2 + 4 + … + 2^19 in all, of which every other.
        const spaces = Array.from({ length: 20 }, (_, index) => 101 + index);
        const odd = spaces.filter((space) => space % 2 === 1);
        const others = [1, 100, 141, 20_000, MEASURE_MAX, null];
        await store.append(
          buildBatch([
            ...spaces.map((space, index) => buildRow(`s${space}`, { space, bucket: `b${space}`, count: 2 ** index })),
            ...others.map((space) => buildRow(`o${space}`, { space, bucket: `b${space}`, count: 2 ** 30 })),
          ]),
        );
        const named = odd.reduce((sum, space) => sum + 2n ** BigInt(space - 101), 0n);
        const missing = Array.from({ length: 20 }, (_, index) => 102 + 2 * (index + 10));
        for (const list of [odd, [...odd, ...missing], [...odd, 3_000_000, ...missing], [...odd, ...odd]]) {
          expect(await total({ filter: { space: list } })).toEqual([named]);
          expect(await total({ filter: { bucket: list.map((space) => `b${space}`) } })).toEqual([named]);
        }
        const alsoNone = named + 2n ** 30n;
        expect(await total({ filter: { space: [...odd, ...missing, null] } })).toEqual([alsoNone]);
      });

      it("groups by several dimensions and gives absent things as null, last", async () => {
        const rows = [
          buildRow("a", { space: 2 }),
          buildRow("b"),
          buildRow("c", { space: 1, bucket: "z" }),
          buildRow("d", { space: 1, bucket: "b" }),
        ];
        await store.append(buildBatch(rows));
        const answer = await store.scan(buildScan({ groupBy: ["space", "bucket"] }));
        expect(answer.map((row) => row.group)).toEqual([
          [1, "b"],
          [1, "z"],
          [2, null],
          [null, null],
        ]);
      });

      it("gives rows the index of their window, for windows of one length and of different lengths", async () => {
        const times = [0, 1, 2, 2, 5].map((day) => DAY_ONE_MS + day * DAY_MS);
        await store.append(buildBatch(times.map((timeMs, n) => buildRow(`r${n}`, { timeMs }))));
        const byWindow = async (windows: UsageScan["windows"], table: UsageTable) =>
          (await store.scan(buildScan({ windows }, table))).map((row) => [row.windowIndex, row.sums[0]]);
        const starts = [0, 2, 4].map((day) => DAY_ONE_MS + day * DAY_MS);
        for (const table of ["usage_raw", "usage_total_per_day"] as const) {
          expect(await byWindow({ split: "step", originMs: DAY_ONE_MS, stepMs: DAY_MS }, table)).toEqual([
            [0, 1n],
            [1, 1n],
            [2, 2n],
            [5, 1n],
          ]);
          const originMs = DAY_ONE_MS + 2 * DAY_MS;
          expect(await byWindow({ split: "step", originMs, stepMs: DAY_MS, isFirstOpen: true }, table)).toEqual([
            [0, 4n],
            [3, 1n],
          ]);
          expect(await byWindow({ split: "starts", startsMs: starts }, table)).toEqual([
            [0, 2n],
            [1, 2n],
            [2, 1n],
          ]);
          // So many that comparing a row with each of them would take longer than a join.
          const many = Array.from({ length: 70 }, (_, hour) => DAY_ONE_MS + hour * HOUR_MS);
          expect(await byWindow({ split: "starts", startsMs: many }, table)).toEqual([
            [0, 1n],
            [24, 1n],
            [48, 2n],
            [69, 1n],
          ]);
        }
      });

      it("orders by a sum, breaks ties by the group's value, and stops at rowsMax", async () => {
        const rows = [
          buildRow("a", { asset: 30, bytesOut: 5 }),
          buildRow("b", { asset: 10, bytesOut: 5 }),
          buildRow("c", { asset: 20, bytesOut: 9 }),
          buildRow("d", { asset: 40, bytesOut: 1 }),
        ];
        await store.append(buildBatch(rows));
        const scan = buildScan(
          {
            groupBy: ["asset"],
            sums: [{ measure: "bytesOut", kinds: null }],
            orderBySum: { sum: 0, direction: "desc" },
            rowsMax: 3,
          },
          "usage_asset_per_day",
        );
        expect((await store.scan(scan)).map((row) => row.group[0])).toEqual([20, 10, 30]);
      });

      it("adds up the groups outside keep in one rest row, and has no rest row when there are none", async () => {
        await store.append(buildBatch([1, 2, 3, 4].map((space) => buildRow(`s${space}`, { space, count: space }))));
        const answer = await store.scan(buildScan({ groupBy: ["space"], keep: [3, 4] }));
        expect(answer.map((row) => [row.group[0], row.rest, row.sums[0]])).toEqual([
          [3, false, 3n],
          [4, false, 4n],
          [null, true, 3n],
        ]);
        const all = await store.scan(buildScan({ groupBy: ["space"], keep: [1, 2, 3, 4] }));
        expect(all.some((row) => row.rest)).toBe(false);
      });

      it("gives the largest groups and all others in one read, and no rest where there are no others", async () => {
        const rows = [3, 1, 2, 2].map((count, index) =>
          buildRow(`r${index}`, { asset: 10 + index, count, bytesOut: index }),
        );
        await store.append(buildBatch([...rows, buildRow("none", { bytesOut: 7 })]));
        const read = async (restAfter: number) => {
          const sums = (["count", "bytesOut"] as const).map((measure) => ({ measure, kinds: null }));
          const scan = {
            groupBy: ["asset"] as const,
            sums,
            restAfter,
            orderBySum: { sum: 0, direction: "desc" } as const,
          };
          const answer = await store.scan(buildScan(scan, "usage_asset_per_month"));
          return answer.map(({ group, rest, sums: found }) => [group[0], rest, ...found]);
        };
        const largest = [
          [10, false, 3n, 0n],
          [12, false, 2n, 2n],
          [13, false, 2n, 3n],
        ];
        expect(await read(2)).toEqual([...largest.slice(0, 2), [null, true, 4n, 11n]]);
        expect(await read(4)).toEqual([...largest, [11, false, 1n, 1n], [null, true, 1n, 7n]]);
        expect(await read(5)).toEqual([...largest, [11, false, 1n, 1n], [null, false, 1n, 7n]]);
      });

      it("tells requests without a space from the rest row", async () => {
        await store.append(buildBatch([buildRow("none"), buildRow("one", { space: 1, count: 10 })]));
        const answer = await store.scan(buildScan({ groupBy: ["space"], keep: [null] }));
        expect(answer.map((row) => [row.group[0], row.rest, row.sums[0]])).toEqual([
          [null, false, 1n],
          [null, true, 10n],
        ]);
      });

      it("keeps names with quotes, percent signs and emoji as they are", async () => {
        const operation = `it's "100 %"; DROP TABLE usage_raw; -- 🙂`;
        await store.append(buildBatch([buildRow("a", { operation })]));
        expect(await total({ filter: { operation: [operation] } })).toEqual([1n]);
      });

      it("reads ids up to 2^53-1 exactly", async () => {
        await store.append(
          buildBatch([buildRow("a", { asset: MEASURE_MAX }), buildRow("b", { asset: MEASURE_MAX - 1 })]),
        );
        expect(await total({ filter: { asset: [MEASURE_MAX] } }, "usage_asset_per_day")).toEqual([1n]);
      });
    });

    describe("scanTogether", () => {
      it("sees each commit in all of its scans or in none: an object of one day that is deleted on the next is gone", async () => {
        const dayTwoMs = DAY_ONE_MS + DAY_MS;
        const days = [DAY_ONE_MS, dayTwoMs].map((startMs) =>
          buildScan({
            segments: [{ table: "usage_total_per_hour", startMs, endMs: startMs + DAY_MS }],
            sums: [{ measure: "sizeDelta", kinds: null }],
          }),
        );
        let appended = 0;
        const stored = new Set<bigint>();
        const appending = (async () => {
          for (; appended < 40; appended++) {
            const upload = buildRow(`u${appended}`, { sizeDelta: 5 });
            const deletion = buildRow(`d${appended}`, { sizeDelta: -5, timeMs: dayTwoMs });
            await store.append(buildBatch([upload, deletion]));
          }
        })();
        while (appended < 40) {
          const [one = [], two = []] = await store.scanTogether(days);
          stored.add([...one, ...two].reduce((sum, { sums: [bytes = 0n] }) => sum + bytes, 0n));
        }
        await appending;
        expect([...stored]).toEqual([0n]);
        const answers = await store.scanTogether(days);
        expect(answers).toEqual(await Promise.all(days.map((scan) => store.scan(scan))));
        expect(answers.map(([row]) => row?.sums)).toEqual([[200n], [-200n]]);
      });
    });

    describe("scanStream", () => {
      it("gives the rows of scan in its order, more than one piece of them, as they were when it began", async () => {
        const rows = Array.from({ length: 5000 }, (_, n) => buildRow(`r${n}`, { asset: n + 1, bytesOut: n }));
        await store.append(buildBatch(rows));
        const scan = buildScan({ groupBy: ["asset"] }, "usage_asset_per_month");
        const expected = await store.scan(scan);
        const [streamed, sizes]: [UsageScanRow[], number[]] = [[], []];
        for await (const piece of store.scanStream(scan)) {
          if (sizes.length === 0) await store.append(buildBatch([buildRow("later", { asset: 1 })]));
          sizes.push(piece.length);
          streamed.push(...piece);
        }
        expect(streamed).toEqual(expected);
        expect(sizes.length).toBeGreaterThan(1);
      });

      it("can be given up, gives nothing for nothing, and is an error after close", async () => {
        await store.append(buildBatch([1, 2, 3].map((asset) => buildRow(`a${asset}`, { asset }))));
        for await (const _ of store.scanStream(buildScan({ groupBy: ["asset"] }))) break;
        expect(await store.scanStream(buildScan({ organization: 2 })).next()).toMatchObject({ done: true });
        await store.close();
        await expect(store.scanStream(buildScan()).next()).rejects.toMatchObject({ code: "store/unavailable" });
      });
    });

    describe("sources", () => {
      it("have received = accepted + duplicates + rejected after any batch", async () => {
        const rejected = (count: number) => ({ organization: 1, source: "s", reason: "malformed", count, samples: [] });
        await store.append(
          buildBatch([buildRow("a", { timeMs: 2000 }), buildRow("b", { timeMs: 1000 })], { rejected: [rejected(2)] }),
        );
        await store.append(buildBatch([buildRow("a"), buildRow("c", { source: "t" })], { rejected: [rejected(1)] }));
        const counts = await store.readSourceCounts(1);
        expect(
          counts.map(({ source, received, accepted, duplicates }) => [source, received, accepted, duplicates]),
        ).toEqual([
          ["s", 6, 2, 1],
          ["t", 1, 1, 0],
        ]);
        expect(counts[0]).toMatchObject({ rejected: { malformed: 3 }, firstEventMs: 1000, lastEventMs: 2000 });
        expect(await store.readSourceCounts(2)).toEqual([]);
      });

      it("have the watermark of their slowest stream, which never moves back", async () => {
        const checkpoint = (stream: string, position: string, watermarkMs: number) =>
          buildBatch([buildRow(`${stream}${position}`)], {
            checkpoints: [{ organization: 1, source: "s", stream, position, watermarkMs }],
          });
        await store.append(checkpoint("f1", "10", 5000));
        await store.append(checkpoint("f2", "10", 3000));
        await store.append(checkpoint("f1", "20", 4000));
        expect((await store.readSourceCounts(1))[0]?.watermarkMs).toBe(3000);
        expect(await store.readCheckpoint(1, "s", "f1")).toBe("20");
        expect(await store.readCheckpoint(1, "s", "f3")).toBeNull();
        expect(await store.readCheckpoint(2, "s", "f1")).toBeNull();
      });

      it("appear with their watermark as soon as a position is known, before any record came", async () => {
        const checkpoint = { organization: 1, source: "idle", stream: "f", position: "0", watermarkMs: 7000 };
        await store.append(buildBatch([], { checkpoints: [checkpoint] }));
        expect(await store.readSourceCounts(1)).toMatchObject([{ source: "idle", received: 0, watermarkMs: 7000 }]);
      });

      it("count the late ones among what was accepted, and not among duplicates", async () => {
        const rows = [buildRow("a"), buildRow("b"), buildRow("c")];
        await store.append(buildBatch(rows, { late: new Set([0, 2]) }));
        await store.append(buildBatch(rows, { late: new Set([0, 1, 2]) }));
        expect(await store.readSourceCounts(1)).toMatchObject([{ accepted: 3, late: 2, duplicates: 3 }]);
      });

      it("have accepted and late records in the hour of their time, duplicates and rejected ones in that of arrival", async () => {
        const at = (hours: number) => DAY_ONE_MS + hours * HOUR_MS;
        const rows = [
          buildRow("a", { timeMs: at(2) }),
          buildRow("b", { timeMs: at(3) - 1 }),
          buildRow("c", { timeMs: at(3) }),
          buildRow("t", { source: "t", timeMs: at(2) }),
        ];
        const rejected = (reason: string, count: number) => ({
          organization: 1,
          source: "s",
          reason,
          count,
          samples: [],
        });
        await store.append(buildBatch(rows, { late: new Set([1]), receivedMs: at(4) + 5 }));
        await store.append(
          buildBatch(rows.slice(0, 2), {
            rejected: [rejected("malformed", 2), rejected("late-looking", 1)],
            late: new Set([0, 1]),
            receivedMs: at(4) + 9,
          }),
        );
        await store.append(buildBatch([buildRow("d", { timeMs: at(2) + 7 })], { receivedMs: at(5) }));
        const day = { startMs: at(0), endMs: at(24), rowsMax: 100 };
        const none = {
          ...{ accepted: 0, late: 0, duplicates: 0, duplicatesDiffer: 0, sizeUnknown: 0, rejected: {} },
          cache: { hit: 0, miss: 0, other: 0 },
        };
        const s = [
          { ...none, source: "s", hourMs: at(2), accepted: 3, late: 1 },
          { ...none, source: "s", hourMs: at(3), accepted: 1 },
          { ...none, source: "s", hourMs: at(4), duplicates: 2, rejected: { "late-looking": 1, malformed: 2 } },
        ];
        const t = { ...none, source: "t", hourMs: at(2), accepted: 1 };
        expect(await store.readSourceHours(1, day)).toEqual([...s, t]);
        expect(await store.readSourceHours(1, { ...day, source: "t" })).toEqual([t]);
        expect(await store.readSourceHours(1, { ...day, startMs: at(3), endMs: at(4) })).toEqual([s[1]]);
        expect(await store.readSourceHours(1, { ...day, rowsMax: 2 })).toEqual(s.slice(0, 2));
        expect(await store.readSourceHours(2, day)).toEqual([]);
      });

      it("count apart the duplicates whose measures are not those that were counted, whether they come later or in one batch", async () => {
        const first = buildRow("a", { count: 2, bytesOut: 10, timeMs: DAY_ONE_MS });
        const later = { ...first, timeMs: DAY_ONE_MS + 3 * HOUR_MS };
        await store.append(buildBatch([first, buildRow("b", { bytesIn: 1 }), buildRow("b", { bytesIn: 2 })]));
        const { duplicates } = await store.append(
          buildBatch([
            first,
            later,
            { ...first, count: 3 },
            { ...later, bytesOut: 11 },
            buildRow("b", { bytesIn: 1, kind: "upload" }),
            buildRow("b", { bytesIn: 1, sizeDelta: -1 }),
            buildRow("c"),
          ]),
        );
        expect(duplicates).toEqual([0, 1, 2, 3, 4, 5]);
        const hours = await store.readSourceHours(1, { startMs: 0, endMs: DAY_ONE_MS + DAY_MS, rowsMax: 10 });
        const sum = (read: (hour: (typeof hours)[number]) => number) =>
          hours.reduce((all, hour) => all + read(hour), 0);
        expect(sum((hour) => hour.duplicates)).toBe(7);
        // One of b in the first batch; of the second the third, the fourth and the sixth.
        expect(sum((hour) => hour.duplicatesDiffer)).toBe(4);
        expect(sum((hour) => hour.accepted)).toBe(3);
      });

      it("compare no deltas that the store has found itself", async () => {
        const object = { key: "o", size: 5, exists: true };
        const upload = { ...buildRow("u", { kind: "upload", bytesIn: 5 }), object };
        for (const _ of [1, 2]) await store.append(buildBatch([upload]));
        const [hour] = await store.readSourceHours(1, { startMs: 0, endMs: DAY_ONE_MS + DAY_MS, rowsMax: 10 });
        expect(hour).toMatchObject({ duplicates: 1, duplicatesDiffer: 0 });
      });

      it("count what the caches say of accepted records, in the hour of their time", async () => {
        const rows = ["a", "b", "c", "d", "e"].map((id, n) =>
          buildRow(id, { timeMs: DAY_ONE_MS + (n >> 2) * HOUR_MS }),
        );
        const caches = Uint8Array.of(1, 2, 1, 0, 3);
        await store.append(buildBatch(rows, { caches }));
        await store.append(buildBatch(rows, { caches }));
        const hours = await store.readSourceHours(1, { startMs: DAY_ONE_MS, endMs: DAY_ONE_MS + DAY_MS, rowsMax: 10 });
        expect(hours.filter(({ accepted }) => accepted > 0).map(({ accepted, cache }) => [accepted, cache])).toEqual([
          [4, { hit: 2, miss: 1, other: 0 }],
          [1, { hit: 0, miss: 0, other: 1 }],
        ]);
      });

      it("have hours that add up to their counts, however many hours there are, and lose them with the sums per hour", async () => {
        const hours = 12_000;
        const rows = Array.from({ length: hours }, (_, n) => buildRow(`h${n}`, { timeMs: DAY_ONE_MS - n * HOUR_MS }));
        const arrived = { startMs: 0, endMs: DAY_ONE_MS + DAY_MS, rowsMax: hours + 1 };
        for (const _ of [1, 2]) await store.append(buildBatch(rows.slice(0, hours / 2)));
        await store.append(buildBatch(rows));
        await store.append(buildBatch([buildRow("again")]));
        const read = await store.readSourceHours(1, arrived);
        expect(read).toHaveLength(hours);
        expect(read.at(-1)).toMatchObject({ hourMs: DAY_ONE_MS, accepted: 2, duplicates: hours });
        expect(read.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(hours + 1);
        await store.deleteExpired({ usage_total_per_hour: DAY_ONE_MS - DAY_MS });
        expect(await store.readSourceHours(1, arrived)).toHaveLength(25);
      });

      it("keep their newest duplicates beside the rejected records, with what the sender wrote", async () => {
        const rows = Array.from({ length: 30 }, (_, n) => buildRow(`r${n}`));
        const describeDuplicate = (n: number) => ({ position: `index ${n}`, detail: "", text: "{}", id: `r${n}` });
        const rejected = { organization: 1, source: "s", reason: "malformed", count: 1 };
        await store.append(buildBatch(rows, { describeDuplicate }));
        expect(await store.readDuplicates(1, "s")).toEqual([]);
        await store.append(
          buildBatch(rows, {
            describeDuplicate,
            rejected: [{ ...rejected, samples: [{ position: "line 1", detail: "cut", text: "x" }] }],
          }),
        );
        const kept = await store.readDuplicates(1, "s");
        expect(kept).toHaveLength(20);
        expect(kept[0]).toEqual({
          position: "index 29",
          detail: "",
          text: "{}",
          id: "r29",
          reason: "duplicate",
          receivedMs: DAY_ONE_MS,
        });
        expect((await store.readRejected(1, "s")).map(({ position }) => position)).toEqual(["line 1"]);
      });

      it("keep their newest 100 rejected records", async () => {
        const sample = (n: number) => ({ position: `line ${n}`, detail: "cut", text: "x" });
        const batch = (from: number, count: number) =>
          buildBatch([], {
            rejected: [
              {
                organization: 1,
                source: "s",
                reason: "malformed",
                count,
                samples: Array.from({ length: count }, (_, n) => sample(from + n)),
              },
            ],
          });
        await store.append(batch(0, 60));
        await store.append(batch(60, 60));
        const kept = await store.readRejected(1, "s");
        expect(kept).toHaveLength(100);
        expect([kept[0]?.position, kept[99]?.position]).toEqual(["line 119", "line 20"]);
        expect(await store.readRejected(2, "s")).toEqual([]);
      });
    });

    describe("rebuildRollups", () => {
      it("finds no difference and changes no number, whatever was appended in whatever batches", async () => {
        const rowArbitrary = fc.record({
          id: fc.integer({ min: 0, max: 30 }),
          timeMs: fc.integer({ min: DAY_ONE_MS - DAY_MS, max: DAY_ONE_MS + 3 * DAY_MS }),
          kind: fc.constantFrom(...USAGE_KINDS),
          space: fc.constantFrom(null, 1, 2),
          user: fc.constantFrom(null, 7),
          bucket: fc.constantFrom(null, "b1", "b2"),
          asset: fc.constantFrom(null, 11, 12),
          operation: fc.constantFrom("", "GET"),
          count: fc.integer({ min: 0, max: MEASURE_MAX }),
          sizeDelta: fc.integer({ min: -MEASURE_MAX, max: MEASURE_MAX }),
        });
        await fc.assert(
          fc.asyncProperty(fc.array(fc.array(rowArbitrary, { maxLength: 12 }), { maxLength: 5 }), async (batches) => {
            const fresh = await contract.open();
            try {
              const seen = new Map<number, { count: bigint; sizeDelta: bigint }>();
              for (const rows of batches) {
                for (const row of rows) {
                  if (!seen.has(row.id))
                    seen.set(row.id, { count: BigInt(row.count), sizeDelta: BigInt(row.sizeDelta) });
                }
                await fresh.store.append(buildBatch(rows.map(({ id, ...fields }) => buildRow(String(id), fields))));
              }
              const facts = [...seen.values()];
              const expected =
                facts.length === 0
                  ? []
                  : [
                      facts.reduce((sum, fact) => sum + fact.count, 0n),
                      facts.reduce((sum, fact) => sum + fact.sizeDelta, 0n),
                    ];
              const sums: UsageScan["sums"] = [
                { measure: "count", kinds: null },
                { measure: "sizeDelta", kinds: null },
              ];
              for (const table of ["usage_raw", ...ROLLUP_TABLES] as const) {
                expect((await fresh.store.scan(buildScan({ sums }, table)))[0]?.sums ?? []).toEqual(expected);
              }
              expect(await fresh.store.rebuildRollups()).toEqual([]);
            } finally {
              await fresh.store.close();
              await fresh.dispose();
            }
          }),
          { numRuns: 25 },
        );
      });
    });

    describe("compactStep", () => {
      // Few values, so that many rows share their keys.
      const anyRow = fc.record({
        id: fc.integer({ min: 0, max: 200 }),
        timeMs: fc.constantFrom(...[-70, -69, -40, 0, 1].map((day) => DAY_ONE_MS + day * DAY_MS)),
        organization: fc.constantFrom(1, 1, 2),
        kind: fc.constantFrom("api", "delivery"),
        space: fc.constantFrom(null, 1, 2),
        user: fc.constantFrom(null, 7),
        bucket: fc.constantFrom(null, "b1", "b2"),
        asset: fc.constantFrom(null, 11, 12),
        operation: fc.constantFrom("", "GET"),
        count: fc.constantFrom(0, 1, 5, MEASURE_MAX),
        sizeDelta: fc.constantFrom(-MEASURE_MAX, -3, 0, 4),
      } as const);
      /** Every row of every table, by everything that it can be told apart by, to the grain. */
      const readAll = async (from: UsageStore) => {
        const tables: unknown[] = [];
        for (const table of Object.keys(USAGE_TABLES) as UsageTable[]) {
          const { dimensions, grain } = USAGE_TABLES[table];
          const monthsMs = [0, ...Array.from({ length: 9 }, (_, month) => Date.UTC(2025, 9 + month, 1))];
          const windows: UsageScan["windows"] =
            grain === "month"
              ? { split: "starts", startsMs: monthsMs }
              : { split: "step", originMs: 0, stepMs: GRAIN_MS[grain] };
          const sums = (["count", "sizeDelta"] as const).map((measure) => ({ measure, kinds: null }));
          for (const organization of [1, 2]) {
            tables.push(await from.scan(buildScan({ organization, groupBy: dimensions, windows, sums }, table)));
          }
        }
        return tables;
      };

      it("changes no row of any answer, however rows came and however far it got", async () => {
        const batches = fc.array(fc.array(anyRow, { maxLength: 25 }), { minLength: 1, maxLength: 3, size: "max" });
        const property = fc.asyncProperty(batches, fc.integer({ min: 1, max: 9 }), async (given, stepsBetween) => {
          const fresh = await contract.open();
          fresh.setClock(DAY_ONE_MS + 40 * DAY_MS);
          try {
            for (const rows of given) {
              await fresh.store.append(buildBatch(rows.map(({ id, ...fields }) => buildRow(String(id), fields))));
              const before = await readAll(fresh.store);
              for (let step = 0; step < stepsBetween; step++) if (!(await fresh.store.compactStep())) break;
              expect(await readAll(fresh.store)).toEqual(before);
            }
            const before = await readAll(fresh.store);
            let steps = 0;
            while (await fresh.store.compactStep()) expect(++steps).toBeLessThan(500);
            expect(await readAll(fresh.store)).toEqual(before);
            expect(await fresh.store.rebuildRollups()).toEqual([]);
          } finally {
            await fresh.store.close();
            await fresh.dispose();
          }
        });
        await fc.assert(property, { numRuns: 5, endOnFailure: true });
      });

      it("runs beside appends, which are all counted", async () => {
        opened.setClock(DAY_ONE_MS + 40 * DAY_MS);
        const append = (n: number) =>
          store.append(buildBatch([1, 2, 3].map((asset) => buildRow(`${n} ${asset}`, { asset, space: asset }))));
        for (let n = 0; n < 20; n++) await Promise.all([append(n), store.compactStep(), append(n + 100)]);
        while (await store.compactStep()) await append(1);
        for (const table of ["usage_raw", ...ROLLUP_TABLES] as const) expect(await total({}, table)).toEqual([120n]);
        expect(await store.rebuildRollups()).toEqual([]);
      });

      it("is over when it answers false, and is an error after close", async () => {
        expect(await store.compactStep()).toBe(false);
        await store.close();
        await expect(store.compactStep()).rejects.toMatchObject({ code: "store/unavailable" });
      });
    });

    describe("deleteExpired", () => {
      it("drops raw rows of whole days only, keeps roll-ups, and never forgets an identity inside the horizon", async () => {
        const old = buildRow("old", { timeMs: DAY_ONE_MS - 100 * DAY_MS });
        const late = buildRow("late", { timeMs: DAY_ONE_MS - 100 * DAY_MS });
        const horizonMs = contract.dedupeHorizonDays * DAY_MS;
        await store.append(buildBatch([old], { receivedMs: DAY_ONE_MS - 90 * DAY_MS }));
        await store.append(buildBatch([late, buildRow("new")], { receivedMs: DAY_ONE_MS - horizonMs + 1 }));
        expect(await store.deleteExpired({ usage_raw: DAY_ONE_MS - 10 * DAY_MS + 5000 })).toBe(1);
        expect(await total()).toEqual([2n]);
        expect(await total({}, "usage_total_per_day")).toEqual([3n]);
        expect((await store.describe()).keptFrom).toEqual({ usage_raw: DAY_ONE_MS - 10 * DAY_MS });
        expect(await store.append(buildBatch([late]))).toEqual({ duplicates: [0] });
        expect(await store.rebuildRollups()).toEqual([]);
        expect(await total({}, "usage_total_per_day")).toEqual([3n]);
      });

      it("keeps the sums of what a roll-up drops, without their times, also when it drops again", async () => {
        const rows = [-40, -20, 0].map((day) =>
          buildRow(`day ${day}`, { space: 3, timeMs: DAY_ONE_MS + day * DAY_MS, sizeDelta: 100 }),
        );
        await store.append(buildBatch([...rows, buildRow("other", { space: 4, timeMs: DAY_ONE_MS - 40 * DAY_MS })]));
        const read = async () => {
          const scan = {
            groupBy: ["space"],
            windows: { split: "starts", startsMs: [0, DAY_ONE_MS - 15 * DAY_MS] },
          } as const;
          const sums = [{ measure: "sizeDelta", kinds: null }] as const;
          const answer = await store.scan(buildScan({ ...scan, sums }, "usage_space_per_hour"));
          return answer.map(({ windowIndex, group, sums: [sum] }) => [windowIndex, group[0], sum]);
        };
        const before = await read();
        expect(await store.rebuildRollups()).toEqual([]);
        for (const day of [-30, -30, -10]) {
          await store.deleteExpired({ usage_space_per_hour: DAY_ONE_MS + day * DAY_MS + 5000 });
          expect((await store.readKeptFrom()).usage_space_per_hour).toBe(DAY_ONE_MS + day * DAY_MS);
          expect(await read()).toEqual(before);
          expect(await store.rebuildRollups()).toEqual([]);
        }
        expect(before).toEqual([
          [0, 3, 200n],
          [0, 4, 0n],
          [1, 3, 100n],
        ]);
        const dropped = { table: "usage_space_per_hour", startMs: DAY_MS, endMs: DAY_ONE_MS - 10 * DAY_MS } as const;
        expect(await store.scan(buildScan({ segments: [dropped] }))).toEqual([]);
      });

      it("drops sums per day by whole months, and never takes back what was dropped", async () => {
        const at = (day: string) => Date.parse(`${day}T12:00:00Z`);
        const days = ["2026-01-31", "2026-02-01", "2026-02-10", "2026-03-01"];
        await store.append(
          buildBatch(days.map((day, n) => buildRow(day, { timeMs: at(day), space: 3, count: 10 ** n }))),
        );
        const keptAfter = async (beforeMs: number) => {
          await store.deleteExpired({ usage_space_per_day: beforeMs });
          const kept = (await store.describe()).keptFrom;
          expect(await store.readKeptFrom()).toEqual(kept);
          const keptMs = kept.usage_space_per_day ?? 0;
          const segments = [{ table: "usage_space_per_day", startMs: keptMs, endMs: DAY_ONE_MS + DAY_MS }] as const;
          return [new Date(keptMs).toISOString().slice(0, 10), ...(await total({ segments }))];
        };
        expect(await keptAfter(at("2026-02-10"))).toEqual(["2026-02-01", 1110n]);
        expect(await keptAfter(at("2026-02-28"))).toEqual(["2026-02-01", 1110n]);
        expect(await keptAfter(at("2026-03-02"))).toEqual(["2026-03-01", 1000n]);
        expect(await keptAfter(at("2026-02-28"))).toEqual(["2026-03-01", 1000n]);
        expect(await total({}, "usage_space_per_day")).toEqual([1111n]);
        expect(await store.rebuildRollups()).toEqual([]);
      });
    });

    describe("close", () => {
      it("finishes what was appended, is harmless twice, and every call after it is an error and not a zero", async () => {
        const running = store.append(buildBatch([buildRow("a")]));
        await store.close();
        await expect(running).resolves.toEqual({ duplicates: [] });
        await store.close();
        await expect(store.scan(buildScan())).rejects.toMatchObject({ code: "store/unavailable" });
        await expect(store.append(buildBatch([]))).rejects.toMatchObject({ code: "store/unavailable" });
        await expect(store.ping()).rejects.toMatchObject({ code: "store/unavailable" });
      });
    });
  });
}
