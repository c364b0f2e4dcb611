/**
 * The way of a record: THE list of steps, in their order, and the runner. What is counted, and as what, is decided here
 * and nowhere else.
 */
import type { Passage } from "./passage.ts";
import { applyRules } from "./steps/apply-rules.ts";
import { boundOperations } from "./steps/bound-operations.ts";
import { checkSpace } from "./steps/check-space.ts";
import { checkTime } from "./steps/check-time.ts";
import { classifyLine } from "./steps/classify-line.ts";
import { measureEvent } from "./steps/measure-event.ts";
import { noteLateness } from "./steps/note-lateness.ts";
import { readEvent } from "./steps/read-event.ts";
import { readKept } from "./steps/read-kept.ts";
import { readLine } from "./steps/read-line.ts";
import { readRequest } from "./steps/read-request.ts";
import { resolveAssets } from "./steps/resolve-assets.ts";
import { resolveBuckets } from "./steps/resolve-buckets.ts";
import { resolveSources } from "./steps/resolve-sources.ts";
import { resolveSpaces } from "./steps/resolve-spaces.ts";
import { resolveUsers } from "./steps/resolve-users.ts";
import { scaleSample } from "./steps/scale-sample.ts";
import type { Step, StepContext } from "./steps/step.ts";
import { stopAtOtherColumns } from "./steps/stop-at-other-columns.ts";
import { templateOperation } from "./steps/template-operation.ts";

/**
 * Every step, in order. The order decides which reason a record with two faults is rejected for, and nothing is
 * registered in the catalogue for a record that a step above it refuses.
 */
export const STEPS: readonly Step[] = [
  { name: "read-event", form: "record", run: readEvent },
  { name: "resolve-sources", form: "batch", run: resolveSources },
  { name: "read-line", form: "record", run: readLine },
  { name: "stop-at-other-columns", form: "batch", run: stopAtOtherColumns },
  { name: "read-kept", form: "record", run: readKept },
  { name: "check-time", form: "record", looksAt: "time", run: checkTime },
  { name: "note-lateness", form: "record", looksAt: "time", run: noteLateness },
  { name: "read-request", form: "record", run: readRequest },
  { name: "apply-rules", form: "record", run: applyRules },
  { name: "classify-line", form: "record", run: classifyLine },
  { name: "template-operation", form: "record", run: templateOperation },
  { name: "resolve-spaces", form: "batch", run: resolveSpaces },
  { name: "resolve-assets", form: "batch", run: resolveAssets },
  { name: "check-space", form: "record", run: checkSpace },
  { name: "resolve-buckets", form: "batch", run: resolveBuckets },
  { name: "resolve-users", form: "batch", run: resolveUsers },
  { name: "bound-operations", form: "batch", run: boundOperations },
  { name: "scale-sample", form: "record", run: scaleSample },
  { name: "measure-event", form: "record", run: measureEvent },
];

/**
 * Runs all steps over the passages. Afterwards each of them has a row or a rejection. A record stops at its first
 * rejection. Rejects when the catalogue does, and with `sources/fields-changed`; then nothing of the submission may be stored.
 */
export async function runSteps(passages: readonly Passage[], context: StepContext): Promise<void> {
  for (const stage of STAGES) {
    if ("run" in stage) await stage.run(passages, context);
    else for (const passage of passages) runRecordSteps(stage, passage, context);
  }
}

/** Whether a passage that has been through all steps would be taken with the time that it has now; notes how late it is. */
export function passesAgain(passage: Passage, context: StepContext): boolean {
  for (let index = 0; index < TIME_STEPS.length; index++) {
    if ((TIME_STEPS[index] as RecordStep).run(passage, context) !== null) return false;
  }
  return true;
}

type RecordStep = Extract<Step, { form: "record" }>;
type BatchStep = Extract<Step, { form: "batch" }>;

const TIME_STEPS = STEPS.filter((step): step is RecordStep => step.form === "record" && step.looksAt === "time");

/** The list with neighbouring steps of single records together: a record goes through them while it is in the cache. */
const STAGES: readonly (BatchStep | readonly RecordStep[])[] = STEPS.reduce<(BatchStep | RecordStep[])[]>(
  (stages, step) => {
    const last = stages.at(-1);
    if (step.form === "batch") stages.push(step);
    else if (last !== undefined && !("run" in last)) last.push(step);
    else stages.push([step]);
    return stages;
  },
  [],
);

function runRecordSteps(steps: readonly RecordStep[], passage: Passage, context: StepContext): void {
  for (let index = 0; index < steps.length && passage.rejection === null; index++) {
    passage.rejection = (steps[index] as RecordStep).run(passage, context);
  }
}
