/**
 * Step bound-operations: keeps the number of distinct operations of a source bounded. Without it a scanner that asks for
 * a million paths makes a million roll-up rows per hour.
 */
import type { Source } from "../../model/source.ts";
import type { Passage } from "../passage.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { StepContext } from "./step.ts";

/** What further operations are counted under. */
export const OTHER_OPERATION = "(other)";

/**
 * Replaces operations that are too many for their source. Operations are remembered while the process runs; a restart
 * begins to count anew, so the bound holds per run. Stands behind everything that can refuse the record: what is refused
 * takes no place.
 */
export async function boundOperations(passages: readonly Passage[], { known, limits }: StepContext): Promise<void> {
  const unknown = new Map<Source, Set<string>>();
  const waiting: Passage[] = [];
  for (const passage of passages) {
    if (passage.rejection !== null) continue;
    const source = settingsOf(passage);
    const operations = known.operationsOf(source);
    if (operations.names.has(passage.operation)) continue;
    if (operations.isFull) replace(passage);
    else {
      waiting.push(passage);
      const asked = unknown.get(source);
      if (asked === undefined) unknown.set(source, new Set([passage.operation]));
      else asked.add(passage.operation);
    }
  }
  for (const [source, operations] of unknown) {
    const admitted = await known.admitOperations(source, [...operations], limits.operationsPerSourceMax);
    Object.assign(known.operationsOf(source), admitted);
  }
  for (const passage of waiting) {
    if (!known.operationsOf(settingsOf(passage)).names.has(passage.operation)) replace(passage);
  }
}

function replace(passage: Passage): void {
  if (passage.operation !== "") passage.operation = OTHER_OPERATION;
}
