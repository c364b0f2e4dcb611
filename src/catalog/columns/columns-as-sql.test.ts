/**
 * Lists out of columns against the same lists by SQL, of one file: whatever assets there are and whatever has changed.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Arbitrary,
  assert,
  asyncProperty,
  constantFrom,
  integer,
  array as listOf,
  option,
  record,
  string,
  subarray,
} from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AssetFilter, AssetSort } from "../../model/asset.ts";
import { buildFixedClock } from "../../platform/clock.ts";
import { randomIds } from "../../platform/ids.ts";
import type { Catalog } from "../catalog.ts";
import { LIST_LIMITS } from "../list-assets.ts";
import { openSqliteCatalog } from "../sqlite.ts";

const MOMENT_MS = 100;

// Few letters, so that many texts contain others: both cases, forms that fold alike, several bytes, what has a meaning in
// SQL. U+FF5E is before an emoji byte by byte, and behind it by UTF-16 units.
const TEXT = string({ unit: constantFrom(...'aAbé\u00c9σςΣß%_\\"\uff5e\u{1f600}'), maxLength: 20 });
const PART = string({ unit: constantFrom(...'aAbé\u00c9σςΣß%_\\"\uff5e\u{1f600}'), minLength: 1, maxLength: 4 });
const TIME = integer({ min: MOMENT_MS - 3, max: MOMENT_MS + 3 });

const ASSET = record({
  shortFilename: string({ unit: constantFrom(..."aAbé\u00c9σ.\uff5e\u{1f600}"), minLength: 1, maxLength: 3 }),
  alt: option(TEXT),
  title: option(TEXT),
  copyright: option(TEXT),
  extId: option(constantFrom("x", "X", "xx", "é")),
  isPrivate: constantFrom(true, false),
  publishAtMs: option(TIME),
  expireAtMs: option(TIME),
  createdAtMs: TIME,
  updatedAtMs: TIME,
});

const CONDITIONS = record({
  folder: constantFrom(null, 1),
  privateAtMs: TIME,
  filenameContains: PART,
  altContains: option(PART, { nil: "" }),
  titleContains: PART,
  copyrightContains: PART,
  extId: constantFrom("x", "xx", "é", "y"),
  tagNames: listOf(constantFrom("red", "blue", "none"), { maxLength: 2 }),
  createdFromMs: TIME,
  createdToMs: TIME,
  updatedFromMs: TIME,
  updatedToMs: TIME,
  expireFromMs: TIME,
  expireToMs: TIME,
} satisfies Partial<Record<keyof AssetFilter, unknown>>);

type Conditions = typeof CONDITIONS extends Arbitrary<infer T> ? T : never;
const FIELDS: readonly (keyof Conditions)[] = [
  ...(["folder", "privateAtMs", "filenameContains", "altContains", "titleContains", "copyrightContains"] as const),
  ...(["extId", "tagNames", "createdFromMs", "createdToMs", "updatedFromMs", "updatedToMs"] as const),
  ...(["expireFromMs", "expireToMs"] as const),
];

/** One condition or two: more of them list nothing, most of the time. */
const FILTER: Arbitrary<AssetFilter> = record({
  trash: constantFrom(false, false, false, true),
  fields: subarray([...FIELDS], { minLength: 1, maxLength: 2 }),
  conditions: CONDITIONS,
}).map(({ trash, fields, conditions }) => ({
  trash,
  ...Object.fromEntries(fields.map((field) => [field, conditions[field]])),
}));

/** Lists that are there from the first asset on and take in every change. */
const ALWAYS_ASKED: readonly AssetFilter[] = [
  { trash: false, tagNames: ["red"] },
  { trash: false, filenameContains: "a" },
  { trash: true, tagNames: ["blue", "red"] },
];

const CHANGE = record({
  kind: constantFrom("create", "change", "tag", "trash", "restore", "purge", "move", "empty", "rename"),
  which: integer({ min: 0, max: 9 }),
  asset: ASSET,
});

const SORTS: readonly AssetSort[] = (["createdAtMs", "updatedAtMs", "shortFilename"] as const).flatMap((by) =>
  (["asc", "desc"] as const).map((direction) => ({ by, direction })),
);

