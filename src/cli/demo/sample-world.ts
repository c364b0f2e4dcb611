/**
 * The things that sample traffic is about: one organization with spaces, users, buckets, folders, tags and assets.
 * Pure: the same seed gives the same things.
 */
import type { Role } from "../../model/token.ts";
import { buildRandomNumbers, type RandomNumbers } from "./random-numbers.ts";

/** The things of the demo. Ids are unique within the organization. */
export type SampleWorld = {
  readonly organization: { readonly id: number; readonly name: string; readonly monthlyTrafficBytesMax: number };
  readonly spaces: readonly { readonly id: number; readonly name: string }[];
  readonly users: readonly {
    readonly id: number;
    readonly name: string;
    readonly email: string;
    readonly role: Role;
  }[];
  /** Two per space, in the order of the spaces. */
  readonly buckets: readonly SampleBucket[];
  readonly folders: readonly { readonly id: number; readonly space: number; readonly name: string }[];
  readonly tags: readonly { readonly id: number; readonly space: number; readonly name: string }[];
  /** Most popular first. */
  readonly assets: readonly SampleAsset[];
};

/** A bucket; `id` is a UUID. */
export type SampleBucket = {
  readonly id: string;
  readonly space: number;
  readonly name: string;
  readonly endpoint: string;
};

/** An asset with everything that its traffic needs. */
export type SampleAsset = {
  readonly id: number;
  readonly space: number;
  readonly bucket: string;
  readonly path: string;
  readonly contentType: string;
  readonly contentBytes: number;
  readonly folder: number;
  readonly tagIds: readonly number[];
  readonly title: string;
};

/** The space whose web server wrote the access log. */
export const LOG_SPACE = 1;

const ORGANIZATION = { id: 1, name: "Northwind Media", monthlyTrafficBytesMax: 20_000_000_000_000 };
const SPACE_NAMES = ["Website", "Shop", "Press"] as const;
const BUCKETS_PER_SPACE = ["originals", "derivatives"] as const;
const FOLDER_NAMES = ["products", "campaigns", "people", "press-kit"] as const;
const TAG_NAMES = ["approved", "summer", "winter", "print"] as const;
const USERS = 20;
const ASSETS = 500;

/** Kinds of files with their share of the assets and the range of their length in bytes. */
const FILE_KINDS = [
  { extension: "jpg", contentType: "image/jpeg", share: 0.5, minBytes: 40_000, maxBytes: 900_000 },
  { extension: "webp", contentType: "image/webp", share: 0.2, minBytes: 15_000, maxBytes: 300_000 },
  { extension: "png", contentType: "image/png", share: 0.12, minBytes: 20_000, maxBytes: 1_500_000 },
  { extension: "pdf", contentType: "application/pdf", share: 0.1, minBytes: 80_000, maxBytes: 6_000_000 },
  { extension: "mp4", contentType: "video/mp4", share: 0.08, minBytes: 2_000_000, maxBytes: 40_000_000 },
] as const;

const SUBJECTS = [
  "harbour",
  "lamp",
  "jacket",
  "forest",
  "kitchen",
  "portrait",
  "bicycle",
  "skyline",
  "teapot",
  "runner",
];
const VIEWS = ["front", "detail", "wide", "night", "studio", "outdoor", "cover", "teaser"];
const FIRST_NAMES = ["Ada", "Ben", "Chidi", "Dana", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas"];
const LAST_NAMES = ["Okafor", "Lindqvist"];

/** Builds the things for a seed. */
export function buildSampleWorld(seed: number): SampleWorld {
  const random = buildRandomNumbers(seed);
  const spaces = SPACE_NAMES.map((name, index) => ({ id: index + 1, name }));
  const buckets = spaces.flatMap((space) => BUCKETS_PER_SPACE.map((role) => buildBucket(space, role, random)));
  const folders = spaces.flatMap((space) => numbered(FOLDER_NAMES, space.id));
  const tags = spaces.flatMap((space) => numbered(TAG_NAMES, space.id));
  const assets = Array.from({ length: ASSETS }, (_, index) =>
    buildAsset(index + 1, { buckets, folders, tags }, random),
  );
  return { organization: ORGANIZATION, spaces, users: buildUsers(), buckets, folders, tags, assets };
}

/** Ids 1, 2, … over all spaces: space 2 goes on where space 1 ends. */
function numbered(names: readonly string[], space: number) {
  return names.map((name, index) => ({ id: (space - 1) * names.length + index + 1, space, name }));
}

function buildBucket(space: { readonly id: number; readonly name: string }, role: string, random: RandomNumbers) {
  // Version 4, variant 1: what a UUID library would have made.
  const id = `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`;
  const name = `${space.name.toLowerCase()}-${role}`;
  return { id, space: space.id, name, endpoint: "https://s3.example.com" };
}

function buildUsers() {
  return Array.from({ length: USERS }, (_, index) => {
    const first = FIRST_NAMES[index % FIRST_NAMES.length] as string;
    const last = LAST_NAMES[Math.floor(index / FIRST_NAMES.length)] as string;
    const role: Role = index === 0 ? "admin" : index < 5 ? "manager" : "member";
    const email = `${first}.${last}@northwind.example`.toLowerCase();
    return { id: index + 1, name: `${first} ${last}`, email, role };
  });
}

function buildAsset(
  id: number,
  { buckets, folders, tags }: Pick<SampleWorld, "buckets" | "folders" | "tags">,
  random: RandomNumbers,
): SampleAsset {
  // Half of the assets are the website's; the other spaces share the rest.
  const space = id % 2 === 1 ? 1 : id % 4 === 0 ? 2 : 3;
  const kind = FILE_KINDS[pickFileKind(random.unit())] as (typeof FILE_KINDS)[number];
  const subject = SUBJECTS[random.whole(0, SUBJECTS.length - 1)];
  const view = VIEWS[random.whole(0, VIEWS.length - 1)];
  const folder = pickOf(folders, space, random);
  return {
    id,
    space,
    bucket: (buckets.find((bucket) => bucket.space === space) as SampleBucket).id,
    // The id keeps two assets with the same subject and view apart.
    path: `/media/${folder.name}/${subject}-${view}-${id}.${kind.extension}`,
    contentType: kind.contentType,
    contentBytes: random.whole(kind.minBytes, kind.maxBytes),
    folder: folder.id,
    tagIds: [pickOf(tags, space, random).id],
    title: `${subject}, ${view}`,
  };
}

function pickFileKind(unit: number): number {
  let upTo = 0;
  for (const [index, kind] of FILE_KINDS.entries()) {
    upTo += kind.share;
    if (unit < upTo) return index;
  }
  return FILE_KINDS.length - 1;
}

function pickOf<Thing extends { readonly space: number }>(
  things: readonly Thing[],
  space: number,
  random: RandomNumbers,
): Thing {
  const own = things.filter((thing) => thing.space === space);
  return own[random.whole(0, own.length - 1)] as Thing;
}
