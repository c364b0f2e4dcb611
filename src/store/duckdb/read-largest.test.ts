import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MeasureName, UsageKind } from "../../model/usage-event.ts";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import type { UsageScan, UsageScanRow } from "../usage-store.ts";
import { openDuckdbStore } from "./open.ts";
import { hasManyGroups } from "./read-largest.ts";

/** Assets with what they sent and how they changed; several rows may be of one asset. */
type Sent = {
  readonly asset: number;
  readonly bytesOut: number;
  readonly sizeDelta: number;
  readonly kind?: UsageKind;
};

/** Rows of one asset and day are told apart by their kind. */
const KINDS = ["api", "delivery", "upload", "transcode"] as const satisfies readonly UsageKind[];

const MEASURES = ["bytesOut", "sizeDelta"] as const satisfies readonly MeasureName[];

function buildLargest(by: (typeof MEASURES)[number], groups: number, withRest: boolean): UsageScan {
  const scan = buildScan(
    {
      groupBy: ["asset"],
      sums: MEASURES.map((measure) => ({ measure, kinds: null })),
      orderBySum: { sum: MEASURES.indexOf(by), direction: "desc" },
      ...(withRest ? { restAfter: groups } : { rowsMax: groups }),
    },
    "usage_asset_per_day",
  );
  expect(hasManyGroups(scan)).toBe(true);
  return scan;
}

/** The same in plain code. */
function addUp(sent: readonly Sent[], by: (typeof MEASURES)[number], groups: number, withRest: boolean) {
  const sums = new Map<number, [bigint, bigint]>();
  for (const { asset, bytesOut, sizeDelta } of sent) {
    const [bytes, size] = sums.get(asset) ?? [0n, 0n];
    sums.set(asset, [bytes + BigInt(bytesOut), size + BigInt(sizeDelta)]);
  }
  const index = MEASURES.indexOf(by);
  const rows = [...sums].sort(([a, left], [b, right]) => {
    const order = (right[index] ?? 0n) - (left[index] ?? 0n);
    return order === 0n ? a - b : order > 0n ? 1 : -1;
  });
  const largest = rows.slice(0, groups).map(([asset, values]) => [asset, false, ...values]);
  const others = rows.slice(groups).map(([, values]) => values);
  if (!withRest || others.length === 0) return largest;
  return [...largest, [null, true, ...others.reduce(([a, b], [c, d]) => [a + c, b + d], [0n, 0n])]];
}

const print = (rows: readonly UsageScanRow[]) => rows.map(({ group, rest, sums }) => [group[0], rest, ...sums]);

const DAY_MS = 86_400_000;

/** Answers scans over `sent`, of which the first `ordered` rows are put in order before the others come. */
async function readLargestOf(sent: readonly Sent[], scans: readonly UsageScan[], ordered = 0) {
  const clock = buildFixedClock(0);
  const store = await openDuckdbStore({
    file: ":memory:",
    memoryBytesMax: 256 * 1024 * 1024,
    threads: 2,
    dedupeHorizonMs: 1,
    clock,
    rollUpFactsMin: 1,
    compaction: { mergeRowsMin: 1_000_000, mergeRowsMinOfFew: 1_000_000, clusterRowsMin: 1, sliceRows: 60 },
  });
  const rows = sent.map((fields, index) => buildRow(`r${index}`, fields));
  const append = async (part: typeof rows) => {
    if (part.length > 0) await store.append(buildBatch(part));
  };
  await append(rows.slice(0, ordered));
  clock.set((rows[0]?.timeMs ?? 0) + 60 * DAY_MS);
  if (ordered > 0) {
    // Facts go to the roll-ups by themselves, and what compaction finds then is put in order.
    const isInOrder = async () => {
      const { rows, unclusteredRows } = await store.describe();
      return rows.usage_asset_per_day > 0 && unclusteredRows.usage_asset_per_day === 0;
    };
    do while (await store.compactStep());
    while (!(await isInOrder()));
  }
  await append(rows.slice(ordered));
  const answers = [];
  for (const scan of scans) answers.push(print(await store.scan(scan)));
  await store.close();
  return answers;
}

