/**
 * Step measure-event: the finished event -> the row that is stored.
 */
import { measure, writeIdentity } from "../../meter/measure.ts";
import { CACHE_RESULTS, type CacheResult } from "../../model/source-settings.ts";
import { buildColumnsWriter, type ColumnsWriter, type UsageColumns } from "../../model/usage-columns.ts";
import { IDENTITY_BYTES, type UsageRow } from "../../model/usage-row.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";

/** Says that there is a row, and lets go of what was read on the way: batches wait for their commit by the ten thousand. */
export function measureEvent(passage: Passage): Rejection | null {
  passage.isMeasured = true;
  if (passage.object !== null && settingsOf(passage).settings.versioned) {
    passage.object = { ...passage.object, keepsVersions: true };
  }
  passage.cache = passage.request?.cache ?? null;
  passage.parts = null;
  passage.found = null;
  passage.request = null;
  return null;
}

/** The row of a passage that has one. */
export function toRow(passage: Passage): UsageRow {
  const { object } = passage;
  return object === null ? measure(passage) : { ...measure(passage), object };
}

/** The rows of passages that all have one, in columns. */
export function toRowColumns(passages: readonly Passage[]): UsageColumns {
  const writer = buildColumnsWriter(passages.length);
  for (let index = 0; index < passages.length; index++) {
    writeRow(writer, index, passages[index] as Passage);
  }
  return writer.read();
}

/** Writes the row of a passage that has one. */
export function writeRow(writer: ColumnsWriter, index: number, passage: Passage): void {
  writeIdentity(passage, writer.identities, index * IDENTITY_BYTES);
  writer.write(index, passage, passage.object);
}

/** What the caches say of passages that all have a row, as AppendBatch has it; null where no log says anything. */
export function toCaches(passages: readonly Passage[]): Uint8Array<ArrayBuffer> | null {
  if (!passages.some(({ cache }) => cache !== null)) return null;
  return Uint8Array.from(passages, ({ cache }) => toCacheNumber(cache));
}

/** What a cache says as a number: 0 for nothing. */
export function toCacheNumber(cache: CacheResult | null): number {
  return cache === null ? 0 : CACHE_RESULTS.indexOf(cache) + 1;
}
