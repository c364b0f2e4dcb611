/**
 * Own traffic over the real intake and store: what is answered is counted once, whatever happens to the process, the disk
 * and the store in between.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AnswerUsage, ServedRequest } from "../../model/served-request.ts";
import { AppError } from "../../platform/errors.ts";
import { randomIds } from "../../platform/ids.ts";
import { buildLogger } from "../../platform/log.ts";
import type { Intake } from "../intake.ts";
import { openTestIntake, TEST_NOW_MS } from "../open-intake.contract.ts";
import { type OwnTraffic, openOwnTraffic } from "./own-traffic.ts";

let world: Awaited<ReturnType<typeof openTestIntake>>;
let folder: string;
const opened: OwnTraffic[] = [];

async function open(intake: Intake = world.intake): Promise<OwnTraffic> {
  const { catalog, store, clock } = world;
  const deps = { folder, intake, catalog, store, clock, ids: randomIds, logger: buildLogger("silent") };
  const traffic = await openOwnTraffic(deps);
  opened.push(traffic);
  return traffic;
}

beforeEach(async () => {
  world = await openTestIntake();
  folder = join(mkdtempSync(join(tmpdir(), "assetmeter-own-")), "own-traffic");
});
afterEach(async () => {
  for (const traffic of opened.splice(0)) await traffic.close();
  await world.close();
  rmSync(join(folder, ".."), { recursive: true });
});

const request = (bytesOut: number, over: Partial<NonNullable<ServedRequest["api"]>> = {}): ServedRequest => ({
  timeMs: TEST_NOW_MS,
  api: { organization: world.organization, user: null, space: 1, operation: "/v1/spaces/{ID}/assets", ...over },
  bytesIn: 3,
  bytesOut,
  usage: [],
});

const fact = (kind: AnswerUsage["kind"], over: Partial<AnswerUsage> = {}): AnswerUsage => ({
  kind,
  organization: world.organization,
  space: 1,
  user: null,
  asset: null,
  operation: "GET",
  count: 1,
  bytesIn: 0,
  sizeDelta: 0,
  objectsDelta: 0,
  ...over,
});

const deliveryOf = (asset: number, bytesOut: number): ServedRequest => ({
  ...request(bytesOut),
  api: null,
  usage: [fact("delivery", { asset })],
});

/** Sums over everything of an organization, by kind and space. */
async function readSums(organization = world.organization): Promise<Record<string, readonly number[]>> {
  const measures = ["count", "bytesIn", "bytesOut", "sizeDelta", "objectsDelta"] as const;
  const rows = await world.store.scan({
    organization,
    segments: [{ table: "usage_raw", startMs: 0, endMs: TEST_NOW_MS + 1 }],
    filter: {},
    groupBy: ["kind", "space"],
    sums: measures.map((measure) => ({ measure, kinds: null })),
    windows: null,
    keep: null,
    orderBySum: null,
    rowsMax: null,
  });
  return Object.fromEntries(rows.map(({ group, sums }) => [group.join(" in "), sums.map(Number)]));
}

const segments = (): readonly string[] => readdirSync(folder);

/** An intake that rejects with `code` while `failing` says so. */
function failingIntake(code: "store/unavailable" | "catalog/not-found", failing: () => boolean): Intake {
  return {
    ...world.intake,
    submit: async (submission) => {
      if (failing()) throw new AppError(code, "Not now.");
      return world.intake.submit(submission);
    },
    close: async () => {},
  };
}

