/**
 * KnownThings: what the catalogue has said already, so that the next thousand records do not ask it again. Bounded, and
 * forgotten after a while, because another process may change the catalogue. Also the operations seen per source.
 */
import type { Source } from "../model/source.ts";
import type { Clock } from "../platform/clock.ts";
import { buildKnownPaths, type KnownPaths } from "./access-log/known-paths.ts";
import { type BoundedCache, buildBoundedCache } from "./bounded-cache.ts";
import type { LineRules } from "./rules/line-rules.ts";

/** How long an answer is believed, in ms. An asset that is moved to another space is counted under it this much later. */
const ANSWER_MS_MAX = 60_000;

/** Assets, buckets and users remembered at most, each. At about 150 bytes an entry: 15 MB. */
const THINGS_MAX = 100_000;

/** Organizations whose spaces are remembered at most. */
const ORGANIZATIONS_MAX = 10_000;

/** The memory of one intake. Keys begin with the organization, so that no tenant ever sees another's answers. */
export type KnownThings = {
  /** By `thingKey(organization, name)`. Their number is bounded per organization; those of logs are read anew each time. */
  readonly sources: Map<string, Source>;
  /** Ids of existing spaces, by organization. */
  readonly spaces: BoundedCache<number, ReadonlySet<number>>;
  /** Ids of assets, by `assetPathKey`. */
  readonly assetPaths: BoundedCache<string, number>;
  /** The space of an asset or bucket or null, by `thingKey(organization, id)`. */
  readonly assetSpaces: BoundedCache<string, { readonly space: number | null }>;
  readonly buckets: BoundedCache<string, { readonly space: number | null }>;
  /** Existing users, by `thingKey(organization, id)`. */
  readonly users: BoundedCache<string, true>;
  /** The distinct operations of a source so far; each set is bounded by `operationsPerSourceMax`. */
  readonly operationsOf: (source: Source) => Set<string>;
  readonly paths: KnownPaths;
  /** Prepared mapping rules of each source of `sources`, by its key, and the source as it was then. */
  readonly rules: Map<string, { readonly from: Source; readonly rules: LineRules }>;
};

/** Builds an empty memory. */
export function buildKnownThings(clock: Clock): KnownThings {
  const bounds = { entriesMax: THINGS_MAX, ageMsMax: ANSWER_MS_MAX, clock };
  return {
    sources: new Map(),
    spaces: buildBoundedCache({ ...bounds, entriesMax: ORGANIZATIONS_MAX }),
    assetPaths: buildBoundedCache(bounds),
    assetSpaces: buildBoundedCache(bounds),
    buckets: buildBoundedCache(bounds),
    users: buildBoundedCache(bounds),
    operationsOf: buildOperations(),
    paths: buildKnownPaths(),
    rules: new Map(),
  };
}

/** The key of a thing of an organization. The organization is a number, so the first space ends it. */
export function thingKey(organization: number, name: string | number): string {
  return `${organization} ${name}`;
}

/** The key of a path in a space of an organization. */
export function assetPathKey(organization: number, space: number | null, path: string): string {
  return `${organization} ${space ?? "-"} ${path}`;
}

function buildOperations(): KnownThings["operationsOf"] {
  const all = new Map<string, Set<string>>();
  let last: { readonly source: Source; readonly operations: Set<string> } | null = null;
  return (source) => {
    // Records of one source come together: no key is built for each of them.
    if (last?.source === source) return last.operations;
    const key = thingKey(source.organization, source.name);
    const operations = all.get(key) ?? new Set();
    all.set(key, operations);
    last = { source, operations };
    return operations;
  };
}
