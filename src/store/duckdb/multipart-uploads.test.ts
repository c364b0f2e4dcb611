/** Sizes of parts as no log may say them; what parts make of an object is told in sources/access-log/object-sizes.test.ts. */
import { describe, expect, test } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import { openDuckdbStore } from "./open.ts";

describe("readMultipartUploads", () => {
  test("parts of more bytes than any store takes count none, and their upload's completion is committed", async () => {
    const bounds = { memoryBytesMax: 256 * 1024 * 1024, threads: 1, dedupeHorizonMs: 86_400_000 };
    const store = await openDuckdbStore({ file: ":memory:", ...bounds, clock: buildFixedClock(0) });
    const request = (id: string, part: number | null, size: number | null) => ({
      ...buildRow(id, { kind: "upload" }),
      object: { key: "media\0big", size, exists: true, upload: { id: "u", part } },
    });
    const whole = Number.MAX_SAFE_INTEGER;
    await store.append(buildBatch([request("1", 1, whole), request("2", 2, whole), request("3", 3, 60)]));
    await store.append(buildBatch([request("end", null, null)]));
    await store.append(buildBatch([request("4", 4, 50)]));
    const sums = (["sizeDelta", "objectsDelta"] as const).map((measure) => ({ measure, kinds: null }));
    expect((await store.scan(buildScan({ sums })))[0]?.sums).toEqual([110n, 1n]);
    await store.close();
  });
});
