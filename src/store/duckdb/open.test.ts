import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan, runUsageStoreContract } from "../usage-store.contract.ts";
import { openDuckdbStore } from "./open.ts";

const DAY_MS = 86_400_000;

async function openInFolder() {
  const folder = await mkdtemp(join(tmpdir(), "assetmeter-store-"));
  const clock = buildFixedClock(0);
  const options = {
    file: join(folder, "usage.duckdb"),
    memoryBytesMax: 512 * 1024 * 1024,
    threads: 2,
    dedupeHorizonMs: 35 * DAY_MS,
    clock,
  };
  return {
    store: await openDuckdbStore(options),
    reopen: () => openDuckdbStore(options),
    setClock: clock.set,
    options,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

runUsageStoreContract({ name: "DuckDB", open: openInFolder, dedupeHorizonDays: 35 });

describe("openDuckdbStore", () => {
  it("says that the file cannot be opened when it is something else", async () => {
    const opened = await openInFolder();
    await opened.store.close();
    await writeFile(opened.options.file, "this is no database, but a text of some length ".repeat(200));
    await expect(opened.reopen()).rejects.toMatchObject({ code: "store/unavailable" });
    await opened.dispose();
  });

  it("counts a whole batch of 20,000 rows, more than one data chunk, each once", async () => {
    const opened = await openInFolder();
    const rows = Array.from({ length: 20_000 }, (_, n) => buildRow(`r${n}`, { space: (n % 10) + 1, bytesOut: n }));
    await opened.store.append(buildBatch(rows));
    await opened.store.append(buildBatch(rows.slice(5000)));
    const [sum] = await opened.store.scan(buildScan({ sums: [{ measure: "bytesOut", kinds: null }] }, "usage_per_day"));
    // 0 + 1 + … + 19,999
    expect(sum?.sums).toEqual([199_990_000n]);
    await opened.store.close();
    await opened.dispose();
  });
});
