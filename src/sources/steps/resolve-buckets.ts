/**
 * Step resolve-buckets: makes sure that every bucket that a record names is in the catalogue, and open to the sender.
 */
import { thingKey } from "../known-things.ts";
import type { Passage } from "../passage.ts";
import { settingsOf } from "./resolve-sources.ts";
import { maySend } from "./resolve-spaces.ts";
import type { StepContext } from "./step.ts";

type BucketSpaces = ReadonlyMap<string, { readonly space: number | null }>;

/** Resolves all buckets of a submission; at most two questions. New ones belong to the space of the first record. */
export async function resolveBuckets(passages: readonly Passage[], context: StepContext): Promise<void> {
  for (const register of [true, false]) {
    const asking = passages.filter(
      (passage) =>
        passage.rejection === null && passage.bucket !== null && settingsOf(passage).registersUnknown === register,
    );
    const found = await findSpaces(asking, register, context);
    for (const passage of asking) refuse(passage, found, context);
  }
}

/** The spaces of the buckets that these passages name and that there are. */
async function findSpaces(
  passages: readonly Passage[],
  register: boolean,
  { known, catalog, submission }: StepContext,
): Promise<BucketSpaces> {
  const keyOf = (id: string) => thingKey(submission.organization, id);
  const found = new Map<string, { readonly space: number | null }>();
  const asked = new Map<string, { id: string; space: number | null }>();
  for (const { bucket, space } of passages) {
    const id = bucket as string;
    if (found.has(id) || asked.has(id)) continue;
    const answer = known.buckets.get(keyOf(id));
    if (answer !== undefined) found.set(id, answer);
    else asked.set(id, { id, space });
  }
  if (asked.size === 0) return found;
  for (const [id, answer] of await catalog.resolveBuckets(submission.organization, [...asked.values()], register)) {
    found.set(id, answer);
    known.buckets.set(keyOf(id), answer);
  }
  return found;
}

function refuse(passage: Passage, found: BucketSpaces, context: StepContext): void {
  const answer = found.get(passage.bucket as string);
  // A bucket of a space that is not the sender's answers as an unknown one, or its existence would show.
  if (answer !== undefined && (answer.space === null || maySend(answer.space, context))) return;
  const detail = `The bucket ${JSON.stringify(passage.bucket)} is not in the catalogue.`;
  passage.rejection = { reason: "unknown-bucket", detail };
}
