/**
 * Sources and their watermarks -> the time up to which numbers are complete. Zero is not unknown: a window after that
 * time may still grow.
 */
import type { Source, SourceCounts } from "../model/source.ts";
import type { UsageFilter, UsageQuery } from "../model/usage-query.ts";
import type { Clock } from "../platform/clock.ts";
import type { UsageStore } from "../store/usage-store.ts";

/** Up to when the usage of one organization is complete. */
export type Completeness = {
  /**
   * UTC ms up to which every source that feeds a space has delivered everything; null: every source of the
   * organization. Never in the future; now when no source feeds it; 0 while a log has delivered nothing yet.
   */
  untilMs(space: number | null): number;
  /**
   * True when a source that feeds a space (null: any source) logs a part of all requests only, as it is set now, and sent
   * something from before `endMs` (UTC ms): its lines stand for several requests each, and the sums are no exact counts.
   */
  isEstimated(space: number | null, endMs: number): boolean;
};

/** What is needed to read the completeness of an organization. */
export type CompletenessDeps = {
  readonly store: Pick<UsageStore, "readSourceCounts">;
  readonly listSources: (organization: number) => Promise<readonly Source[]>;
  readonly clock: Clock;
};

/**
 * Computes completeness from what the catalogue knows of sources and the store has received from them. A source that
 * tracks a watermark is complete up to it, and never nearer to now than its lateness bound; any other one is complete
 * up to now minus its bound.
 */
export function buildCompleteness(
  sources: readonly Source[],
  counts: readonly SourceCounts[],
  nowMs: number,
): Completeness {
  const watermarks = new Map(counts.map((count) => [count.source, count.watermarkMs]));
  const firstMs = new Map(counts.map((count) => [count.source, count.firstEventMs]));
  const feeding = (space: number | null) => sources.filter((source) => space === null || mayFeed(source, space));
  return {
    isEstimated: (space, endMs) =>
      feeding(space).some(
        ({ name, settings }) => settings.sampleRate < 1 && (firstMs.get(name) ?? Number.POSITIVE_INFINITY) < endMs,
      ),
    untilMs: (space) => {
      const untils = feeding(space).map((source) => sourceUntilMs(source, watermarks.get(source.name) ?? null, nowMs));
      return Math.min(nowMs, ...untils);
    },
  };
}

/** The completeness of a query: the earliest of the spaces that it filters by, or of the whole organization. */
export function queryCompleteUntilMs(completeness: Completeness, filter: UsageFilter, nowMs: number): number {
  // A null in the list stands for usage without a space, which any source may send: hence the whole organization.
  const spaces: readonly (number | null)[] = filter.space ?? [null];
  return Math.min(nowMs, ...spaces.map((space) => completeness.untilMs(space)));
}

/** Marks an answer that holds estimates: `isEstimated` is true, or absent. */
export function queryEstimate(
  completeness: Completeness,
  { filter, range }: Pick<UsageQuery, "filter" | "range">,
): { readonly isEstimated?: true } {
  const spaces: readonly (number | null)[] = filter.space ?? [null];
  return spaces.some((space) => completeness.isEstimated(space, range.endMs)) ? { isEstimated: true } : {};
}

/** Reads sources and counts of an organization. Rejects with `store/unavailable` or `catalog/unavailable`. */
export async function readCompleteness(deps: CompletenessDeps, organization: number): Promise<Completeness> {
  // Now, then the watermarks, then (by the caller) the numbers: the other way round, a commit in between would be
  // promised by the watermark and be missing in the numbers.
  const nowMs = deps.clock.now();
  const sources = await deps.listSources(organization);
  // Most have no source whose counts matter here, and reading them takes longer than most answers.
  const needsCounts = sources.some(({ tracksWatermark, settings }) => tracksWatermark || settings.sampleRate < 1);
  const counts = needsCounts ? await deps.store.readSourceCounts(organization) : [];
  return buildCompleteness(sources, counts, nowMs);
}

/**
 * True when a source may send usage of a space. A log's lines belong to the space of its source, to any where that has none,
 * unless a rule gives them another; an event may name one of its own.
 */
export function mayFeed(source: Source, space: number): boolean {
  return source.space === null || source.space === space || source.format === "cloudevents" || setsSpaces(source);
}

function setsSpaces({ settings }: Source): boolean {
  return settings.rules.some((rule) => rule.ignore !== true && rule.set.space !== undefined);
}

/** UTC ms up to which one source has delivered everything; `watermarkMs` is what the store has received of it. */
export function sourceUntilMs(source: Source, watermarkMs: number | null, nowMs: number): number {
  const dueMs = Math.max(0, nowMs - source.latenessBoundMs);
  return source.tracksWatermark ? Math.min(watermarkMs ?? 0, dueMs) : dueMs;
}
