/**
 * Step bound-operations: keeps the number of distinct operations of a source and kind bounded. Without it a scanner that
 * asks for a million paths makes a million roll-up rows per hour.
 */
import type { Source } from "../../model/source.ts";
import type { KnownOperations, OperationsOwner } from "../known-things.ts";
import type { Passage } from "../passage.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { StepContext } from "./step.ts";

/** What further operations are counted under. */
export const OTHER_OPERATION = "(other)";

/** What is to be asked for: operations that this thread does not know yet. */
type Unknown = { readonly owner: OperationsOwner; readonly names: Set<string> };

/**
 * Replaces operations that are too many for their source and kind. Each kind has places of its own: the paths of API
 * requests are as many as their sender likes, and would leave none to the few names of add-ons and transcodes. Operations
 * are remembered while the process runs; a restart begins to count anew, so the bound holds per run. Stands behind
 * everything that can refuse the record: what is refused takes no place.
 */
export async function boundOperations(passages: readonly Passage[], { known, limits }: StepContext): Promise<void> {
  const unknown = new Map<KnownOperations, Unknown>();
  const waiting: { readonly passage: Passage; readonly operations: KnownOperations }[] = [];
  for (const passage of passages) {
    if (passage.rejection !== null) continue;
    const source = settingsOf(passage);
    const operations = known.operationsOf(source, passage.kind);
    if (operations.names.has(passage.operation)) continue;
    if (operations.isFull) replace(passage);
    else {
      waiting.push({ passage, operations });
      const asked = unknown.get(operations);
      if (asked !== undefined) asked.names.add(passage.operation);
      else unknown.set(operations, { owner: toOwner(source, passage), names: new Set([passage.operation]) });
    }
  }
  for (const [operations, { owner, names }] of unknown) {
    Object.assign(operations, await known.admitOperations(owner, [...names], limits.operationsPerSourceMax));
  }
  for (const { passage, operations } of waiting) {
    if (!operations.names.has(passage.operation)) replace(passage);
  }
}

/** Not the whole source: the question may go to another thread. */
function toOwner({ organization, name }: Source, { kind }: Passage): OperationsOwner {
  return { organization, name, kind };
}

function replace(passage: Passage): void {
  if (passage.operation !== "") passage.operation = OTHER_OPERATION;
}