describe("lists out of columns", () => {
  let folder: string;
  let columns: Catalog;
  let bySql: Catalog;
  const clock = buildFixedClock(0);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "assetmeter-columns-"));
    const options = { file: join(folder, "catalog.db"), clock, ids: randomIds };
    columns = await openSqliteCatalog({ ...options, lists: { ...LIST_LIMITS, directAssetsMax: 0 } });
    bySql = await openSqliteCatalog({ ...options, lists: { directAssetsMax: 0, columnsBytesMax: 0 } });
    await columns.createOrganization({ id: 1, name: "One" });
  });

  afterEach(async () => {
    for (const catalog of [columns, bySql]) await catalog.close();
    await rm(folder, { recursive: true });
  });

  /** Two pages of a list in some orders, from both. */
  const compare = async (space: number, filter: AssetFilter, sorts: readonly AssetSort[] = SORTS): Promise<void> => {
    for (const sort of sorts) {
      for (const page of [1, 2]) {
        const [found, expected] = await Promise.all(
          [columns, bySql].map((catalog) => catalog.listAssets(1, space, filter, sort, { page, perPage: 6 })),
        );
        expect({ filter, sort, page, ...found }).toEqual({ filter, sort, page, ...expected });
      }
    }
  };

  test("are what SQL gives, for any assets, filters and changes", async () => {
    let space = 0;
    const assets = listOf(ASSET, { minLength: 20, maxLength: 35 });
    const steps = listOf(record({ change: CHANGE, filter: FILTER }), { minLength: 6, maxLength: 8 });
    await assert(
      asyncProperty(assets, steps, async (first, changes) => {
        space += 1;
        const world = await buildWorld(columns, space);
        for (const asset of first) await world.create(asset);
        const asked = [...ALWAYS_ASKED];
        for (const [step, { change, filter }] of changes.entries()) {
          clock.set(clock.now() + 1);
          await world.change(change);
          // What was asked for before is remembered, and has to take in the change too.
          asked.push(world.inFolder(filter));
          for (const [index, one] of asked.entries()) {
            await compare(space, one, [SORTS[(step + index) % SORTS.length] as AssetSort]);
          }
        }
      }),
      { numRuns: 6 },
    );
  });

  test("follow more changes than are known one by one", async () => {
    await columns.createSpace({ organization: 1, id: 1, name: "One" });
    const add = (from: number, count: number) =>
      columns.resolveAssetPaths(
        1,
        Array.from({ length: count }, (_, index) => ({ space: 1, path: `/${from + index}` })),
        true,
      );
    for (const [from, count] of [
      [0, 10],
      [1_000, 2_048],
      [4_000, 2_049],
      [8_000, 1],
    ] as const) {
      await add(from, count);
      await compare(1, { trash: false, filenameContains: "1" });
    }
  });
});

/** A space with two tags, a folder and changes that may or may not find something to change. */
async function buildWorld(catalog: Catalog, space: number) {
  const place = { organization: 1, space };
  await catalog.createSpace({ organization: 1, id: space, name: `S${space}` });
  const tags = [
    await catalog.createTag({ ...place, name: "red" }),
    await catalog.createTag({ ...place, name: "blue" }),
  ];
  const folder = (await catalog.createFolder({ ...place, name: "F" })).id;
  const ids: number[] = [];
  type Asset = typeof ASSET extends Arbitrary<infer T> ? T : never;
  const create = async (asset: Asset): Promise<void> => {
    const tagIds = tags.slice(0, ids.length % 3).map(({ id }) => id);
    const created = await catalog.createAsset({
      ...place,
      path: `/${randomIds.uuid()}`,
      ...asset,
      tagIds,
      folder: ids.length % 2 === 0 ? null : folder,
    });
    ids.push(created.id);
  };
  const change = async ({ kind, which, asset }: typeof CHANGE extends Arbitrary<infer T> ? T : never) => {
    const id = ids[which % ids.length] as number;
    const { createdAtMs: _, updatedAtMs: __, ...fields } = asset;
    if (kind === "create") return create(asset);
    if (kind === "change") return catalog.updateAsset(1, id, fields);
    if (kind === "tag")
      return catalog.setAssetTags(1, space, new Map([[id, which > 4 ? tags.map((tag) => tag.id) : []]]));
    if (kind === "trash") return catalog.deleteAssets(1, space, ids.slice(which));
    if (kind === "restore") return catalog.restoreAssets(1, space, ids.slice(which));
    if (kind === "purge") return catalog.purgeTrash(1, space, 1);
    if (kind === "rename") return catalog.renameTag(1, tags[0]?.id ?? 0, which > 4 ? "red" : "none");
    return catalog.moveAssets(1, space, ids.slice(which), kind === "move" ? folder : null);
  };
  return {
    create,
    change,
    inFolder: (filter: AssetFilter) => (filter.folder === 1 ? { ...filter, folder } : filter),
  };
}
