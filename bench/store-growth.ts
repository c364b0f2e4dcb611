/**
 * What was measured of stores of several sizes -> the table that shows how everything grows.
 */
import type { Filled } from "./fill-store.ts";
import { QUESTIONS } from "./questions.ts";
import { formatCount, formatMegabytes, formatMs, type Section } from "./report.ts";
import type { SettledIntake } from "./settled-intake.ts";

/** The list of every asset: its rows, how long it took, and memory above what the process had before, in bytes. */
export type Listed = { readonly rows: number; readonly ms: number; readonly extraBytes: number };

/** One size. `rows`: per question its name, 50 % / 99 %, and further columns. */
export type Measured = {
  readonly listed: Listed;
  readonly events: number;
  readonly filled: Filled;
  readonly settled: SettledIntake;
  readonly openMs: number;
  readonly rows: string[][];
};

/** One column per size. */
export function buildGrowth(all: readonly Measured[]): Section {
  const line = (what: string, figure: (measured: Measured) => string) => [what, ...all.map(figure)];
  return {
    title: "The store as it grows",
    notes: [
      "One year, 1,000 spaces, 50,000 users, 1,000 buckets, a million assets by a Zipf distribution; taken in through the",
      "store's append in commits of 30,000 with compaction beside it. Intake counts the time in append alone.",
      "Settled: a million events more into the same store, once its compaction has nothing left to do and its ids are in",
      "memory; they are the same at every size, and compaction rests as in a server. It is the goal's figure.",
    ],
    columns: ["events", ...all.map(({ events }) => formatCount(events))],
    rows: [
      line("taken in, events per second, first million", ({ filled }) => formatCount(filled.firstPerS)),
      line("taken in, events per second, last million", ({ filled }) => formatCount(filled.lastPerS)),
      line("taken in by the settled store, events per second, processor time", ({ settled }) => {
        return `${formatCount(settled.perS)}, ${formatMs(settled.processorMs)}`;
      }),
      line("… of the first size (goal 75 %)", ({ settled }) => {
        return `${Math.round((100 * settled.perS) / (all[0]?.settled.perS ?? Number.NaN))} %`;
      }),
      line("… commit of 30,000, 50 %; steps of compaction beside it", ({ settled }) => {
        return `${formatMs(settled.commitMs)}, ${formatCount(settled.steps)}`;
      }),
      line(
        "commit of 30,000, 50 % / 99 %",
        ({ filled }) => `${formatMs(filled.commitMs)} / ${formatMs(filled.commitMs99)}`,
      ),
      line(
        "compaction steps, 50 % / 99 %",
        ({ filled }) => `${formatCount(filled.steps)}, ${formatMs(filled.stepMs)} / ${formatMs(filled.stepMs99)}`,
      ),
      line("minutes to fill, compaction included", ({ filled }) => (filled.totalMs / 60_000).toFixed(1)),
      line(
        "processor time per million events, everything included",
        ({ filled, events }) => `${((filled.processorMs / events) * 1000).toFixed(1)} s`,
      ),
      line("bytes on disk per event, raw rows and roll-ups (goal 40)", ({ filled, events }) =>
        (filled.bytesUsed / events).toFixed(1),
      ),
      line("bytes of the files per event", ({ filled, events }) => (filled.bytesOnDisk / events).toFixed(1)),
      line("open to first answer (goal 3 s)", ({ openMs }) => formatMs(openMs)),
      line("largest resident memory while filling", ({ filled }) => formatMegabytes(filled.peakBytes)),
      line("every asset with traffic in the year as NDJSON: rows, time (goal 3 s)", ({ listed }) => {
        return `${formatCount(listed.rows)}, ${formatMs(listed.ms)}`;
      }),
      line("largest resident memory above idle meanwhile (goal 300 MB)", ({ listed }) =>
        formatMegabytes(listed.extraBytes),
      ),
      ...QUESTIONS.map(({ name }, index) => line(`${name}, 50 % / 99 %`, ({ rows }) => rows[index]?.[1] ?? "–")),
    ],
  };
}
