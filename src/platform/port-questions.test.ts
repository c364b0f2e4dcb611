/** Questions between two threads: each gets its own answer or the other end's error. */
import { MessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { AppError } from "./errors.ts";
import { answerThrough, askThrough } from "./port-questions.ts";

let close = () => {};
afterEach(() => close());

/** An asker whose questions `answer` answers at the other end. */
function connect(answer: (question: number) => Promise<number>): (question: number) => Promise<number> {
  const { port1, port2 } = new MessageChannel();
  close = () => port1.close();
  answerThrough(port1, answer);
  return askThrough(port2);
}

describe("askThrough", () => {
  test("every question gets its own answer, whichever is there first", async () => {
    const goOn: (() => void)[] = [];
    const ask = connect(async (question) => {
      if (question === 1) await new Promise<void>((resolve) => goOn.push(resolve));
      else goOn[0]?.();
      return question * 10;
    });
    expect(await Promise.all([ask(1), ask(2)])).toEqual([10, 20]);
  });

  test("an error of ours keeps its code, its words and when to come again; a defect its words", async () => {
    const ask = connect(async (question) => {
      if (question === 1) throw new AppError("catalog/unavailable", "Not now.", { retryAfterS: 7 });
      throw new Error("Not so.");
    });
    const expected = { code: "catalog/unavailable", message: "Not now.", retryAfterS: 7 };
    await expect(ask(1)).rejects.toMatchObject(expected);
    await expect(ask(2)).rejects.toThrow("Not so.");
  });

  test("what waits when the port is closed is told, and so is whoever asks afterwards", async () => {
    const ask = connect(() => new Promise(() => {}));
    const waiting = ask(1);
    close();
    await expect(waiting).rejects.toThrow("closed the port");
    await expect(ask(2)).rejects.toThrow("closed the port");
  });
});
