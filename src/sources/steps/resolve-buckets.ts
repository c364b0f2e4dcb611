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
    for (const passage of asking) refuse(passage, { found, register }, context);
  }
}

/** The spaces of the buckets that these passages name and that there are. */
async function findSpaces(
  passages: readonly Passage[],
  register: boolean,
  { known, catalog, submission, limits }: StepContext,
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
  const { bucketsPerOrganizationMax } = limits;
  const named = [...asked.values()];
  const answers = await catalog.resolveBuckets(submission.organization, named, register, bucketsPerOrganizationMax);
  for (const [id, answer] of answers) {
    found.set(id, answer);
    known.buckets.set(keyOf(id), answer);
  }
  return found;
}

function refuse(
  passage: Passage,
  { found, register }: { readonly found: BucketSpaces; readonly register: boolean },
  context: StepContext,
): void {
  const answer = found.get(passage.bucket as string);
  // A bucket of a space that is not the sender's answers as an unknown one, or its existence would show.
  if (answer !== undefined && (answer.space === null || maySend(answer.space, context))) return;
  // Names of buckets stay in memory and in the store for good: a sender who makes up one for each event would fill both.
  if (answer === undefined && register) {
    const { bucketsPerOrganizationMax } = context.limits;
    const detail = `The bucket ${JSON.stringify(passage.bucket)} is new and the organization has ${bucketsPerOrganizationMax} already.`;
    passage.rejection = { reason: "too-many-buckets", detail };
    return;
  }
  const detail = `The bucket ${JSON.stringify(passage.bucket)} is not in the catalogue.`;
  passage.rejection = { reason: "unknown-bucket", detail };
}