describe("readLargest", () => {
  it("is what adding up every group gives, whatever the values are and however many of the rows are in order", async () => {
    const anySent = (leastDelta: number): fc.Arbitrary<Sent> =>
      fc.record({
        asset: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1_000_000 })),
        bytesOut: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 1_000_000 })),
        sizeDelta: fc.integer({ min: leastDelta, max: 5 }),
        kind: fc.constantFrom(...KINDS),
      });
    const property = fc.asyncProperty(
      fc.constantFrom(-5, 0).chain((leastDelta) => fc.array(anySent(leastDelta), { maxLength: 150 })),
      fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 30 })),
      fc.constantFrom(0, 0.5, 0.9, 1),
      async (sent, groups, share) => {
        const cases = MEASURES.flatMap((by) => [true, false].map((withRest) => ({ by, withRest })));
        const scans = cases.map(({ by, withRest }) => buildLargest(by, groups, withRest));
        const expected = cases.map(({ by, withRest }) => addUp(sent, by, groups, withRest));
        expect(await readLargestOf(sent, scans, Math.ceil(sent.length * share))).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  it("finds an asset that is large by many small rows, in order or not, where few have large ones", async () => {
    const ordered = [
      // Assets 1 to 3 and 8 to 10 have one large row each, 4 has more than the latter in four rows, 5 and 6 are small.
      ...[1, 2, 3].map((asset) => ({ asset, bytesOut: 1000 + asset, sizeDelta: 0 })),
      ...KINDS.map((kind) => ({ asset: 4, bytesOut: 150, sizeDelta: 0, kind })),
      ...[8, 9, 10].map((asset) => ({ asset, bytesOut: 500, sizeDelta: 0 })),
      ...[5, 6].map((asset) => ({ asset, bytesOut: 10, sizeDelta: 0 })),
    ];
    const loose = [
      // 5 grows past 4 by rows that are not in order; 7 has no others.
      ...Array.from({ length: 61 }, () => ({ asset: 5, bytesOut: 10, sizeDelta: 0 })),
      ...Array.from({ length: 50 }, () => ({ asset: 7, bytesOut: 10, sizeDelta: 0 })),
    ];
    const scans = [buildLargest("bytesOut", 4, true), buildLargest("bytesOut", 5, false)];
    const answers = await readLargestOf([...ordered, ...loose], scans, ordered.length);
    const large = [3, 2, 1].map((asset) => [asset, false, 1000n + BigInt(asset), 0n]);
    expect(answers).toEqual([
      [...large, [5, false, 620n, 0n], [null, true, 2610n, 0n]],
      [...large, [5, false, 620n, 0n], [4, false, 600n, 0n]],
    ]);
  });

  it("finds a large asset in a part that a few middling ones of other parts precede", async () => {
    // 5,000 assets of 1 byte lie in every part; ten of 1,000 bytes stand out, and one has 900 in rows of 1.
    const small = Array.from({ length: 5000 }, (_, index) => ({ asset: index + 1, bytesOut: 1, sizeDelta: 1 }));
    const large = Array.from({ length: 10 }, (_, index) => ({ asset: 10_000 + index, bytesOut: 1000, sizeDelta: 1 }));
    const slow = Array.from({ length: 900 }, () => ({ asset: 77_777, bytesOut: 1, sizeDelta: 0 }));
    const sent = [...small, ...slow, ...large];
    const [answer] = await readLargestOf(sent, [buildLargest("bytesOut", 11, true)]);
    expect(answer).toEqual([
      ...large.map(({ asset }) => [asset, false, 1000n, 1n]),
      [77_777, false, 900n, 0n],
      [null, true, 5000n, 5000n],
    ]);
  });
});
