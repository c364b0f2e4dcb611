/**
 * The thread of thread.test.ts: multiplies, fails or dies, as it is asked.
 */
import { workerData } from "node:worker_threads";
import { AppError, type ErrorCode } from "./errors.ts";
import { askThrough } from "./port-questions.ts";
import { answerTasks } from "./thread.ts";

/** What it is asked. */
export type TestTask =
  | { readonly number: number; readonly answered?: Int32Array }
  | { readonly askBack: number }
  | { readonly fail: ErrorCode | null }
  | { readonly die: true };

const ask = "asking" in workerData ? askThrough<number, number>(workerData.asking) : null;

answerTasks(async (task: TestTask): Promise<number> => {
  if ("number" in task) {
    const { answered } = task;
    // Behind the answer, which is sent when this function is over.
    if (answered !== undefined) setImmediate(() => Atomics.notify(answered, 0, Atomics.add(answered, 0, 1) + 1));
    return task.number * workerData.factor;
  }
  if ("askBack" in task) return (await (ask as NonNullable<typeof ask>)(task.askBack)) * workerData.factor;
  // Outside of the task: nothing catches it, as with a defect of a library.
  if ("die" in task) setImmediate(() => Promise.reject(new Error("The thread broke.")));
  else throw task.fail === null ? new Error("Not so.") : new AppError(task.fail, "Not so.");
  return new Promise(() => {});
});
