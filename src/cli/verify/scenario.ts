/**
 * Scenario: one way in which things go wrong. What every scenario of `assetmeter verify` is.
 */
import type { Trial } from "./trial.ts";
import type { Difference } from "./truth.ts";

/** How often things go wrong: the short form fits a test run, the whole one is the proof. */
export type Extent = "quick" | "full";

/** A scenario. It throws when the server does something that no difference of numbers can say. */
export type Scenario = {
  readonly name: string;
  /** What is done, in a sentence for the table. */
  readonly what: string;
  /** 0: it is not part of that form. */
  readonly rounds: Readonly<Record<Extent, number>>;
  /** Settings of every start. */
  readonly settings?: Readonly<Record<string, string>>;
  /** True: the first round starts the server, as it needs it. A start is a second of a processor. */
  readonly startsServer?: boolean;
  /** Runs one round; the trial's server is running before and after it. Answers what was found; `note` is shown. */
  round(trial: Trial, number: number): Promise<Difference & { readonly note?: string }>;
  /** Why the scenario cannot run here, or null. */
  whyNot?(): string | null;
  /** Makes the data directory where it must be something special; answers how to undo it. */
  prepare?(dataDir: string): () => void;
};
