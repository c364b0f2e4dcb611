/**
 * Where a commit and the upkeep of a store can be: named, so that tests let a process die there.
 */

/**
 * The points that every commit passes, in order, as an engine names them to those who test it: what is on its way at
 * each of them must be counted wholly or not at all when the process dies there.
 */
export const COMMIT_POINTS = ["begun", "deduplicated", "raw", "counts", "committed"] as const;

/**
 * The points of upkeep: facts of some commits are written to a roll-up or a month of it is computed anew, rows of a roll-up are written anew, something
 * is dropped, what was committed is about to be moved from where it was written first to where it stays.
 */
export const UPKEEP_POINTS = ["rollups", "compaction", "retention", "checkpoint"] as const;

/** One of the points above. */
export type CommitPoint = (typeof COMMIT_POINTS | typeof UPKEEP_POINTS)[number];
