/**
 * The thread on which records are read: all logs, and long texts of events. The thread that commits and answers requests
 * has little to do with each of them.
 */
import { openThread } from "../platform/thread.ts";
import { type LinesRead, type LogFacts, type OpenLog, openLog } from "./access-log/open-log.ts";
import { type AskedBack, answerFrom } from "./ask-back.ts";
import type { EventBlock } from "./events/event-block.ts";
import type { EventText } from "./events/event-text.ts";
import type { Submission } from "./intake.ts";
import type { ReadingAnswer, ReadingTask } from "./reading-worker.ts";
import type { StepLimits } from "./steps/step.ts";

/** What is known of all events of a text. */
export type EventFacts = Pick<Submission, "organization" | "source" | "format" | "space" | "allowedSpaces">;

/** Reads records. */
export interface ReadingThread {
  /** Begins to read a log, whose pieces come one behind another. */
  openLog(facts: LogFacts): OpenLog;
  /**
   * The events of a text after the steps. Texts are done one after another, so that of two events with one id the first
   * counts. Rejects as readEventText throws, as the catalogue rejects, and with no AppError when the thread has ended.
   */
  readEvents(text: EventText, facts: EventFacts, arrivedMs: number): Promise<EventBlock>;
  /** Ends the thread; what it still had to answer rejects. Twice is harmless. */
  close(): Promise<void>;
}

/** Tasks that wait for the thread, at most: each is of a log or a text that somebody sends at this moment. */
const WAITING_MAX = 10_000;

/** Opens it. The thread starts with its first task; the process may end while it idles. */
export function openReadingThread(asked: AskedBack, limits: StepLimits): ReadingThread {
  const thread = openThread<ReadingTask, ReadingAnswer>({
    does: "reads what is taken in",
    file: new URL("./reading-worker", import.meta.url),
    settings: { limits: pickLimits(limits) },
    answers: (port) => answerFrom(port, asked),
    waitingMax: WAITING_MAX,
    fullMessage: "Too much is being taken in.",
  });
  let lastLog = 0;
  return {
    openLog(facts) {
      lastLog += 1;
      return openLog(facts, {
        log: lastLog,
        catalog: asked,
        ask: (task) => thread.ask(task) as Promise<LinesRead | null>,
      });
    },
    readEvents: (text, facts, arrivedMs) =>
      thread.ask({ does: "events", text: toShared(text), facts, arrivedMs }) as Promise<EventBlock>,
    close: thread.close,
  };
}

/** The same text in memory that threads share: of memory that they do not share, as much would be copied as it lies in. */
function toShared(text: EventText): EventText {
  if (text.text.buffer instanceof SharedArrayBuffer) return text;
  const shared = new Uint8Array(new SharedArrayBuffer(text.text.length));
  shared.set(text.text);
  return { ...text, text: shared };
}

/** Only what crosses: the configuration has more fields. */
function pickLimits(limits: StepLimits): StepLimits {
  const { lineBytesMax, operationsPerSourceMax, sourcesPerOrganizationMax, bucketsPerOrganizationMax } = limits;
  const { futureToleranceMs } = limits;
  return {
    ...{ lineBytesMax, operationsPerSourceMax, sourcesPerOrganizationMax },
    ...{ bucketsPerOrganizationMax, futureToleranceMs },
  };
}
