/**
 * Step scale-sample: a line of a sampled log stands for several requests. What it stands for depends on its id alone, so
 * that sending it again changes nothing.
 */
import { identityOf } from "../../meter/measure.ts";
import { MEASURE_MAX } from "../../model/usage-event.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";

/** Multiplies count and bytes by 1 / sampleRate. The fraction of a request is decided by the first 32 bits of the identity. */
export function scaleSample(passage: Passage): Rejection | null {
  const { sampleRate } = settingsOf(passage).settings;
  if (sampleRate === 1 || passage.record.form === "event") return null;
  const weight = 1 / sampleRate;
  const identity = identityOf(passage.organization, passage.source, passage.id);
  const share = new DataView(identity.buffer).getUint32(0) / 2 ** 32;
  const whole = Math.floor(weight);
  const requests = whole + (share < weight - whole ? 1 : 0);
  passage.count = Math.min(MEASURE_MAX, passage.count * requests);
  passage.bytesIn = Math.min(MEASURE_MAX, Math.round(passage.bytesIn * weight));
  passage.bytesOut = Math.min(MEASURE_MAX, Math.round(passage.bytesOut * weight));
  return null;
}
