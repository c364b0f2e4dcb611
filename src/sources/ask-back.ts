/**
 * What the steps ask on another thread than the intake's: the catalogue, and which operations a source may have. Each
 * question goes through a port.
 */
import type { MessagePort } from "node:worker_threads";
import { answerThrough, askThrough } from "../platform/port-questions.ts";
import type { KnownThings } from "./known-things.ts";
import type { StepCatalog } from "./steps/step.ts";

/** What can be asked. */
export type AskedBack = StepCatalog & Pick<KnownThings, "admitOperations">;

type Question = { readonly name: keyof AskedBack; readonly args: readonly unknown[] };

/** The asking end. Errors are those of the answering one. */
export function buildAskedBack(port: MessagePort): AskedBack {
  const ask = askThrough<Question, unknown>(port);
  const asked = <Name extends keyof AskedBack>(name: Name): AskedBack[Name] =>
    ((...args: readonly unknown[]) => ask({ name, args })) as AskedBack[Name];
  return {
    admitOperations: asked("admitOperations"),
    readSource: asked("readSource"),
    listSources: asked("listSources"),
    ensureSource: asked("ensureSource"),
    ensureSourceWithin: asked("ensureSourceWithin"),
    listSpaces: asked("listSpaces"),
    resolveAssetPaths: asked("resolveAssetPaths"),
    resolveAssetIds: asked("resolveAssetIds"),
    resolveBuckets: asked("resolveBuckets"),
    resolveUsers: asked("resolveUsers"),
  };
}

/** Answers a thread's questions. */
export function answerFrom(port: MessagePort, asked: AskedBack): void {
  answerThrough<Question, unknown>(port, async ({ name, args }) => {
    const method = asked[name] as (...args: readonly unknown[]) => Promise<unknown>;
    return method.apply(asked, [...args]);
  });
}
