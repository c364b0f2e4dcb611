/**
 * Step resolve-spaces: gives each record its space and refuses those whose space does not exist or is not the sender's.
 */
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { StepContext } from "./step.ts";

/**
 * The space is the one that the record names, else the submission's, else the source's. Unknown ids are asked for once,
 * by the list of all spaces. A space is never registered: a mistyped one would hide usage from whoever pays for it.
 */
export async function resolveSpaces(passages: readonly Passage[], context: StepContext): Promise<void> {
  const { organization } = context.submission;
  let spaces = context.known.spaces.get(organization);
  let wasListedNow = false;
  for (const passage of passages) {
    if (passage.rejection !== null) continue;
    passage.space ??= context.submission.space ?? settingsOf(passage).space;
    if (passage.space === null) continue;
    if (!spaces?.has(passage.space) && !wasListedNow) {
      spaces = new Set((await context.catalog.listSpaces(organization)).map((space) => space.id));
      context.known.spaces.set(organization, spaces);
      wasListedNow = true;
    }
    if (!spaces?.has(passage.space)) passage.rejection = unknownSpace(passage.space);
    else if (!maySend(passage.space, context)) passage.rejection = unknownSpace(passage.space);
  }
}

/** True when the sender may write to this space. */
export function maySend(space: number, context: StepContext): boolean {
  const { allowedSpaces } = context.submission;
  return allowedSpaces === null || allowedSpaces.includes(space);
}

/** The same words for a space that is not there and for one that is not the sender's: neither shows which it is. */
export function unknownSpace(space: number | string): Rejection {
  return { reason: "unknown-space", detail: `The space ${space} does not exist, or the token is not for it.` };
}
