/**
 * Asks a server the same questions again and again, on a thread of its own, while something else is measured.
 */
import { openThread } from "../src/platform/thread.ts";

/** What is asked, and how long after an answer it is asked again. */
export type ProbeSettings = {
  readonly url: string;
  readonly token: string;
  readonly paths: readonly string[];
  readonly everyMs: number;
};

/** What the thread is told. */
export type ProbeTask = "resume" | "pause";

/** How long each answer took since the last `resume`, in ms, by the place of its path. */
export type ProbeTimes = readonly (readonly number[])[];

/** Starts nothing yet; `pause` resolves when what is being asked was answered. */
export function openProbes(settings: ProbeSettings) {
  const thread = openThread<ProbeTask, ProbeTimes>({
    does: "asks a server again and again",
    file: new URL("./probe-worker", import.meta.url),
    settings,
    waitingMax: 2,
    fullMessage: "The thread is told one thing at a time.",
  });
  return {
    resume: async (): Promise<void> => {
      await thread.ask("resume");
    },
    pause: () => thread.ask("pause"),
    close: () => thread.close(),
  };
}
