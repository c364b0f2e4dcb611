import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { answerThrough } from "./port-questions.ts";
import { openThread, type Thread, type ThreadSettings } from "./thread.ts";
import type { TestTask } from "./thread-worker.contract.ts";

let thread: Thread<TestTask, number>;
const open = (more: Partial<ThreadSettings> = {}) => {
  const file = new URL("./thread-worker.contract", import.meta.url);
  const settings = { does: "doubles numbers", file, settings: { factor: 2 }, waitingMax: 3, fullMessage: "Full." };
  thread = openThread({ ...settings, ...more });
  return thread;
};
afterEach(() => thread.close());

describe("openThread", () => {
  test("every task gets its own result, whichever is done first", async () => {
    const { ask } = open();
    expect(await Promise.all([1, 2, 3].map((number) => ask({ number })))).toEqual([2, 4, 6]);
  });

  test("an error of ours keeps its code and its words, a defect its words", async () => {
    const { ask } = open();
    await expect(ask({ fail: "query/invalid" })).rejects.toMatchObject({ code: "query/invalid", message: "Not so." });
    await expect(ask({ fail: null })).rejects.toThrow("Not so.");
    expect(await ask({ number: 4 })).toBe(8);
  });

  test("more than may wait are refused at once; those before them are answered", async () => {
    const { ask } = open();
    const all = await Promise.allSettled([1, 2, 3, 4].map((number) => ask({ number })));
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
    expect(all[3]).toMatchObject({ reason: { code: "request/too-many", message: "Full.", retryAfterS: 2 } });
  });

  test("what waits when the thread dies is told, and the next task starts another thread", async () => {
    const { ask } = open();
    const told = await Promise.allSettled([ask({ die: true }), ask({ die: true })]);
    expect(told.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await Promise.all([ask({ number: 5 }), ask({ number: 6 })])).toEqual([10, 12]);
  });

  test("what the thread asks back is answered, also of the thread after one that died", async () => {
    const { ask } = open({ answers: (port) => answerThrough<number, number>(port, async (number) => number + 1) });
    expect(await Promise.all([ask({ askBack: 1 }), ask({ askBack: 2 })])).toEqual([4, 6]);
    await expect(ask({ die: true })).rejects.toThrow();
    expect(await ask({ askBack: 3 })).toBe(8);
  });

  test("a process that has nothing else to do lives until the thread is closed, whatever was answered meanwhile", () => {
    const program = join(import.meta.dirname, "thread-close.contract.ts");
    expect(execFileSync(process.execPath, [program], { encoding: "utf8" })).toBe("closed\n");
  });

  test("what waits is rejected when the thread is closed; closing twice is harmless", async () => {
    const { ask, close } = open();
    const waiting = ask({ number: 1 }).catch((error: Error) => error.message);
    await close();
    await close();
    expect(await waiting).toBe("The thread that doubles numbers has ended.");
    await expect(ask({ number: 1 })).rejects.toThrow("closed");
  });
});
