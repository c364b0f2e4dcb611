/**
 * Which asset has which file, which files nobody has, and the server's secrets.
 */
import type { AssetFile, AssetFileCatalog } from "./asset-file-catalog.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";

type FileMethods = Pick<
  AssetFileCatalog,
  | "findAssetFile"
  | "readAssetFile"
  | "releaseAssetFiles"
  | "noteUnusedFile"
  | "listUnusedFiles"
  | "forgetUnusedFiles"
  | "ensureServerSecret"
>;

/** Keys of one look for unused files. */
const UNUSED_MAX = 1_000;

/** Bytes of a secret: as many as the hash that it keys has. */
const SECRET_BYTES = 32;

/** The methods for files. */
export function buildAssetFiles({ database, clock, ids }: CatalogContext): FileMethods {
  return {
    async findAssetFile(path) {
      return database.read(async (queries) => {
        const row = await selectFiles(queries).where("asset_files.path", "=", path).executeTakeFirst();
        return row === undefined ? null : toAssetFile(row);
      });
    },
    async readAssetFile(organization, asset) {
      return database.read(async (queries) => {
        const row = await selectFiles(queries)
          .where("asset_files.organization", "=", organization)
          .where("asset_files.asset", "=", asset)
          .executeTakeFirst();
        return row === undefined ? null : toAssetFile(row);
      });
    },
    async releaseAssetFiles(organization, assets) {
      return database.write((queries) => releaseFiles(queries, organization, assets, clock.now()));
    },
    async noteUnusedFile(key) {
      const row = { file_key: key, wanted: 1, since_ms: clock.now() };
      await database.write((queries) =>
        queries
          .insertInto("unused_files")
          .values(row)
          .onConflict((oc) => oc.doNothing())
          .execute(),
      );
    },
    async listUnusedFiles({ wantedUntilMs, unwantedUntilMs }) {
      const rows = await database.read((queries) =>
        queries
          .selectFrom("unused_files")
          .select("file_key")
          .where((eb) =>
            eb.or([
              eb.and([eb("wanted", "=", 0), eb("since_ms", "<=", unwantedUntilMs)]),
              eb.and([eb("wanted", "=", 1), eb("since_ms", "<=", wantedUntilMs)]),
            ]),
          )
          .orderBy("since_ms")
          .orderBy("file_key")
          .limit(UNUSED_MAX)
          .execute(),
      );
      return rows.map((row) => row.file_key);
    },
    async forgetUnusedFiles(keys) {
      await database.write(async (queries) => {
        for (const chunk of chunksOf(keys, IN_LIST_MAX)) {
          await queries.deleteFrom("unused_files").where("file_key", "in", chunk).execute();
        }
      });
    },
    async ensureServerSecret(name) {
      return database.write(async (queries) => {
        await queries
          .insertInto("server_secrets")
          .values({ name, secret: ids.secret(SECRET_BYTES) })
          .onConflict((oc) => oc.doNothing())
          .execute();
        const row = await queries
          .selectFrom("server_secrets")
          .select("secret")
          .where("name", "=", name)
          .executeTakeFirstOrThrow();
        return row.secret;
      });
    },
  };
}

/** Takes the files away from assets, in a transaction of the caller's; see releaseAssetFiles. */
export async function releaseFiles(
  queries: CatalogQueries,
  organization: number,
  assets: readonly number[],
  nowMs: number,
): Promise<readonly number[]> {
  const bytes: number[] = [];
  for (const chunk of chunksOf([...new Set(assets)], IN_LIST_MAX)) {
    const released = await queries
      .deleteFrom("asset_files")
      .where("organization", "=", organization)
      .where("asset", "in", chunk)
      .returning(["file_key", "bytes"])
      .execute();
    for (const file of released) bytes.push(file.bytes);
    const unused = released.map(({ file_key }) => ({ file_key, wanted: 0, since_ms: nowMs }));
    if (unused.length > 0) await queries.insertInto("unused_files").values(unused).execute();
  }
  return bytes;
}

/** One row per file: a file is of one asset. */
function selectFiles(queries: CatalogQueries) {
  return queries
    .selectFrom("asset_files")
    .innerJoin("assets", (join) =>
      join.onRef("assets.organization", "=", "asset_files.organization").onRef("assets.id", "=", "asset_files.asset"),
    )
    .select([
      "asset_files.organization",
      "asset_files.asset",
      "asset_files.path",
      "asset_files.file_key",
      "asset_files.sha256",
      "asset_files.bytes",
      "assets.space",
      "assets.short_filename",
      "assets.content_type",
      "assets.is_private",
      "assets.publish_at_ms",
      "assets.expire_at_ms",
      "assets.deleted_at_ms",
    ]);
}

type FileRow = NonNullable<Awaited<ReturnType<ReturnType<typeof selectFiles>["executeTakeFirst"]>>>;

function toAssetFile(row: FileRow): AssetFile {
  return {
    organization: row.organization,
    space: row.space,
    asset: row.asset,
    path: row.path,
    key: row.file_key,
    sha256: row.sha256,
    bytes: row.bytes,
    shortFilename: row.short_filename,
    contentType: row.content_type,
    isPrivate: row.is_private === 1,
    publishAtMs: row.publish_at_ms,
    expireAtMs: row.expire_at_ms,
    deletedAtMs: row.deleted_at_ms,
  };
}
