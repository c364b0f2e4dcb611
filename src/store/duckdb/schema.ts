/**
 * The store's tables: numbered files, applied once each, in order, in one transaction.
 */
import { readFileSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import { AppError } from "../../platform/errors.ts";

/** Every schema file, in order. A released file is never changed or renumbered: the next change is the next number. */
export const SCHEMA_FILES = [
  "001_usage_raw.sql",
  "002_usage_total_per_hour.sql",
  "003_usage_total_per_day.sql",
  "004_usage_asset_per_day.sql",
  "005_usage_name.sql",
  "006_source_checkpoint.sql",
  "007_source_count.sql",
  "008_source_rejection.sql",
  "009_rejected_record.sql",
  "010_store_state.sql",
  "011_usage_raw_correction.sql",
  "012_correction.sql",
  "013_source_count_late.sql",
  "014_rejected_record_id.sql",
  "015_usage_space_per_hour.sql",
  "016_usage_space_per_day.sql",
  "017_usage_user_per_day.sql",
  "018_usage_bucket_per_minute.sql",
  "019_usage_bucket_per_hour.sql",
  "020_usage_bucket_per_day.sql",
  "021_usage_asset_per_month.sql",
  "022_object_size.sql",
  "023_source_tally.sql",
  "024_source_hour.sql",
  "025_source_hour_tally.sql",
  "026_one_source_tally.sql",
  "027_rejected_record_replay.sql",
  "028_usage_space_per_month.sql",
  "029_usage_bucket_per_month.sql",
  "030_usage_user_per_month.sql",
  "031_object_part.sql",
  "032_usage_raw_identity.sql",
  "033_object_change.sql",
] as const;

/** Brings the file up to the newest schema. Throws `store/unavailable` for a file that a newer version has written. */
export async function applySchema(connection: DuckDBConnection): Promise<void> {
  await connection.run("CREATE TABLE IF NOT EXISTS schema_file (number INTEGER PRIMARY KEY, name VARCHAR NOT NULL)");
  const applied = await connection.runAndReadAll("SELECT count(*) FROM schema_file");
  const appliedCount = Number(applied.getRows()[0]?.[0]);
  if (appliedCount > SCHEMA_FILES.length) {
    throw new AppError(
      "store/unavailable",
      `The usage store was written by a newer assetmeter (schema ${appliedCount}, this one knows ${SCHEMA_FILES.length}). Install that version again.`,
    );
  }
  if (appliedCount === SCHEMA_FILES.length) return;
  await connection.run("BEGIN TRANSACTION");
  for (const [index, name] of SCHEMA_FILES.entries()) {
    if (index < appliedCount) continue;
    await connection.run(readFileSync(new URL(`./schema/${name}`, import.meta.url), "utf8"));
    await connection.run("INSERT INTO schema_file VALUES ($1, $2)", [index + 1, name]);
  }
  await connection.run("COMMIT");
}
