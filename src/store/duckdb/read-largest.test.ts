import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MeasureName } from "../../model/usage-event.ts";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import type { UsageScan, UsageScanRow } from "../usage-store.ts";
import { openDuckdbStore } from "./open.ts";
import { hasManyGroups } from "./read-largest.ts";

/** Assets with what they sent and how they changed; several rows may be of one asset. */
type Sent = { readonly asset: number; readonly bytesOut: number; readonly sizeDelta: number };

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

async function readLargestOf(sent: readonly Sent[], scans: readonly UsageScan[]) {
  const store = await openDuckdbStore({
    file: ":memory:",
    memoryBytesMax: 256 * 1024 * 1024,
    threads: 2,
    dedupeHorizonMs: 1,
    clock: buildFixedClock(0),
  });
  const rows = sent.map((fields, index) => buildRow(`r${index}`, fields));
  if (rows.length > 0) await store.append(buildBatch(rows));
  const answers = [];
  for (const scan of scans) answers.push(print(await store.scan(scan)));
  await store.close();
  return answers;
}

describe("readLargest", () => {
  it("is what adding up every group gives, whatever the values are and however many there are", async () => {
    const anySent: fc.Arbitrary<Sent> = fc.record({
      asset: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1_000_000 })),
      bytesOut: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 1_000_000 })),
      sizeDelta: fc.integer({ min: -5, max: 5 }),
    });
    const property = fc.asyncProperty(
      fc.array(anySent, { maxLength: 200 }),
      fc.integer({ min: 1, max: 30 }),
      async (sent, groups) => {
        const cases = MEASURES.flatMap((by) => [true, false].map((withRest) => ({ by, withRest })));
        const scans = cases.map(({ by, withRest }) => buildLargest(by, groups, withRest));
        const expected = cases.map(({ by, withRest }) => addUp(sent, by, groups, withRest));
        expect(await readLargestOf(sent, scans)).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 25 });
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
