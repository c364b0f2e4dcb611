/**
 * Sample events: CloudEvents objects as a platform would send them, each with the fact that it states. Pure.
 */
import type { UsageKind, UsageMeasures } from "../../model/usage-event.ts";
import { buildWeightedChoice, buildZipfWeights, type RandomNumbers } from "./random-numbers.ts";
import type { SampleChoice, SampleFact } from "./sample-traffic.ts";
import type { SampleAsset, SampleBucket, SampleWorld } from "./sample-world.ts";

/** The source that the events name. */
export const EVENT_SOURCE = "demo-platform";

/** Makes the event of a time. `index` counts all records of the traffic from 0 and makes the id unique. */
export type NextEvent = (timeMs: number, index: number) => { readonly event: object; readonly fact: SampleFact };

/** What an event says beside its measures: the names are those of the wire. */
type EventThings = {
  readonly space_id: number;
  readonly user_id?: number;
  readonly bucket_id?: string;
  readonly asset_id?: number;
  readonly operation: string;
};

type Draft = { readonly kind: UsageKind; readonly things: EventThings; readonly measures: Partial<UsageMeasures> };

/** Everything that one event is drawn from. */
type Draw = {
  readonly random: RandomNumbers;
  readonly user: () => number;
  readonly asset: () => SampleAsset;
  readonly bucket: () => SampleBucket;
  readonly api: (unit: number) => number;
  /** Objects that were put beside the assets and not deleted yet, oldest first. */
  readonly exports: { readonly bucket: SampleBucket; readonly bytes: number }[];
};

const API_OPERATIONS = [
  { operation: "/api/v1/assets", weight: 30, minBytes: 2000, maxBytes: 60_000 },
  { operation: "/api/v1/assets/{ASSET_ID}", weight: 25, minBytes: 600, maxBytes: 4000 },
  { operation: "/api/v1/assets/{ASSET_ID}/data", weight: 20, minBytes: 900, maxBytes: 9000 },
  { operation: "/api/v1/search", weight: 15, minBytes: 300, maxBytes: 40_000 },
  { operation: "/api/v1/collections/{ID}", weight: 7, minBytes: 400, maxBytes: 20_000 },
  { operation: "/api/v1/schema/{ID}", weight: 3, minBytes: 200, maxBytes: 3000 },
] as const;

const TRANSCODE_KEYS = ["360p-video", "720p-video", "1080p-video", "hls-video", "storyboard"] as const;
const ADDON_IDS = ["REMOVE_BACKGROUND", "STORYBOARD", "SCENE_CLASSIFICATION"] as const;

/** How often each kind of event happens; what is left over is API requests. */
const SHARES = { delivery: 0.44, upload: 0.012, delete: 0.008, transcode: 0.015, addon: 0.01 } as const;

const PARTIAL_SHARE = 0.08;

/** Builds the maker of events for one run; it remembers which objects are there to be deleted. */
export function buildSampleEvents(world: SampleWorld, choice: SampleChoice, random: RandomNumbers): NextEvent {
  const draw = buildDraw(world, random);
  return (timeMs, index) => {
    // The first records store the assets: deliveries of something that is nowhere stored would look odd.
    const asset = world.assets[index];
    const { kind, things, measures } = asset === undefined ? draftAny(draw) : draftFirstUpload(asset, draw);
    const fact = { kind, count: 1, bytesIn: 0, bytesOut: 0, sizeDelta: 0, objectsDelta: 0, ...measures };
    const event = {
      specversion: "1.0",
      id: `${choice.seed}-${index}`,
      source: EVENT_SOURCE,
      type: `assetmeter.${kind}`,
      time: new Date(timeMs).toISOString(),
      data: { ...things, ...toWire(measures) },
    };
    return { event, fact };
  };
}

function buildDraw(world: SampleWorld, random: RandomNumbers): Draw {
  const userIndex = buildWeightedChoice(buildZipfWeights(world.users.length));
  const assetIndex = buildWeightedChoice(buildZipfWeights(world.assets.length));
  return {
    random,
    user: () => (world.users[userIndex(random.unit())] as { id: number }).id,
    asset: () => world.assets[assetIndex(random.unit())] as SampleAsset,
    bucket: () => world.buckets[random.whole(0, world.buckets.length - 1)] as SampleBucket,
    api: buildWeightedChoice(API_OPERATIONS.map(({ weight }) => weight)),
    exports: [],
  };
}

