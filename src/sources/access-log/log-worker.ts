/**
 * The thread that reads logs: cuts lines, knows each by its content, and runs the steps over them. open-log.ts is its only
 * client.
 */
import { type MessagePort, workerData } from "node:worker_threads";
import type { Source } from "../../model/source.ts";
import { answerTasks } from "../../platform/thread.ts";
import { buildKnownThings } from "../known-things.ts";
import { memoryOf } from "../line-block.ts";
import type { StepCatalog, StepLimits } from "../steps/step.ts";
import { buildAskedCatalog } from "./ask-catalog.ts";
import { buildLogReading, type LogReading } from "./log-reading.ts";
import type { LinesRead, LogFacts } from "./open-log.ts";

/** What the thread is asked. `source` is the log's source as it is at this moment, null if there is none yet. */
export type LogTask =
  | { readonly does: "open"; readonly log: number; readonly facts: LogFacts; readonly asking: MessagePort }
  | {
      readonly does: "push";
      readonly log: number;
      readonly piece: SharedArrayBuffer;
      readonly arrivedMs: number;
      readonly source: Source | null;
    }
  | { readonly does: "end"; readonly log: number; readonly arrivedMs: number; readonly source: Source | null }
  | { readonly does: "close"; readonly log: number };

/** What it answers: null to those that want nothing of it. */
export type LogAnswer = LinesRead | null;

type Reading = { readonly reading: LogReading; readonly asking: MessagePort; source: Source | null };

function buildLogReader(limits: StepLimits): (task: LogTask) => Promise<LogAnswer> {
  const readings = new Map<number, Reading>();
  let nowMs = 0;
  const known = buildKnownThings({ now: () => nowMs });

  function open({ facts, asking }: Extract<LogTask, { does: "open" }>): Reading {
    const asked = buildAskedCatalog(asking);
    const catalog: StepCatalog = {
      ...asked,
      readSource: async (organization, name) => opened.source ?? asked.readSource(organization, name),
    };
    const opened: Reading = { reading: buildLogReading(facts, { limits, catalog, known }), asking, source: null };
    return opened;
  }

  return async (task) => {
    if (task.does === "open") {
      readings.set(task.log, open(task));
      return null;
    }
    const opened = readings.get(task.log);
    if (opened === undefined) throw new Error("The log is not open.");
    if (task.does === "close") {
      opened.asking.close();
      readings.delete(task.log);
      return null;
    }
    nowMs = task.arrivedMs;
    opened.source = task.source;
    return task.does === "push" ? opened.reading.push(task.piece, task.arrivedMs) : opened.reading.end(task.arrivedMs);
  };
}

answerTasks(buildLogReader(workerData as StepLimits), (answer) => (answer?.blocks ?? []).flatMap(memoryOf));
