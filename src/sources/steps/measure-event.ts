/**
 * Step measure-event: the finished event -> the row that is stored.
 */
import { measure } from "../../meter/measure.ts";
import type { ObjectChange } from "../../model/usage-row.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";

/** Sets the row and lets go of what was read on the way: batches wait for their commit by the ten thousand. */
export function measureEvent(passage: Passage): Rejection | null {
  const { object } = passage;
  const row = measure(passage);
  passage.row =
    object === null ? row : { ...row, object: withVersions(object, settingsOf(passage).settings.versioned) };
  passage.parts = null;
  passage.found = null;
  passage.request = null;
  return null;
}

function withVersions(object: ObjectChange, keepsVersions: boolean): ObjectChange {
  return keepsVersions ? { ...object, keepsVersions } : object;
}
