/**
 * KnownThings: what the catalogue has said already, so that the next thousand records do not ask it again. Bounded, and
 * forgotten after a while, because another process may change the catalogue. Also the operations seen per source and kind.
 */
import type { Source } from "../model/source.ts";
import type { UsageKind } from "../model/usage-event.ts";
import type { Clock } from "../platform/clock.ts";
import { buildKnownPaths, type KnownPaths } from "./access-log/known-paths.ts";
import { type BoundedCache, buildBoundedCache } from "./bounded-cache.ts";
import type { LineRules } from "./rules/line-rules.ts";

/**
 * How long an answer is believed, in ms. An asset that is moved to another space is counted under it this much later, and so
 * much later do changed settings of a source of events apply.
 */
export const ANSWER_MS_MAX = 60_000;

/** How long of that a log believes what it has made of answers: access-log/repeated-requests.ts. */
export const REPEATED_MS_MAX = 10_000;

/** Assets, buckets and users remembered at most, each. At about 150 bytes an entry: 15 MB. */
const THINGS_MAX = 100_000;

/** Organizations whose spaces are remembered at most. */
const ORGANIZATIONS_MAX = 10_000;

/** The memory of one intake. Keys begin with the organization, so that no tenant ever sees another's answers. */
export type KnownThings = {
  /** By `thingKey(organization, name)`. Their number is bounded per organization. */
  readonly sources: Map<string, Source>;
  /** When the sources of an organization were last read, UTC ms; those of logs are read anew each time. */
  readonly sourcesReadMs: Map<number, number>;
  /** Ids of existing spaces, by organization. */
  readonly spaces: BoundedCache<number, ReadonlySet<number>>;
  /** Ids of assets, by `assetPathKey`. */
  readonly assetPaths: BoundedCache<string, number>;
  /** The space of an asset or bucket or null, by `thingKey(organization, id)`. */
  readonly assetSpaces: BoundedCache<string, { readonly space: number | null }>;
  readonly buckets: BoundedCache<string, { readonly space: number | null }>;
  /** Existing users, by `thingKey(organization, id)`. */
  readonly users: BoundedCache<string, true>;
  /** The distinct operations of a source that this thread knows, those of one kind. Always the same object for both. */
  readonly operationsOf: (source: Source, kind: UsageKind) => KnownOperations;
  /** Adds operations of a source and kind as far as it may have more of them; answers all that it has. */
  readonly admitOperations: AdmitOperations;
  readonly paths: KnownPaths;
  /** Prepared mapping rules of each source of `sources`, by its key, and the source as it was then. */
  readonly rules: Map<string, { readonly from: Source; readonly rules: LineRules }>;
};

/** Operations of one source and kind. Further ones are refused when `isFull`. */
export type KnownOperations = { names: ReadonlySet<string>; isFull: boolean };

/** Whose operations they are. */
export type OperationsOwner = Pick<Source, "organization" | "name"> & { readonly kind: UsageKind };

/** `operationsMax`: how many a source may have of a kind. */
export type AdmitOperations = (
  owner: OperationsOwner,
  operations: readonly string[],
  operationsMax: number,
) => Promise<KnownOperations>;

/**
 * Builds an empty memory. On another thread than the intake's `admitOperations` asks that one: two threads that count would
 * let a source have twice as many.
 */
export function buildKnownThings(clock: Clock, admitOperations: AdmitOperations = buildAdmission()): KnownThings {
  const bounds = { entriesMax: THINGS_MAX, ageMsMax: ANSWER_MS_MAX - REPEATED_MS_MAX, clock };
  return {
    sources: new Map(),
    sourcesReadMs: new Map(),
    spaces: buildBoundedCache({ ...bounds, entriesMax: ORGANIZATIONS_MAX }),
    assetPaths: buildBoundedCache(bounds),
    assetSpaces: buildBoundedCache(bounds),
    buckets: buildBoundedCache(bounds),
    users: buildBoundedCache(bounds),
    operationsOf: buildOperations(),
    admitOperations,
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
  const all = new Map<string, Map<UsageKind, KnownOperations>>();
  let last: { readonly source: Source; readonly byKind: Map<UsageKind, KnownOperations> } | null = null;
  return (source, kind) => {
    // Records of one source come together: no key is built for each of them.
    if (last?.source !== source) {
      const key = thingKey(source.organization, source.name);
      const byKind = all.get(key) ?? new Map<UsageKind, KnownOperations>();
      all.set(key, byKind);
      last = { source, byKind };
    }
    const operations = last.byKind.get(kind) ?? { names: new Set(), isFull: false };
    last.byKind.set(kind, operations);
    return operations;
  };
}

function buildAdmission(): AdmitOperations {
  const all = new Map<string, Set<string>>();
  return async ({ organization, name, kind }, operations, operationsMax) => {
    // No kind has a space in it: the second one ends it.
    const key = thingKey(organization, `${kind} ${name}`);
    const names = all.get(key) ?? new Set();
    all.set(key, names);
    for (const operation of operations) if (names.size < operationsMax) names.add(operation);
    return { names, isFull: names.size >= operationsMax };
  };
}
