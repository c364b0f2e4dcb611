/**
 * OpenLog: a log that is being taken in. Its lines are cut, parsed and run through the steps on a thread, so that the
 * thread that commits them and answers requests has little to do with each.
 */
import { MessageChannel } from "node:worker_threads";
import type { Source } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";
import type { PlainError } from "../../platform/plain-error.ts";
import { openThread, type Thread } from "../../platform/thread.ts";
import type { Submission } from "../intake.ts";
import type { LineBlock } from "../line-block.ts";
import type { StepCatalog, StepLimits } from "../steps/step.ts";
import { answerFromCatalog } from "./ask-catalog.ts";
import type { LogAnswer, LogTask } from "./log-worker.ts";

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
  /** The lines that end in this piece; nobody may write into it afterwards. Rejects with what the catalogue rejects with. */
  push(piece: SharedArrayBuffer, arrivedMs: number): Promise<LinesRead>;
  /** What is left when the log is over: a last line without line end. */
  end(arrivedMs: number): Promise<LinesRead>;
  /** Lets go of the log. Twice is harmless. */
  close(): void;
}

/** The thread that reads all logs of a process. */
export interface LogThread {
  open(facts: LogFacts): OpenLog;
  /** Ends the thread; what it still had to answer rejects. Twice is harmless. */
  close(): Promise<void>;
}

/** Pieces that wait for the thread, at most: each is one of a log that somebody sends at this moment. */
const WAITING_MAX = 10_000;

/** What the reading of logs shares with the intake that commits. */
export type LogThreadParts = {
  readonly catalog: StepCatalog;
  readonly limits: StepLimits;
  /** Makes sure that the source of a submission is in the catalogue, if there may be one more. */
  readonly createSource: (submission: Submission) => Promise<void>;
};

/** Opens the reading of logs. The thread starts with the first log; the process may end while it idles. */
export function openLogThread({ limits, ...parts }: LogThreadParts): LogThread {
  const thread = openThread<LogTask, LogAnswer>({
    does: "reads logs",
    file: new URL("./log-worker", import.meta.url),
    settings: pickLimits(limits),
    waitingMax: WAITING_MAX,
    fullMessage: "Too many logs are being taken in.",
  });
  let lastLog = 0;
  return {
    open(facts) {
      lastLog += 1;
      return openLog(facts, { ...parts, log: lastLog, thread });
    },
    close: thread.close,
  };
}

type Parts = Omit<LogThreadParts, "limits"> & {
  readonly log: number;
  readonly thread: Thread<LogTask, LogAnswer>;
};

function openLog(facts: LogFacts, { log, thread, catalog, createSource }: Parts): OpenLog {
  const { port1: answering, port2: asking } = new MessageChannel();
  answerFromCatalog(answering, {
    ...catalog,
    async listSources(organization) {
      // Asked when the log's source is new. It is created here, where no submission can take the last place meanwhile.
      await createSource({ ...facts, records: [], checkpoint: null });
      return catalog.listSources(organization);
    },
  });
  const opened = thread.ask({ does: "open", log, facts, asking }, [asking]);
  // Whoever pushes is told.
  opened.catch(() => {});
  let sent: Promise<unknown> = opened;
  /** Sends a piece behind those before it. */
  async function read(toTask: (source: Source | null) => LogTask): Promise<LinesRead> {
    let answer: Promise<LogAnswer> | null = null;
    const turn = sent.then(async () => {
      // Settings are read for each piece: believed for longer, a corrected rule would go on counting wrongly.
      answer = thread.ask(toTask(await catalog.readSource(facts.organization, facts.source)));
      // The next piece does not wait for the answer, and whoever waits for this one gets its error.
      answer.catch(() => {});
    });
    sent = turn.catch(() => {});
    await turn;
    return (await (answer as Promise<LogAnswer> | null)) as LinesRead;
  }
  return {
    push: (piece, arrivedMs) => read((source) => ({ does: "push", log, piece, arrivedMs, source })),
    end: (arrivedMs) => read((source) => ({ does: "end", log, arrivedMs, source })),
    close() {
      answering.close();
      thread.ask({ does: "close", log }).catch(() => {});
    },
  };
}

/** Only what crosses: the configuration has more fields. */
function pickLimits(limits: StepLimits): StepLimits {
  const { lineBytesMax, operationsPerSourceMax, sourcesPerOrganizationMax, futureToleranceMs } = limits;
  return { lineBytesMax, operationsPerSourceMax, sourcesPerOrganizationMax, futureToleranceMs };
}
