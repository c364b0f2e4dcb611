/**
 * A program for thread.test.ts: closes a thread whose answer is there already and was not looked at, with nothing else to
 * do. Prints "closed" when that is over.
 */
import { openThread } from "./thread.ts";
import type { TestTask } from "./thread-worker.contract.ts";

const thread = openThread<TestTask, number>({
  does: "doubles numbers",
  file: new URL("./thread-worker.contract", import.meta.url),
  settings: { factor: 2 },
  waitingMax: 3,
  fullMessage: "Full.",
});
await thread.ask({ number: 1 });
const answered = new Int32Array(new SharedArrayBuffer(4));
thread.ask({ number: 2, answered }).catch(() => {});
// The thread answers while this one stands still.
Atomics.wait(answered, 0, 0);
await thread.close();
process.stdout.write("closed\n");
