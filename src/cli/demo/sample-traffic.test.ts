/**
 * sampleTraffic: the same twice, exactly as much as asked, and a truth that is what the records say.
 */
import { describe, expect, it } from "vitest";
import { type MEASURES, USAGE_KINDS, type UsageKind } from "../../model/usage-event.ts";
import { CHUNK_RECORDS_MAX, type SampleChoice, sampleTraffic } from "./sample-traffic.ts";

const END_MS = Date.UTC(2026, 10, 20, 16, 0, 0);
const DAY_MS = 86_400_000;
const CHOICE: SampleChoice = { seed: 7, endMs: END_MS, days: 14, events: 25_000 };

type WireEvent = { id: string; type: string; time: string; data: Record<string, number | string> };

function readAll(choice: SampleChoice) {
  const traffic = sampleTraffic(choice);
  const chunks = [...traffic.chunks];
  return {
    ...traffic,
    chunks,
    events: chunks.flatMap((chunk) => chunk.events) as WireEvent[],
    lines: chunks.flatMap((chunk) => chunk.lines),
  };
}

/** What a reader of the records would count, knowing nothing of how they were made. */
function countRecords(events: readonly WireEvent[], lines: readonly string[]) {
  const sums = Object.fromEntries(
    USAGE_KINDS.map((kind) => [kind, { count: 0, bytesIn: 0, bytesOut: 0, sizeDelta: 0, objectsDelta: 0 }]),
  ) as Record<UsageKind, Record<(typeof MEASURES)[number], number>>;
  for (const { type, data } of events) {
    const sum = sums[type.slice("assetmeter.".length) as UsageKind];
    sum.count += Number(data.count ?? 1);
    sum.bytesIn += Number(data.bytes_in ?? 0);
    sum.bytesOut += Number(data.bytes_out ?? 0);
    sum.sizeDelta += Number(data.size_delta ?? 0);
    sum.objectsDelta += Number(data.objects_delta ?? 0);
  }
  for (const line of lines) {
    const [, path = "", status, bytes] = /"GET (\S+) HTTP\/1\.1" (\d{3}) (\S+) /.exec(line) ?? [];
    const isDelivery = /\.(jpg|webp|png|pdf|mp4)$/.test(path) && Number(status) < 400;
    const sum = sums[isDelivery ? "delivery" : "api"];
    sum.count += 1;
    sum.bytesOut += bytes === "-" ? 0 : Number(bytes);
  }
  return sums;
}

describe("sampleTraffic", () => {
  const { world, chunks, events, lines, readTotals } = readAll(CHOICE);

  it("makes the same traffic twice for the same choice, and another for another seed", () => {
    const again = readAll(CHOICE);
    expect(again.events).toEqual(events);
    expect(again.lines).toEqual(lines);
    expect(again.world).toEqual(world);
    expect(readAll({ ...CHOICE, seed: 8 }).lines).not.toEqual(lines);
  });

  it("makes exactly as many records as asked, four fifths of them events, in bounded chunks", () => {
    expect(events.length + lines.length).toBe(25_000);
    expect(events.length / 25_000).toBeGreaterThan(0.78);
    expect(events.length / 25_000).toBeLessThan(0.83);
    expect(Math.max(...chunks.map((chunk) => chunk.events.length + chunk.lines.length))).toBe(CHUNK_RECORDS_MAX);
  });

  it("tells as the truth what adding up its events and lines gives", () => {
    expect(readTotals()).toEqual(countRecords(events, lines));
  });

  it("has every kind of usage", () => {
    for (const kind of USAGE_KINDS)
      expect(
        events.some((event) => event.type === `assetmeter.${kind}`),
        kind,
      ).toBe(true);
  });

  it("gives every event an id of its own", () => {
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
  });

  it("goes forward in time, from the first day to just before the end", () => {
    const times = events.map((event) => Date.parse(event.time));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(0)).toBeGreaterThanOrEqual(END_MS - 14 * DAY_MS);
    expect(times.at(0)).toBeLessThan(END_MS - 13 * DAY_MS);
    expect(times.at(-1)).toBeLessThan(END_MS);
    expect(times.at(-1)).toBeGreaterThan(END_MS - DAY_MS);
  });

  it("is busier at noon than at night, and on a Wednesday than on a Sunday", () => {
    const hits = (test: (time: Date) => boolean) => events.filter((event) => test(new Date(event.time))).length;
    expect(hits((time) => time.getUTCHours() === 12)).toBeGreaterThan(3 * hits((time) => time.getUTCHours() === 2));
    expect(hits((time) => time.getUTCDay() === 3)).toBeGreaterThan(1.5 * hits((time) => time.getUTCDay() === 0));
  });

  it("asks for few assets often and for most of them seldom", () => {
    const perAsset = new Map<number, number>();
    for (const { type, data } of events) {
      const asset = Number(data.asset_id);
      if (type === "assetmeter.delivery") perAsset.set(asset, (perAsset.get(asset) ?? 0) + 1);
    }
    const counts = [...perAsset.values()].sort((a, b) => b - a);
    const top = counts.slice(0, 50).reduce((sum, count) => sum + count, 0);
    expect(top / counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0.5);
  });

  it("stores every asset once before anything else happens, and never deletes what is not there", () => {
    expect(events.slice(0, 500).map(({ type, data }) => [type, data.asset_id, data.size_delta])).toEqual(
      world.assets.map((asset) => ["assetmeter.upload", asset.id, asset.contentBytes]),
    );
    let objects = 0;
    let bytes = 0;
    for (const { data } of events) {
      objects += Number(data.objects_delta ?? 0);
      bytes += Number(data.size_delta ?? 0);
      expect(objects).toBeGreaterThanOrEqual(0);
      expect(bytes).toBeGreaterThanOrEqual(0);
    }
  });

  it("names only things of its world", () => {
    const spaces = new Map(world.buckets.map((bucket) => [bucket.id, bucket.space]));
    const assets = new Map(world.assets.map((asset) => [asset.id, asset.space]));
    const users = new Set(world.users.map((user) => user.id));
    for (const { data } of events) {
      if (data.bucket_id !== undefined) expect(spaces.get(String(data.bucket_id))).toBe(data.space_id);
      if (data.asset_id !== undefined) expect(assets.get(Number(data.asset_id))).toBe(data.space_id);
      if (data.user_id !== undefined) expect(users.has(Number(data.user_id))).toBe(true);
    }
    expect({ spaces: world.spaces.length, users: users.size, buckets: spaces.size, assets: assets.size }).toEqual({
      spaces: 3,
      users: 20,
      buckets: 6,
      assets: 500,
    });
  });

  it("does not change the world with the amount of traffic", () => {
    expect(sampleTraffic({ ...CHOICE, events: 1000, days: 1 }).world).toEqual(world);
  });

  it.each([1, 2, 499, 10_000])("loses no record of %i to rounding", (wanted) => {
    const made = readAll({ seed: 1, endMs: END_MS, days: 90, events: wanted });
    expect(made.events.length + made.lines.length).toBe(wanted);
  });
});
