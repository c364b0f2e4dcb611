/**
 * The catalogue as the steps see it on a thread: each question goes through a port to the thread that has it open.
 */
import type { MessagePort } from "node:worker_threads";
import { answerThrough, askThrough } from "../platform/port-questions.ts";
import type { StepCatalog } from "./steps/step.ts";

type Question = { readonly name: keyof StepCatalog; readonly args: readonly unknown[] };

/** Builds the catalogue of a thread. Its errors are those of the real one. */
export function buildAskedCatalog(port: MessagePort): StepCatalog {
  const ask = askThrough<Question, unknown>(port);
  const asked = <Name extends keyof StepCatalog>(name: Name): StepCatalog[Name] =>
    ((...args: readonly unknown[]) => ask({ name, args })) as StepCatalog[Name];
  return {
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

/** Answers a thread's questions from the catalogue. */
export function answerFromCatalog(port: MessagePort, catalog: StepCatalog): void {
  answerThrough<Question, unknown>(port, async ({ name, args }) => {
    const method = catalog[name] as (...args: readonly unknown[]) => Promise<unknown>;
    return method.apply(catalog, [...args]);
  });
}
