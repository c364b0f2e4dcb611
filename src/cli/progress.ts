/**
 * Progress bars on stderr, for people only: nothing is drawn when stderr is a file or a pipe.
 */
import { Presets, SingleBar } from "cli-progress";
import type { Clock } from "../platform/clock.ts";
import { printCount } from "./print-count.ts";

/** Shows how far something has come. */
export interface Progress {
  /** `done` of the total, in the same unit. */
  update(done: number): void;
  /** Ends the bar and leaves it on the screen. Twice is harmless. */
  stop(): void;
}

/** What is counted: its total, how its rate reads, and whether anybody looks. */
export type ProgressChoice = {
  readonly label: string;
  readonly total: number;
  readonly clock: Clock;
  readonly formatRate: (perSecond: number) => string;
  readonly visible: boolean;
};

const SILENT: Progress = { update: () => {}, stop: () => {} };

/** Starts a bar with rate and time left, or one that draws nothing. */
export function startProgress({ label, total, clock, formatRate, visible }: ProgressChoice): Progress {
  if (!visible || total <= 0) return SILENT;
  const bar = new SingleBar(
    { format: `${label} {bar} {percentage}% | {rate} | {eta_formatted} left`, hideCursor: true, etaBuffer: 50 },
    Presets.shades_classic,
  );
  const startedMs = clock.now();
  bar.start(total, 0, { rate: formatRate(0) });
  return {
    update: (done) => {
      const elapsedS = Math.max(clock.now() - startedMs, 1) / 1000;
      bar.update(Math.min(done, total), { rate: formatRate(done / elapsedS) });
    },
    stop: () => bar.stop(),
  };
}

/** `12.3 MB/s`: megabytes of a million bytes, as disks and networks count them. */
export function formatByteRate(bytesPerSecond: number): string {
  return `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
}

/** `12,345 events/s`. */
export function formatEventRate(perSecond: number): string {
  return `${printCount(Math.round(perSecond))} events/s`;
}
