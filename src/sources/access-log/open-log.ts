/**
 * OpenLog: a log that is being taken in. Its lines are cut, parsed and run through the steps on a thread, so that the
 * thread that commits them and answers requests has little to do with each.
 */
import type { Source } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";
import type { PlainError } from "../../platform/plain-error.ts";
import type { Submission } from "../intake.ts";
import type { LineBlock } from "../line-block.ts";
import type { LogTask } from "../reading-worker.ts";
import { requireOpenSource } from "../require-open-source.ts";
import type { StepCatalog } from "../steps/step.ts";

/** What is known of all lines of a log. */
export type LogFacts = Pick<Submission, "organization" | "source" | "format" | "space" | "allowedSpaces"> & {
  /** What stands before each line. */
  readonly prefix: SourceSettings["prefix"];
  /** What the log is called, for positions only. */
  readonly name: string;
  readonly lineBytesMax: number;
};

/** What a piece of a log gave: its lines up to the failure, if there is one, in blocks to be submitted. */
export type LinesRead = { readonly blocks: readonly LineBlock[]; readonly failure: PlainError | null };

/** A log that is being taken in. */
export interface OpenLog {
  /**
   * The lines that end in this piece; nobody may write into it afterwards. Rejects with what the catalogue rejects with, and
   * with `sources/paused` when the source is paused by now.
   */
  push(piece: SharedArrayBuffer, arrivedMs: number): Promise<LinesRead>;
  /** What is left when the log is over: a last line without line end. */
  end(arrivedMs: number): Promise<LinesRead>;
  /** Lets go of the log. Twice is harmless. */
  close(): void;
}

/** What a log is read with. */
export type OpenLogParts = {
  /** Tells the log from the others of the thread. */
  readonly log: number;
  readonly ask: (task: LogTask) => Promise<LinesRead | null>;
  readonly catalog: Pick<StepCatalog, "readSource">;
};

/** Opens the reading of a log on the thread. */
export function openLog(facts: LogFacts, { log, ask, catalog }: OpenLogParts): OpenLog {
  const opened = ask({ does: "open", log, facts });
  // Whoever pushes is told.
  opened.catch(() => {});
  let sent: Promise<unknown> = opened;
  /** Sends a piece behind those before it. */
  async function read(toTask: (source: Source | null) => LogTask): Promise<LinesRead> {
    let answer: Promise<LinesRead | null> | null = null;
    const turn = sent.then(async () => {
      // Settings are read for each piece: believed for longer, a corrected rule would go on counting wrongly.
      const source = await catalog.readSource(facts.organization, facts.source);
      if (source !== null) requireOpenSource(source);
      answer = ask(toTask(source));
      // The next piece does not wait for the answer, and whoever waits for this one gets its error.
      answer.catch(() => {});
    });
    sent = turn.catch(() => {});
    await turn;
    return (await (answer as Promise<LinesRead | null> | null)) as LinesRead;
  }
  return {
    push: (piece, arrivedMs) => read((source) => ({ does: "push", log, piece, arrivedMs, source })),
    end: (arrivedMs) => read((source) => ({ does: "end", log, arrivedMs, source })),
    close() {
      ask({ does: "close", log }).catch(() => {});
    },
  };
}
