/**
 * Step measure-event: the finished event -> the row that is stored.
 */
import { measure } from "../../meter/measure.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";

/** Sets the row and lets go of what was read on the way: batches wait for their commit by the ten thousand. */
export function measureEvent(passage: Passage): Rejection | null {
  passage.row = measure(passage);
  passage.parts = null;
  passage.request = null;
  return null;
}
