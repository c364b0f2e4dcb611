/** What the step list resolves against the catalogue: sources, operations, spaces, assets, buckets and users. */
import { afterEach, describe, expect, test } from "vitest";
import type { IntakeReceipt } from "./intake.ts";
import { openTestIntake, type TestIntake, type TestIntakeOptions } from "./open-intake.contract.ts";

let opened: TestIntake;
const open = async (options: TestIntakeOptions = {}) => {
  opened = await openTestIntake(options);
  return opened;
};
afterEach(() => opened.close());

type Fields = Record<string, unknown>;
const event = (id: string, data: Fields = {}, more: Fields = {}) => ({
  specversion: "1.0",
  id,
  source: "cms",
  type: "assetmeter.api",
  data,
  ...more,
});

const shortOf = (receipt: IntakeReceipt) => receipt.results.map(({ result, reason }) => reason ?? result);

/** Requests per value of one dimension, over everything that is stored. */
async function readRequestsBy(dimension: "space" | "operation"): Promise<Record<string, number>> {
  const rows = await opened.store.scan({
    organization: opened.organization,
    segments: [{ table: "usage_raw", startMs: 0, endMs: Date.UTC(2030, 0, 1) }],
    filter: {},
    groupBy: [dimension],
    sums: [{ measure: "count", kinds: null }],
    windows: null,
    keep: null,
    orderBySum: null,
    rowsMax: null,
  });
  return Object.fromEntries(rows.map((row) => [String(row.group[0]), Number(row.sums[0])]));
}

