/**
 * The catalogue as the steps see it while nothing may be changed: what would be registered is answered as if it were, and
 * nothing is. What is there already is answered as it is. How many sources and buckets there may be is not looked at: that is
 * decided where they are added.
 */
import type { Catalog, NewSource } from "../catalog/catalog.ts";
import type { Source } from "../model/source.ts";
import { DEFAULT_SETTINGS } from "../model/source-settings.ts";
import type { StepCatalog } from "./steps/step.ts";

/** Builds it for one preview; what it answers must not be remembered behind that. */
export function buildPreviewCatalog(catalog: Catalog): StepCatalog {
  // Ids of assets that are not there: the highest ones, so that none is taken for an asset that is.
  let nextAsset = Number.MAX_SAFE_INTEGER;
  const toPreviewed = async (input: NewSource): Promise<Source> =>
    (await catalog.readSource(input.organization, input.name)) ?? toSource(input);
  return {
    readSource: (organization, name) => catalog.readSource(organization, name),
    listSources: (organization) => catalog.listSources(organization),
    listSpaces: (organization) => catalog.listSpaces(organization),
    ensureSource: toPreviewed,
    ensureSourceWithin: toPreviewed,
    async resolveAssetPaths(organization, paths, register) {
      const known = await catalog.resolveAssetPaths(organization, paths, false);
      return register ? known.map((id) => id ?? nextAsset--) : known;
    },
    async resolveAssetIds(organization, assets, register) {
      const known = await catalog.resolveAssetIds(organization, assets, false);
      return register ? withOthers(assets, known) : known;
    },
    async resolveBuckets(organization, buckets, register) {
      const known = await catalog.resolveBuckets(organization, buckets, false);
      return register ? withOthers(buckets, known) : known;
    },
    async resolveUsers(organization, ids, register) {
      return register ? new Set(ids) : catalog.resolveUsers(organization, ids, false);
    },
  };
}

type Spaced = { readonly space: number | null };

/** What is known, and the others in the spaces that they are named with, the first of an id as in the catalogue. */
function withOthers<Id>(
  named: readonly (Spaced & { readonly id: Id })[],
  known: ReadonlyMap<Id, Spaced>,
): ReadonlyMap<Id, Spaced> {
  const all = new Map<Id, Spaced>(known);
  for (const { id, space } of named) if (!all.has(id)) all.set(id, { space });
  return all;
}

/** The source that records would make. */
function toSource({ organization, name, format }: NewSource): Source {
  const initially = { space: null, latenessBoundMs: 0, tracksWatermark: false, registersUnknown: true };
  return { organization, name, format, ...initially, createdAtMs: 0, settings: DEFAULT_SETTINGS };
}
