/**
 * What is under the name of an export, and beside it, at every moment: nothing, or the whole file.
 */
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildFactExport } from "./export-facts.ts";
import type { ExportOrder } from "./model/operations.ts";
import { DAY_MS } from "./model/time-range.ts";
import { buildFixedClock } from "./platform/clock.ts";
import { openDuckdbStore } from "./store/duckdb/open.ts";
import { buildBatch, buildRow } from "./store/usage-store.contract.ts";
import type { UsageStore } from "./store/usage-store.ts";

const NOW_MS = Date.parse("2026-03-10T00:00Z");
const OLD_MS = Date.parse("2026-03-01T10:00Z");

let folder: string;
let store: UsageStore;
let order: ExportOrder;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-export-"));
  store = await openDuckdbStore({
    ...{ file: ":memory:", memoryBytesMax: 256 * 1024 * 1024, threads: 1, dedupeHorizonMs: DAY_MS },
    clock: buildFixedClock(NOW_MS),
  });
  await store.append(buildBatch([buildRow("a", { timeMs: OLD_MS })], { receivedMs: OLD_MS }));
  await store.append(buildBatch([buildRow("b", { timeMs: NOW_MS })], { receivedMs: NOW_MS }));
  const range = { startMs: OLD_MS, endMs: NOW_MS + 1 };
  order = { organization: null, ...range, format: "csv", file: join(folder, "out.csv") };
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The store with something that happens right before or after it has written. */
function withHappening(happenings: { readonly before?: () => unknown; readonly after?: () => unknown }) {
  return buildFactExport({
    ...store,
    exportFacts: async (facts) => {
      await happenings.before?.();
      const rows = await store.exportFacts(facts);
      await happenings.after?.();
      return rows;
    },
  });
}

const countLines = (file: string): number => readFileSync(file, "utf8").trimEnd().split("\n").length;

describe("buildFactExport", () => {
  it("gives a file its name when it is whole, and lets nobody else read it", async () => {
    const seen: unknown[] = [];
    const look = () => {
      const partial = `${order.file}.partial`;
      seen.push([readdirSync(folder), countLines(partial), statSync(partial).mode & 0o777]);
    };
    expect(await withHappening({ after: look })(order)).toEqual({
      file: order.file,
      rows: 2,
      bytes: statSync(order.file).size,
    });
    expect(seen).toEqual([[["out.csv.partial"], 3, 0o600]]);
    expect(readdirSync(folder)).toEqual(["out.csv"]);
    expect([countLines(order.file), statSync(order.file).mode & 0o777]).toEqual([3, 0o600]);
  });

  it("leaves nothing of an export that fails, and can be asked again", async () => {
    const fail = () => {
      throw new Error("disk full");
    };
    await expect(withHappening({ after: fail })(order)).rejects.toThrow("disk full");
    expect(readdirSync(folder)).toEqual([]);
    expect(await buildFactExport(store)(order)).toMatchObject({ rows: 2 });
  });

  it("writes again what a killed process has left half written", async () => {
    writeFileSync(`${order.file}.partial`, "time,rec");
    await buildFactExport(store)(order);
    expect(readdirSync(folder)).toEqual(["out.csv"]);
    expect(countLines(order.file)).toBe(3);
  });

  it("writes no file through a link that somebody has left beside it", async () => {
    symlinkSync(join(folder, "elsewhere"), `${order.file}.partial`);
    await buildFactExport(store)(order);
    expect(readdirSync(folder)).toEqual(["out.csv"]);
    expect(lstatSync(order.file).isFile()).toBe(true);
  });

  it("leaves alone what is there: a file, a link to nowhere, a file that comes while it writes", async () => {
    let written = 0;
    const counted = withHappening({ before: () => written++ });
    writeFileSync(order.file, "mine");
    await expect(counted(order)).rejects.toMatchObject({ code: "catalog/conflict" });
    rmSync(order.file);
    symlinkSync(join(folder, "elsewhere"), order.file);
    await expect(counted(order)).rejects.toMatchObject({ code: "catalog/conflict" });
    expect(written).toBe(0);
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
    rmSync(order.file);
    const come = () => writeFileSync(order.file, "mine");
    await expect(withHappening({ after: come })(order)).rejects.toMatchObject({ code: "catalog/conflict" });
    expect(readFileSync(order.file, "utf8")).toBe("mine");
    expect(readdirSync(folder)).toEqual(["out.csv"]);
  });

  it("refuses a second export to a file that it is writing, and finishes the first", async () => {
    const refused: unknown[] = [];
    const exportFacts = withHappening({
      after: async () => refused.push(await exportFacts(order).catch((error: unknown) => error)),
    });
    expect(await exportFacts(order)).toMatchObject({ rows: 2 });
    expect(refused).toMatchObject([{ code: "catalog/conflict" }]);
    expect(countLines(order.file)).toBe(3);
  });

  it("gives no name to a file that another process has put in place of its own", async () => {
    const replace = () => {
      rmSync(`${order.file}.partial`);
      writeFileSync(`${order.file}.partial`, "another's");
    };
    await expect(withHappening({ after: replace })(order)).rejects.toMatchObject({ code: "catalog/conflict" });
    expect(readFileSync(`${order.file}.partial`, "utf8")).toBe("another's");
    expect(readdirSync(folder)).toEqual(["out.csv.partial"]);
  });

  it("refuses facts that are dropped before they are written", async () => {
    const drop = () => store.deleteExpired({ usage_raw: NOW_MS - DAY_MS });
    await expect(withHappening({ before: drop })(order)).rejects.toMatchObject({ code: "query/invalid" });
    expect(readdirSync(folder)).toEqual([]);
    // What is kept can be exported still.
    expect(await buildFactExport(store)({ ...order, startMs: NOW_MS })).toMatchObject({ rows: 1 });
  });

  it("says of a folder that is not there that the file cannot be written", async () => {
    const file = join(folder, "nowhere", "out.csv");
    await expect(buildFactExport(store)({ ...order, file })).rejects.toMatchObject({ code: "request/invalid" });
  });
});
