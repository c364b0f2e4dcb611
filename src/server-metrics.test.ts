/**
 * What /metrics says after usage was taken in.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openParts, type Parts } from "./app.ts";
import { readConfig } from "./config.ts";
import { buildFixedClock } from "./platform/clock.ts";
import { buildLogger } from "./platform/log.ts";

let folder: string;
let parts: Parts;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-metrics-"));
  const config = readConfig({ environment: {}, overrides: { dataDir: folder, logLevel: "silent" } });
  parts = await openParts(config, buildFixedClock(Date.parse("2026-03-02T00:00Z")), buildLogger("silent"));
  await parts.catalog.createOrganization({ id: 1, name: "one" });
});
afterEach(async () => {
  await parts.close();
  rmSync(folder, { recursive: true, force: true });
});

const readFigures = async () => parts.server.inject({ method: "GET", url: "/metrics" });

/** The value of one line of /metrics, by a reading of its own. */
const readFigure = async (line: string) => findFigure((await readFigures()).body, line);

function findFigure(body: string, line: string): number | undefined {
  const found = body.split("\n").find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

const event = (id: string, type = "assetmeter.api") => ({
  ...{ specversion: "1.0", id, source: "s", type, time: "2026-03-01T10:00:00Z", data: {} },
});

const submit = (events: readonly unknown[]) =>
  parts.intake.submit({
    organization: 1,
    source: "s",
    format: "cloudevents",
    ...{ space: null, allowedSpaces: null, checkpoint: null },
    records: events.map((value, index) => ({ form: "event", value, position: `event ${index}` })),
  });

describe("buildMeasurement", () => {
  it("counts records by result, commits, answers and rows", async () => {
    await submit([event("a"), event("b"), event("a"), event("c", "nothing")]);
    expect(await readFigure('assetmeter_records_total{result="accepted"}')).toBe(2);
    expect(await readFigure('assetmeter_records_total{result="duplicate"}')).toBe(1);
    expect(await readFigure('assetmeter_records_total{result="rejected"}')).toBe(1);
    expect(await readFigure("assetmeter_commit_seconds_count")).toBe(1);
    expect(await readFigure("assetmeter_queue_records")).toBe(0);
    expect(await readFigure('assetmeter_store_rows{table="usage_raw"}')).toBe(2);
    expect(await readFigure("assetmeter_store_bytes")).toBeGreaterThan(0);
    expect(await readFigure("process_resident_memory_bytes")).toBeGreaterThan(0);
    // This is the tenth reading: nine were answered before.
    const read = 'assetmeter_http_request_seconds_count{method="GET",route="/metrics",status="2xx"}';
    expect(await readFigure(read)).toBe(8);
  });

  it("says in every reading, the first one too, what store and disk are at that moment", async () => {
    await submit([event("a"), event("b")]);
    const first = (await readFigures()).body;
    expect(findFigure(first, "assetmeter_store_bytes")).toBeGreaterThan(0);
    expect(findFigure(first, "assetmeter_disk_free_bytes")).toBeGreaterThan(0);
    expect(findFigure(first, 'assetmeter_store_rows{table="usage_raw"}')).toBe(2);
    expect(findFigure(first, 'assetmeter_store_rows{table="object_size"}')).toBe(0);
    await submit([event("c")]);
    expect(await readFigure('assetmeter_store_rows{table="usage_raw"}')).toBe(3);
  });

  it("leaves out the figures of a store that cannot be looked at, and shows all others", async () => {
    await submit([event("a")]);
    expect(await readFigure("assetmeter_store_up")).toBe(1);
    await parts.store.close();
    const { statusCode, body } = await readFigures();
    expect(statusCode).toBe(200);
    expect(findFigure(body, "assetmeter_store_up")).toBe(0);
    expect(body).not.toContain("assetmeter_store_bytes");
    expect(body).not.toContain("assetmeter_store_rows");
    expect(findFigure(body, "assetmeter_disk_free_bytes")).toBeGreaterThan(0);
    expect(findFigure(body, 'assetmeter_records_total{result="accepted"}')).toBe(1);
  });

  it("counts a submission that nothing was counted of", async () => {
    const nobody = { organization: 99, source: "s", format: "cloudevents", space: null, allowedSpaces: null } as const;
    await expect(parts.intake.submit({ ...nobody, records: [], checkpoint: null })).rejects.toThrow();
    expect(await readFigure("assetmeter_submissions_failed_total")).toBe(1);
    expect(await readFigure("assetmeter_queue_records")).toBe(0);
  });
});
