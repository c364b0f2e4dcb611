/**
 * Step resolve-buckets: makes sure that every bucket that a record names is in the catalogue.
 */
import { thingKey } from "../known-things.ts";
import type { Passage } from "../passage.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { StepContext } from "./step.ts";

/** Resolves all buckets of a submission; at most two questions. New ones belong to the space of the first record. */
export async function resolveBuckets(passages: readonly Passage[], context: StepContext): Promise<void> {
  const { known, catalog, submission } = context;
  const keyOf = (id: string) => thingKey(submission.organization, id);
  for (const register of [true, false]) {
    const asked = new Map<string, { id: string; space: number | null }>();
    for (const passage of passages) {
      const { bucket, space } = passage;
      if (passage.rejection !== null || bucket === null || asked.has(bucket)) continue;
      if (settingsOf(passage).registersUnknown !== register || known.buckets.get(keyOf(bucket))) continue;
      asked.set(bucket, { id: bucket, space });
    }
    if (asked.size === 0) continue;
    const existing = await catalog.resolveBuckets(submission.organization, [...asked.values()], register);
    for (const id of existing) known.buckets.set(keyOf(id), true);
    for (const passage of passages) {
      const { bucket } = passage;
      if (passage.rejection !== null || bucket === null || existing.has(bucket) || !asked.has(bucket)) continue;
      if (settingsOf(passage).registersUnknown !== register) continue;
      const detail = `The bucket ${JSON.stringify(bucket)} is not in the catalogue.`;
      passage.rejection = { reason: "unknown-bucket", detail };
    }
  }
}
