/**
 * Step measure-event: the finished event -> the row that is stored.
 */
import { measure } from "../../meter/measure.ts";
import type { UsageRow } from "../../model/usage-row.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";

/** Says that there is a row, and lets go of what was read on the way: batches wait for their commit by the ten thousand. */
export function measureEvent(passage: Passage): Rejection | null {
  passage.isMeasured = true;
  if (passage.object !== null && settingsOf(passage).settings.versioned) {
    passage.object = { ...passage.object, keepsVersions: true };
  }
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
