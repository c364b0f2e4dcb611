/**
 * Questions over a port between two threads, in whatever order they are answered: for what a thread has to ask back while
 * it works on a task.
 */
import type { MessagePort } from "node:worker_threads";
import { fromPlainError, type PlainError, toPlainError } from "./plain-error.ts";

type Asked<Question> = { readonly id: number; readonly question: Question };
type Answered<Answer> = { readonly id: number } & ({ readonly answer: Answer } | { readonly error: PlainError });

/**
 * Builds the asking end. Errors of the other end keep their code and their words. What is asked through a port that
 * was closed, at whichever end, rejects: whoever waited for it would wait for ever, and hold up all behind it.
 */
export function askThrough<Question, Answer>(port: MessagePort): (question: Question) => Promise<Answer> {
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let lastId = 0;
  let isClosed = false;
  port.on("close", () => {
    isClosed = true;
    for (const { reject } of waiting.values()) reject(buildClosed());
    waiting.clear();
  });
  port.on("message", (answered: Answered<Answer>) => {
    const asker = waiting.get(answered.id);
    waiting.delete(answered.id);
    if ("answer" in answered) asker?.resolve(answered.answer);
    else asker?.reject(fromPlainError(answered.error));
  });
  return (question) =>
    new Promise((resolve, reject) => {
      if (isClosed) throw buildClosed();
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      port.postMessage({ id: lastId, question } satisfies Asked<Question>);
    });
}

function buildClosed(): Error {
  return new Error("Nobody answers any more: the other thread has closed the port.");
}

/** Answers what comes through the port until it is closed. */
export function answerThrough<Question, Answer>(
  port: MessagePort,
  answer: (question: Question) => Promise<Answer>,
): void {
  port.on("message", ({ id, question }: Asked<Question>) => {
    answer(question)
      .then((answered) => port.postMessage({ id, answer: answered } satisfies Answered<Answer>))
      .catch((error: unknown) => port.postMessage({ id, error: toPlainError(error) } satisfies Answered<Answer>));
  });
}
