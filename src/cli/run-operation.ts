/**
 * Work on a whole data directory: through the server that holds it, with that server's own secret, or without one.
 */
import { existsSync } from "node:fs";
import { Readable } from "node:stream";
import { AppError } from "../platform/errors.ts";
import type { AppAccess, UsageAccess } from "./app-access.ts";
import { assertAnswered, sendRequest } from "./server-client.ts";
import { findLiveServer } from "./server-file.ts";

/** One piece of work: the path and body to ask a server with, and the same without one. */
export type Operation<Result> = {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly direct: (usage: UsageAccess) => Promise<Result>;
};

/**
 * Opens the usage that is there. Rejects with `store/unavailable` where the store's file is not: a new one would answer zeros
 * in place of what was lost.
 */
export async function openStoredUsage(app: AppAccess): Promise<UsageAccess> {
  const { dataDir, storeFile } = app.settings;
  if (existsSync(storeFile)) return app.openUsage();
  const sentence = `${dataDir} has no usage store: nothing was taken in yet, or ${storeFile} was moved away.`;
  throw new AppError("store/unavailable", sentence);
}

/** Does the work and answers its result, as JSON has it. */
export async function runOperation<Result>(app: AppAccess, operation: Operation<Result>): Promise<Result> {
  const server = await findLiveServer(app.settings.dataDir);
  if (server === null) {
    const usage = await openStoredUsage(app);
    try {
      return await operation.direct(usage);
    } finally {
      await usage.close();
    }
  }
  const answer = await sendRequest({
    url: `${server.url}${operation.path}`,
    method: "POST",
    headers: { authorization: `Bearer ${server.secret ?? ""}`, "content-type": "application/json" },
    body: Readable.from([Buffer.from(JSON.stringify(operation.body))]),
  });
  assertAnswered(answer);
  return JSON.parse(answer.body) as Result;
}