function draftAny(draw: Draw): Draft {
  let rest = draw.random.unit();
  for (const [kind, share] of Object.entries(SHARES) as [keyof typeof SHARES, number][]) {
    if (rest < share) return DRAFTS[kind](draw);
    rest -= share;
  }
  return draftApi(draw);
}

const DRAFTS: Readonly<Record<keyof typeof SHARES, (draw: Draw) => Draft>> = {
  delivery: draftDelivery,
  upload: draftExport,
  delete: draftDelete,
  transcode: draftTranscode,
  addon: draftAddon,
};

function draftApi({ random, user, asset, api }: Draw): Draft {
  const { operation, minBytes, maxBytes } = API_OPERATIONS[api(random.unit())] as (typeof API_OPERATIONS)[number];
  const things = { space_id: asset().space, user_id: user(), operation };
  return {
    kind: "api",
    things,
    measures: { bytesIn: random.whole(0, 800), bytesOut: random.whole(minBytes, maxBytes) },
  };
}

function draftDelivery({ random, asset }: Draw): Draft {
  const { id, space, bucket, contentBytes } = asset();
  // A player that seeks asks for a piece: what was sent counts, not the file's length.
  const bytesOut = random.unit() < PARTIAL_SHARE ? random.whole(1, contentBytes) : contentBytes;
  return {
    kind: "delivery",
    things: { space_id: space, bucket_id: bucket, asset_id: id, operation: "GET" },
    measures: { bytesOut },
  };
}

function draftFirstUpload(asset: SampleAsset, { user }: Draw): Draft {
  const { id, space, bucket, contentBytes } = asset;
  const things = { space_id: space, user_id: user(), bucket_id: bucket, asset_id: id, operation: "PUT" };
  return { kind: "upload", things, measures: { bytesIn: contentBytes, sizeDelta: contentBytes, objectsDelta: 1 } };
}

/** An object beside the assets: an export, a backup. */
function draftExport({ random, user, bucket, exports }: Draw): Draft {
  const entry = { bucket: bucket(), bytes: random.whole(100_000, 20_000_000) };
  exports.push(entry);
  const things = { space_id: entry.bucket.space, user_id: user(), bucket_id: entry.bucket.id, operation: "PUT" };
  return { kind: "upload", things, measures: { bytesIn: entry.bytes, sizeDelta: entry.bytes, objectsDelta: 1 } };
}

/** Only what was put can be deleted: with nothing there, something is put instead. */
function draftDelete(draw: Draw): Draft {
  const oldest = draw.exports.shift();
  if (oldest === undefined) return draftExport(draw);
  const expired = draw.random.unit() < 0.5;
  const operation = expired ? "EXPIRE" : "DELETE";
  const things = { space_id: oldest.bucket.space, bucket_id: oldest.bucket.id, operation };
  // A lifecycle rule removes without a request.
  return { kind: "delete", things, measures: { count: expired ? 0 : 1, sizeDelta: -oldest.bytes, objectsDelta: -1 } };
}

function draftTranscode({ random, user, asset }: Draw): Draft {
  const { id, space, bucket, contentBytes } = asset();
  const operation = TRANSCODE_KEYS[random.whole(0, TRANSCODE_KEYS.length - 1)] as string;
  const things = { space_id: space, user_id: user(), bucket_id: bucket, asset_id: id, operation };
  return { kind: "transcode", things, measures: { sizeDelta: random.whole(1, contentBytes) } };
}

function draftAddon({ random, user, asset }: Draw): Draft {
  const { id, space } = asset();
  const operation = ADDON_IDS[random.whole(0, ADDON_IDS.length - 1)] as string;
  return { kind: "addon", things: { space_id: space, user_id: user(), asset_id: id, operation }, measures: {} };
}

function toWire(measures: Partial<UsageMeasures>): Readonly<Record<string, number>> {
  const wire: Record<string, number> = {};
  if (measures.count !== undefined) wire.count = measures.count;
  if (measures.bytesIn !== undefined) wire.bytes_in = measures.bytesIn;
  if (measures.bytesOut !== undefined) wire.bytes_out = measures.bytesOut;
  if (measures.sizeDelta !== undefined) wire.size_delta = measures.sizeDelta;
  if (measures.objectsDelta !== undefined) wire.objects_delta = measures.objectsDelta;
  return wire;
}