describe("sources", () => {
  test("sources and things are in the catalogue before the commit that names them begins", async () => {
    const seen: string[] = [];
    const { intake, events, catalog, organization } = await open({
      wrapStore: (store) => ({
        ...store,
        async append(batch) {
          for (const { name, format } of await catalog.listSources(organization)) seen.push(`${name}: ${format}`);
          if ((await catalog.readAsset(organization, 5)) !== null) seen.push("asset 5");
          return store.append(batch);
        },
      }),
    });
    await intake.submit(events([event("1", { asset_id: 5 }), event("2", { count: -1 }, { source: "only bad" })]));
    expect(seen).toEqual(["cms: cloudevents", "events: cloudevents", "only bad: cloudevents", "asset 5"]);
  });

  test("more sources than allowed are refused, also from submissions at the same moment, and counted under known ones", async () => {
    const { intake, events, catalog, organization, readCounts } = await open({
      limits: { sourcesPerOrganizationMax: 3 },
    });
    const from = (source: string) => events([event("1", {}, { source })]);
    const receipts = await Promise.all(["a", "b", "c", "d"].map((source) => intake.submit(from(source))));
    expect(receipts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(2);
    expect(receipts.reduce((sum, receipt) => sum + (receipt.rejectedByReason["too-many-sources"] ?? 0), 0)).toBe(2);
    expect(await catalog.listSources(organization)).toHaveLength(3);
    expect(await readCounts("events")).toMatchObject({ received: 2, rejected: { "too-many-sources": 2 } });
  });

  test("when even the submission's source is too many, its records are counted under (other)", async () => {
    const { intake, events, readCounts } = await open({ limits: { sourcesPerOrganizationMax: 1 } });
    await intake.submit(events([event("1", {}, { source: "events" })]));
    const more = { source: "new" };
    const receipt = await intake.submit(
      events([event("1", {}, { source: "new" }), "bad", event("2", {}, { source: "events" })], more),
    );
    expect(shortOf(receipt)).toEqual(["too-many-sources", "not-an-event", "accepted"]);
    expect(await readCounts("(other)")).toMatchObject({ received: 2, accepted: 0 });
    expect(await readCounts("events")).toMatchObject({ received: 2, accepted: 2 });
  });

  test("more distinct operations than allowed become (other), per source", async () => {
    const { intake, events } = await open({ limits: { operationsPerSourceMax: 2 } });
    const operations = ["a", "b", "c", "a", "d", ""];
    await intake.submit(events(operations.map((operation, i) => event(`${i}`, { operation }))));
    await intake.submit(events([event("x", { operation: "c" }, { source: "shop" })]));
    expect(await readRequestsBy("operation")).toEqual({
      "": 1,
      "(other)": 2,
      a: 2,
      b: 1,
      c: 1,
    });
  });

  test("however many paths a source's requests have, its addons and transcodes keep their names", async () => {
    const { intake, events } = await open({ limits: { operationsPerSourceMax: 2 } });
    const paths = ["/assets/1", "/assets/2", "/assets/3", "/assets/4"];
    const works = [
      event("a", { operation: "STORYBOARD" }, { type: "assetmeter.addon" }),
      event("t", { operation: "720p-video" }, { type: "assetmeter.transcode" }),
    ];
    await intake.submit(events([...paths.map((operation) => event(operation, { operation })), ...works]));
    expect(await readRequestsBy("operation")).toEqual({
      "/assets/1": 1,
      "/assets/2": 1,
      "(other)": 2,
      STORYBOARD: 1,
      "720p-video": 1,
    });
    // The bound is one of each kind.
    const addons = ["STORYBOARD", "REMOVE_BACKGROUND", "SCENE_CLASSIFICATION"];
    await intake.submit(
      events(addons.map((operation) => event(`2 ${operation}`, { operation }, { type: "assetmeter.addon" }))),
    );
    expect(await readRequestsBy("operation")).toMatchObject({ STORYBOARD: 2, REMOVE_BACKGROUND: 1, "(other)": 3 });
  });
});

describe("buckets", () => {
  test("a sender that is limited to spaces may not write to a bucket of another one, which answers as an unknown one", async () => {
    const { intake, events, catalog, organization } = await open();
    await catalog.createBucket({ organization, id: "mine", name: "Mine", space: 1 });
    await catalog.createBucket({ organization, id: "theirs", name: "Theirs", space: 2 });
    await catalog.createBucket({ organization, id: "nobody's", name: "Open" });
    const into = (id: string, bucket_id: string) => event(id, { space_id: 1, bucket_id });
    const limited = { allowedSpaces: [1] };
    const batch = [into("1", "mine"), into("2", "theirs"), into("3", "nobody's"), into("4", "new")];
    const receipt = await intake.submit(events(batch, limited));
    expect(shortOf(receipt)).toEqual(["accepted", "unknown-bucket", "accepted", "accepted"]);
    expect(receipt.results[1]?.detail).toBe('The bucket "theirs" is not in the catalogue.');
    // Whoever may write everywhere asks second: what the first was refused is remembered for nobody else.
    expect(shortOf(await intake.submit(events(batch)))).toEqual(["duplicate", "accepted", "duplicate", "duplicate"]);
    expect(shortOf(await intake.submit(events([into("5", "theirs")], limited)))).toEqual(["unknown-bucket"]);
  });
});

describe("spaces", () => {
  test("an unknown space is refused, also when it was refused before and exists by then", async () => {
    const { intake, events, catalog, organization } = await open();
    const batch = [event("1", { space_id: 1 }), event("2", { space_id: 9 })];
    expect(shortOf(await intake.submit(events(batch)))).toEqual(["accepted", "unknown-space"]);
    await catalog.createSpace({ organization, id: 9, name: "Nine" });
    expect(shortOf(await intake.submit(events(batch)))).toEqual(["duplicate", "accepted"]);
  });

  test("another organization's space is an unknown space, in the same words", async () => {
    const { intake, events, catalog } = await open();
    const other = await catalog.createOrganization({ name: "Other" });
    await catalog.createSpace({ organization: other.id, id: 77, name: "Theirs" });
    const receipt = await intake.submit(events([event("1", { space_id: 77 }), event("2", { space_id: 78 })]));
    const details = receipt.results.map(({ detail }) => detail?.replace(/7[78]/, "N"));
    expect(details[0]).toBe(details[1]);
    expect(shortOf(receipt)).toEqual(["unknown-space", "unknown-space"]);
  });

  test("a record that names none takes the submission's", async () => {
    const { intake, events } = await open();
    await intake.submit(events([event("1"), event("2", { space_id: 2 })], { space: 1 }));
    expect(await readRequestsBy("space")).toEqual({ 1: 1, 2: 1 });
  });

  test("a sender that is limited to some spaces writes into these and into no others, nor into none", async () => {
    const { intake, events, catalog, organization } = await open();
    await catalog.createAsset({ organization, id: 10, path: "/mine.jpg", space: 1 });
    await catalog.createAsset({ organization, id: 20, path: "/theirs.jpg", space: 2 });
    const batch = [
      event("1", { space_id: 1 }),
      event("2", { space_id: 2 }),
      event("3"),
      event("4", { asset_id: 10 }),
      event("5", { asset_id: 20 }),
      event("6", { asset_id: 20, space_id: 1 }),
      event("7", { asset_id: 30 }),
      event("8", { asset_id: 40, space_id: 1 }),
    ];
    const receipt = await intake.submit(events(batch, { allowedSpaces: [1] }));
    expect(shortOf(receipt)).toEqual([
      "accepted",
      "unknown-space",
      "unknown-space",
      "accepted",
      "unknown-asset",
      "unknown-asset",
      "unknown-asset",
      "accepted",
    ]);
    expect(await catalog.readAsset(organization, 30)).toBeNull();
    expect((await catalog.readAsset(organization, 40))?.space).toBe(1);
  });
});

describe("things", () => {
  test("assets, buckets and users that are new are registered by the first record that names them", async () => {
    const { intake, events, catalog, organization } = await open();
    const data = { space_id: 1, asset_id: 5, bucket_id: "media", user_id: 6 };
    const receipt = await intake.submit(
      events([event("1", data), event("2", data), event("3", { ...data, count: -1, asset_id: 7 })]),
    );
    expect(shortOf(receipt)).toEqual(["accepted", "accepted", "bad-number"]);
    expect(await catalog.readAsset(organization, 5)).toMatchObject({ space: 1 });
    expect(await catalog.readAsset(organization, 7)).toBeNull();
    expect((await catalog.listBuckets(organization)).map(({ id, space }) => [id, space])).toEqual([["media", 1]]);
    expect(await catalog.readUser(organization, 6)).toMatchObject({ role: "member" });
  });

  test("events that name more new buckets than allowed are refused one by one, and those of known ones are counted", async () => {
    const { intake, events, catalog, organization } = await open({ limits: { bucketsPerOrganizationMax: 2 } });
    const named = ["a", "b", "c", "a", "d"].map((bucket_id, index) => event(`${index}`, { bucket_id }));
    const receipt = await intake.submit(events(named));
    expect(shortOf(receipt)).toEqual(["accepted", "accepted", "too-many-buckets", "accepted", "too-many-buckets"]);
    expect(receipt.results[2]?.detail).toBe('The bucket "c" is new and the organization has 2 already.');
    expect((await catalog.listBuckets(organization)).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(shortOf(await intake.submit(events([event("x"), event("y", { bucket_id: "b" })])))).toEqual([
      "accepted",
      "accepted",
    ]);
  });

  test("a source that does not register refuses what the catalogue does not have", async () => {
    const { intake, events, catalog, organization } = await open();
    await catalog.ensureSource({ organization, name: "cms", format: "cloudevents", registersUnknown: false });
    await catalog.createAsset({ organization, id: 5, path: "/a.jpg", space: 1 });
    await catalog.createBucket({ organization, id: "media", name: "Media" });
    await catalog.createUser({ organization, id: 6, name: "Six", role: "member" });
    const batch = [
      event("1", { asset_id: 5, bucket_id: "media", user_id: 6 }),
      event("2", { asset_id: 8 }),
      event("3", { bucket_id: "other" }),
      event("4", { user_id: 9 }),
    ];
    expect(shortOf(await intake.submit(events(batch)))).toEqual([
      "accepted",
      "unknown-asset",
      "unknown-bucket",
      "unknown-user",
    ]);
    const byAnother = event("5", { asset_id: 8, bucket_id: "other", user_id: 9 }, { source: "shop" });
    expect(shortOf(await intake.submit(events([byAnother])))).toEqual(["accepted"]);
    expect(shortOf(await intake.submit(events(batch)))).toEqual(["duplicate", "accepted", "accepted", "accepted"]);
  });

  test("an event that names an asset and no space takes the asset's space, one that names both keeps its own", async () => {
    const { intake, events, catalog, organization } = await open();
    await catalog.createAsset({ organization, id: 5, path: "/a.jpg", space: 2 });
    await intake.submit(events([event("1", { asset_id: 5 }), event("2", { asset_id: 5, space_id: 1 })], { space: 1 }));
    expect(await readRequestsBy("space")).toEqual({ 1: 1, 2: 1 });
  });

  test("another organization's asset of the same number is not this one", async () => {
    const { intake, events, catalog, organization } = await open();
    const other = await catalog.createOrganization({ name: "Other" });
    await catalog.createSpace({ organization: other.id, id: 1, name: "Theirs" });
    await catalog.createAsset({ organization: other.id, id: 5, path: "/theirs.jpg", space: 1 });
    await intake.submit(events([event("1", { asset_id: 5 })]));
    expect((await catalog.readAsset(organization, 5))?.path).not.toBe("/theirs.jpg");
    expect((await catalog.readAsset(organization, 5))?.space).toBeNull();
  });

  test("a catalogue that is down refuses the submission and nothing of it is counted", async () => {
    const { intake, events, catalog, readSums } = await open();
    await intake.submit(events([event("1")]));
    await catalog.close();
    await expect(intake.submit(events([event("2", { space_id: 1 })]))).rejects.toMatchObject({
      code: "catalog/unavailable",
    });
    expect((await readSums()).api?.[0]).toBe(1);
  });
});
