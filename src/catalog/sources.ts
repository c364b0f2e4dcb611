/**
 * Sources of the catalogue: where usage comes from.
 */
import type { Source, SourceFormat } from "../model/source.ts";
import { DEFAULT_SETTINGS, type SourceSettings } from "../model/source-settings.ts";
import type { Catalog, NewSource, SourceChanges, SourcesBound } from "./catalog.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import type { CatalogRow } from "./catalog-tables.ts";
import { checkCount, checkName } from "./check-input.ts";
import { requireOrganization, requireSpace } from "./existence.ts";

type SourceMethods = Pick<
  Catalog,
  "ensureSource" | "ensureSourceWithin" | "updateSource" | "readSource" | "listSources"
>;

/** The methods for sources. */
export function buildSources({ database, clock }: CatalogContext): SourceMethods {
  async function ensure(input: NewSource, bound: SourcesBound | null): Promise<Source | null> {
    const { organization, name } = input;
    checkName(name, "source's name");
    checkCount(input.latenessBoundMs ?? 0, "source's lateness bound in milliseconds");
    // Nearly every call names a source that is there: no write lock for those.
    const known = await database.read((queries) => readSourceRow(queries, organization, name));
    if (known !== undefined) return toSource(known);
    return database.write(async (queries) => {
      await requireOrganization(queries, organization);
      await requireSpace(queries, organization, input.space ?? null);
      // Another one may have made it since, and then it is none too many.
      const row =
        (await readSourceRow(queries, organization, name)) ??
        ((await isFull(queries, organization, bound)) ? undefined : await insertSource(queries, input, clock.now()));
      return row === undefined ? null : toSource(row);
    });
  }

  return {
    async ensureSource(input) {
      return (await ensure(input, null)) as Source;
    },
    ensureSourceWithin: ensure,
    async updateSource(organization, name, changes) {
      if (changes.latenessBoundMs !== undefined) {
        checkCount(changes.latenessBoundMs, "source's lateness bound in milliseconds");
      }
      return database.write(async (queries) => {
        const row = await readSourceRow(queries, organization, name);
        if (row === undefined) return null;
        const source: Source = { ...toSource(row), ...withoutSettings(changes) };
        await requireSpace(queries, organization, source.space);
        const settings = { ...source.settings, ...changes.settings };
        await queries
          .updateTable("sources")
          .set({
            space: source.space,
            lateness_bound_ms: source.latenessBoundMs,
            tracks_watermark: source.tracksWatermark ? 1 : 0,
            registers_unknown: source.registersUnknown ? 1 : 0,
            settings: printSettings(settings),
          })
          .where("organization", "=", organization)
          .where("name", "=", name)
          .execute();
        return { ...source, settings };
      });
    },
    async readSource(organization, name) {
      const row = await database.read((queries) => readSourceRow(queries, organization, name));
      return row === undefined ? null : toSource(row);
    },
    async listSources(organization) {
      const rows = await database.read((queries) =>
        queries.selectFrom("sources").selectAll().where("organization", "=", organization).orderBy("name").execute(),
      );
      return rows.map(toSource);
    },
  };
}

async function isFull(queries: CatalogQueries, organization: number, bound: SourcesBound | null): Promise<boolean> {
  if (bound === null) return false;
  const { count } = await queries
    .selectFrom("sources")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("organization", "=", organization)
    .where("name", "!=", bound.uncounted)
    .executeTakeFirstOrThrow();
  return count >= bound.sourcesMax;
}

async function insertSource(
  queries: CatalogQueries,
  input: NewSource,
  createdAtMs: number,
): Promise<CatalogRow<"sources">> {
  const { organization, name, format, space = null, latenessBoundMs = 0 } = input;
  return queries
    .insertInto("sources")
    .values({
      organization,
      name,
      format,
      space,
      lateness_bound_ms: latenessBoundMs,
      tracks_watermark: (input.tracksWatermark ?? false) ? 1 : 0,
      registers_unknown: (input.registersUnknown ?? true) ? 1 : 0,
      created_at_ms: createdAtMs,
      settings: printSettings({ ...DEFAULT_SETTINGS, ...input.settings }),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function readSourceRow(
  queries: CatalogQueries,
  organization: number,
  name: string,
): Promise<CatalogRow<"sources"> | undefined> {
  return queries
    .selectFrom("sources")
    .selectAll()
    .where("organization", "=", organization)
    .where("name", "=", name)
    .executeTakeFirst();
}

function toSource(row: CatalogRow<"sources">): Source {
  return {
    organization: row.organization,
    name: row.name,
    format: row.format as SourceFormat,
    space: row.space,
    latenessBoundMs: row.lateness_bound_ms,
    tracksWatermark: row.tracks_watermark === 1,
    registersUnknown: row.registers_unknown === 1,
    settings: { ...DEFAULT_SETTINGS, ...(JSON.parse(row.settings) as Partial<SourceSettings>) },
    createdAtMs: row.created_at_ms,
  };
}

function withoutSettings({ settings: _, ...rest }: SourceChanges): Omit<SourceChanges, "settings"> {
  return rest;
}

/** Only what differs from the defaults: a default that changes then holds for sources that never chose. */
function printSettings(settings: SourceSettings): string {
  const chosen = Object.entries(settings).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULT_SETTINGS[name as keyof SourceSettings]),
  );
  return JSON.stringify(Object.fromEntries(chosen));
}
