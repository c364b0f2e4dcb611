/**
 * Which spaces wait for a log: sources and their watermarks → up to when the traffic of a space has been received.
 * Pure. Only logs count here: an event is counted when it arrives, and nothing says that another one is missing.
 */
import type { Source, SourceCounts } from "../../../model/source.ts";
import { mayFeed } from "../../../query/completeness.ts";

/** Up to when (UTC ms) the logs that feed a space have been received; Infinity when none of them is late. */
export type LogCompleteness = (space: number) => number;

/**
 * A log is late when its watermark lies further back than its lateness bound allows; then nothing after the watermark
 * is known. A log that has delivered nothing is known up to no time at all.
 * Not the completeness of query/: that one ends where a source may still send something, which for a source of events
 * is always a little before now, and would make the current period of every space unknown.
 */
export function buildLogCompleteness(
  sources: readonly Source[],
  counts: readonly SourceCounts[],
  nowMs: number,
): LogCompleteness {
  const watermarks = new Map(counts.map((count) => [count.source, count.watermarkMs]));
  const late = sources
    .filter((source) => source.tracksWatermark)
    .map((source) => ({ ...source, untilMs: watermarks.get(source.name) ?? Number.NEGATIVE_INFINITY }))
    .filter((source) => source.untilMs < nowMs - source.latenessBoundMs);
  return (space) =>
    Math.min(
      Number.POSITIVE_INFINITY,
      ...late.filter((source) => mayFeed(source, space)).map((source) => source.untilMs),
    );
}
