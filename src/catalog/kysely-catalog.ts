/**
 * The catalogue over any database that Kysely speaks to: puts the methods of each part together. Queries only; the
 * engine's own matters are behind CatalogDatabase.
 */
import { sql } from "kysely";
import { buildAssetFiles } from "./asset-files.ts";
import { buildAssets } from "./assets.ts";
import { buildBuckets } from "./buckets.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogContext } from "./catalog-database.ts";
import { buildAssetChanges } from "./change-assets.ts";
import { buildFolders } from "./folders.ts";
import { buildAssetLists } from "./list-assets.ts";
import { buildOrganizations, buildSpaces, buildUsers } from "./organizations.ts";
import { buildRegistration } from "./register-assets.ts";
import { buildRepos } from "./repos.ts";
import { buildLogins, buildRefreshTokens } from "./sessions.ts";
import { buildSigningKeys } from "./signing-keys.ts";
import { buildSources } from "./sources.ts";
import { buildTags } from "./tags.ts";
import { buildTokens } from "./tokens.ts";
import { buildUploads } from "./uploads.ts";

/** The catalogue on an opened database; closing it closes the database. */
export function buildKyselyCatalog(context: CatalogContext): Catalog {
  const { database } = context;
  return {
    ...buildOrganizations(context),
    ...buildSpaces(context),
    ...buildUsers(context),
    ...buildRepos(context),
    ...buildBuckets(context),
    ...buildFolders(context),
    ...buildTags(context),
    ...buildAssetChanges(context),
    ...buildAssets(context),
    ...buildAssetFiles(context),
    ...buildUploads(context),
    ...buildAssetLists(context),
    ...buildRegistration(context),
    ...buildTokens(context),
    ...buildLogins(context),
    ...buildRefreshTokens(context),
    ...buildSigningKeys(context),
    ...buildSources(context),
    // A table, not only `select 1`: that one answers without looking at the file.
    ping: () =>
      database.read(async (queries) => void (await sql`select id from organizations limit 1`.execute(queries))),
    close: () => database.close(),
  };
}
