/**
 * Step measure-event: the finished event -> the row that is stored.
 */
import { measure } from "../../meter/measure.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";

/** Sets the row. Refuses nothing. */
export function measureEvent(passage: Passage): Rejection | null {
  passage.row = measure(passage);
  return null;
}
