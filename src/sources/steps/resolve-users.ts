/**
 * Step resolve-users: makes sure that every user that a record names is in the catalogue.
 */
import { thingKey } from "../known-things.ts";
import type { Passage } from "../passage.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { StepContext } from "./step.ts";

/** Resolves all users of a submission; at most two questions. */
export async function resolveUsers(passages: readonly Passage[], context: StepContext): Promise<void> {
  const { known, catalog, submission } = context;
  const keyOf = (id: number) => thingKey(submission.organization, id);
  for (const register of [true, false]) {
    const named = new Set<number>();
    for (const passage of passages) {
      const { user } = passage;
      if (passage.rejection !== null || user === null) continue;
      if (settingsOf(passage).registersUnknown === register) named.add(user);
    }
    const asked = new Set([...named].filter((user) => !known.users.get(keyOf(user))));
    if (asked.size === 0) continue;
    const existing = await catalog.resolveUsers(submission.organization, [...asked], register);
    for (const id of existing) known.users.set(keyOf(id), true);
    for (const passage of passages) {
      const { user } = passage;
      if (passage.rejection !== null || user === null || existing.has(user) || !asked.has(user)) continue;
      if (settingsOf(passage).registersUnknown !== register) continue;
      passage.rejection = { reason: "unknown-user", detail: `The user ${user} is not in the catalogue.` };
    }
  }
}
