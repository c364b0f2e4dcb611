/**
 * The thread that reads: cuts lines, knows each by its content, parses events, and runs the steps over both.
 * reading-thread.ts is its only client.
 */
import { setFlagsFromString } from "node:v8";
import { type MessagePort, workerData } from "node:worker_threads";
import type { Source } from "../model/source.ts";
import { answerTasks } from "../platform/thread.ts";
import { buildLogReading, type LogReading } from "./access-log/log-reading.ts";
import type { LinesRead, LogFacts } from "./access-log/open-log.ts";
import { type AskedBack, buildAskedBack } from "./ask-back.ts";
import { type EventBlock, memoryOfEvents, readEventBlock } from "./events/event-block.ts";
import type { EventText } from "./events/event-text.ts";
import { buildKnownThings } from "./known-things.ts";
import { memoryOf } from "./line-block.ts";
import type { EventFacts } from "./reading-thread.ts";
import type { StepCatalog, StepLimits } from "./steps/step.ts";

/** What the thread is asked of a log. `source` is the log's source as it is at this moment, null if there is none yet. */
export type LogTask =
  | { readonly does: "open"; readonly log: number; readonly facts: LogFacts }
  | {
      readonly does: "push";
      readonly log: number;
      readonly piece: SharedArrayBuffer;
      readonly arrivedMs: number;
      readonly source: Source | null;
    }
  | { readonly does: "end"; readonly log: number; readonly arrivedMs: number; readonly source: Source | null }
  | { readonly does: "close"; readonly log: number };

/** What it is asked of events. */
export type EventsTask = {
  readonly does: "events";
  readonly text: EventText;
  readonly facts: EventFacts;
  readonly arrivedMs: number;
};

/** What it is asked. */
export type ReadingTask = LogTask | EventsTask;

/** What it answers: null to those that want nothing of it. */
export type ReadingAnswer = LinesRead | EventBlock | null;

type Reading = { readonly reading: LogReading; source: Source | null };

function buildReader(limits: StepLimits, asked: AskedBack): (task: ReadingTask) => Promise<ReadingAnswer> {
  const readings = new Map<number, Reading>();
  let nowMs = 0;
  const known = buildKnownThings({ now: () => nowMs }, asked.admitOperations);
  let lastText: Promise<unknown> = Promise.resolve();

  function open(facts: LogFacts): Reading {
    const catalog: StepCatalog = {
      ...asked,
      readSource: async (organization, name) => opened.source ?? asked.readSource(organization, name),
    };
    const opened: Reading = { reading: buildLogReading(facts, { limits, catalog, known }), source: null };
    return opened;
  }

  async function readLog(task: LogTask): Promise<LinesRead | null> {
    if (task.does === "open") {
      readings.set(task.log, open(task.facts));
      return null;
    }
    const opened = readings.get(task.log);
    if (opened === undefined) throw new Error("The log is not open.");
    if (task.does === "close") {
      readings.delete(task.log);
      return null;
    }
    nowMs = task.arrivedMs;
    opened.source = task.source;
    return task.does === "push" ? opened.reading.push(task.piece, task.arrivedMs) : opened.reading.end(task.arrivedMs);
  }

  return async (task) => {
    if (task.does !== "events") return readLog(task);
    const { text, facts, arrivedMs } = task;
    const block = lastText.then(() => {
      nowMs = arrivedMs;
      return readEventBlock(text, facts, { limits, catalog: asked, known, arrivedMs });
    });
    // The next one waits for the end of this one, not for its success.
    lastText = block.catch(() => {});
    return block;
  };
}

/** What is handed over with an answer instead of being copied. */
function memoryOfAnswer(answer: ReadingAnswer): readonly ArrayBuffer[] {
  if (answer === null) return [];
  return "blocks" in answer ? answer.blocks.flatMap(memoryOf) : memoryOfEvents(answer);
}

// Of the first lines of a log everything lives until their steps are done. From then on V8 makes the objects of every line where
// only a full collection finds them, and what they hold lives as long: the collector copied a third of all that a log gave.
setFlagsFromString("--no-allocation-site-pretenuring");
const { limits, asking } = workerData as { readonly limits: StepLimits; readonly asking: MessagePort };
answerTasks(buildReader(limits, buildAskedBack(asking)), memoryOfAnswer);