describe("openOwnTraffic", () => {
  test("requests, deliveries, uploads and removals are counted with their bytes, under one source", async () => {
    const traffic = await open();
    traffic.record(request(100));
    traffic.record(request(50, { space: 2 }));
    traffic.record({ ...deliveryOf(7, 1_000), bytesIn: 9 });
    const stored = { bytesIn: 600, sizeDelta: 500, objectsDelta: 1, asset: 7, operation: "POST" };
    traffic.record({ ...request(0), api: null, usage: [fact("upload", stored)] });
    const removal = fact("delete", { sizeDelta: -500, objectsDelta: -1, asset: 7, count: 0 });
    traffic.record({ ...request(10), usage: [removal] });
    await traffic.settle();
    expect(await readSums()).toEqual({
      "api in 1": [2, 6, 110, 0, 0],
      "api in 2": [1, 3, 50, 0, 0],
      "delivery in 1": [1, 0, 1_000, 0, 0],
      "upload in 1": [1, 600, 0, 500, 1],
      "delete in 1": [0, 0, 0, -500, -1],
    });
    const [counts, ...others] = await world.store.readSourceCounts(world.organization);
    expect(counts).toMatchObject({ source: "own-traffic", received: 6, accepted: 6, duplicates: 0, rejected: {} });
    expect(others).toEqual([]);
  });

  test("a request for a space that is not there is counted under no space", async () => {
    const traffic = await open();
    traffic.record(request(100, { space: 99 }));
    await traffic.settle();
    expect(await readSums()).toEqual({ "api in ": [1, 3, 100, 0, 0] });
  });

  test("each organization's requests are its own", async () => {
    const other = (await world.catalog.createOrganization({ name: "Other" })).id;
    const traffic = await open();
    traffic.record(request(100));
    traffic.record(request(7, { organization: other, space: null }));
    await traffic.settle();
    expect(await readSums()).toEqual({ "api in 1": [1, 3, 100, 0, 0] });
    expect(await readSums(other)).toEqual({ "api in ": [1, 3, 7, 0, 0] });
  });

  test("a thousand requests between commits are a thousand, and settling again adds nothing", async () => {
    const traffic = await open();
    for (let i = 0; i < 1_000; i++) {
      traffic.record(request(1));
      if (i % 300 === 0) await traffic.settle();
    }
    await Promise.all([traffic.settle(), traffic.settle()]);
    await traffic.settle();
    expect(await readSums()).toEqual({ "api in 1": [1_000, 3_000, 1_000, 0, 0] });
    expect(await world.store.readSourceCounts(world.organization)).toMatchObject([{ received: 1_000, duplicates: 0 }]);
  });

  test("what was committed is removed from the disk when the source closes", async () => {
    const traffic = await open();
    traffic.record(request(1));
    await traffic.settle();
    expect(segments()).toHaveLength(1);
    traffic.record(request(1));
    await traffic.close();
    await traffic.close();
    expect(segments()).toEqual([]);
    expect(await readSums()).toEqual({ "api in 1": [2, 6, 2, 0, 0] });
  });

  test("what a killed process had written is counted at the next start, its cut last line is not", async () => {
    const killed = await open(failingIntake("store/unavailable", () => true));
    killed.record(request(1));
    killed.record(request(2));
    await expect(killed.settle()).rejects.toMatchObject({ code: "store/unavailable" });
    const [name] = segments();
    const whole = readFileSync(join(folder, name!), "utf8");
    writeFileSync(join(folder, name!), `${whole}${whole.slice(0, 40)}`);
    const next = await open();
    await next.settle();
    expect(await readSums()).toEqual({ "api in 1": [2, 6, 3, 0, 0] });
    expect(segments()).toEqual([]);
  });

  test("what was committed before a process was killed is not submitted again by the next one", async () => {
    const killed = await open();
    killed.record(request(1));
    await killed.settle();
    killed.record(request(2));
    await killed.settle();
    const [name] = segments();
    const copy = readFileSync(join(folder, name!));
    await killed.close();
    writeFileSync(join(folder, name!), copy);
    await (await open()).settle();
    expect(await world.store.readSourceCounts(world.organization)).toMatchObject([{ received: 2, duplicates: 0 }]);
    expect(segments()).toEqual([]);
  });

  test("a segment that comes back after later ones were committed adds nothing", async () => {
    const traffic = await open();
    traffic.record(request(1));
    await traffic.settle();
    const [name] = segments();
    const copy = readFileSync(join(folder, name!));
    await traffic.close();
    const later = await open();
    later.record(request(2));
    await later.close();
    writeFileSync(join(folder, name!), copy);
    await (await open()).settle();
    expect(await readSums()).toEqual({ "api in 1": [2, 6, 3, 0, 0] });
  });

  test("while the store is down nothing is lost, nothing is counted twice, and nobody waits", async () => {
    let isDown = true;
    const traffic = await open(failingIntake("store/unavailable", () => isDown));
    traffic.record(request(1));
    await expect(traffic.settle()).rejects.toMatchObject({ code: "store/unavailable" });
    traffic.record(request(2));
    isDown = false;
    await traffic.settle();
    expect(await readSums()).toEqual({ "api in 1": [2, 6, 3, 0, 0] });
  });

  test("one organization that is not there any more does not stop the others", async () => {
    const traffic = await open();
    traffic.record(request(7, { organization: 99 }));
    traffic.record(request(1));
    await traffic.settle();
    expect(await readSums()).toEqual({ "api in 1": [1, 3, 1, 0, 0] });
  });

  test("lines that are no lines of ours are left out, and the ones around them are counted", async () => {
    const traffic = await open(failingIntake("store/unavailable", () => true));
    traffic.record(request(1));
    await expect(traffic.settle()).rejects.toThrow();
    const [name] = segments();
    const whole = readFileSync(join(folder, name!), "utf8");
    writeFileSync(join(folder, name!), `null\n{"organization":1}\n\0\0\0\n${whole}not json\n`);
    await (await open()).settle();
    expect(await readSums()).toEqual({ "api in 1": [1, 3, 1, 0, 0] });
  });

  test("a folder that cannot be written keeps what is recorded until it can", async () => {
    const traffic = await open();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file in the folder's place");
    traffic.record(request(1));
    await expect(traffic.settle()).rejects.toThrow();
    rmSync(folder);
    mkdirSync(folder);
    await traffic.settle();
    expect(await readSums()).toEqual({ "api in 1": [1, 3, 1, 0, 0] });
  });
});
