/**
 * What was dropped -> from when on roll-ups can be held against raw rows. What they are then is found out elsewhere.
 */
import { ceilToGrain } from "../model/grain.ts";
import { type KeptFrom, ROLLUP_TABLES, type RollupTable, USAGE_TABLES } from "./usage-tables.ts";

/**
 * For each roll-up that cannot be compared as a whole the time (UTC ms, a whole grain of it) from which on it can: since both
 * it and raw rows have all their rows. A month that was cut by the drop of raw rows is not one of them: its sum has more.
 */
export function toComparedFrom(keptFrom: KeptFrom): Readonly<Partial<Record<RollupTable, number>>> {
  const all = ROLLUP_TABLES.flatMap((table) => {
    const since = [keptFrom.usage_raw, keptFrom[table]].filter((timeMs) => timeMs !== undefined);
    return since.length === 0 ? [] : [[table, ceilToGrain(Math.max(...since), USAGE_TABLES[table].grain)]];
  });
  return Object.fromEntries(all);
}
