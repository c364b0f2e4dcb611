/**
 * The thread of thread.test.ts: multiplies, fails or dies, as it is asked.
 */
import { workerData } from "node:worker_threads";
import { AppError, type ErrorCode } from "./errors.ts";
import { answerTasks } from "./thread.ts";

/** What it is asked. */
export type TestTask = { readonly number: number } | { readonly fail: ErrorCode | null } | { readonly die: true };

answerTasks(async (task: TestTask): Promise<number> => {
  if ("number" in task) return task.number * workerData.factor;
  // Outside of the task: nothing catches it, as with a defect of a library.
  if ("die" in task) setImmediate(() => Promise.reject(new Error("The thread broke.")));
  else throw task.fail === null ? new Error("Not so.") : new AppError(task.fail, "Not so.");
  return new Promise(() => {});
});
