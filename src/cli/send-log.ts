/**
 * A log to the server that has the data directory open, as one request that lasts as long as the log comes.
 */
import type { LogTotals } from "../model/source.ts";
import { AppError, ERROR_STATUS } from "../platform/errors.ts";
import { fromTotalsJson } from "./intake-totals.ts";
import { keepAlive } from "./keep-alive.ts";
import { fromExtentJson } from "./log-extent.ts";
import type { LogInput } from "./log-input.ts";
import { assertAnswered, sendRequest } from "./server-client.ts";

/** What the server takes as the name of a log. */
const NAME_LENGTH_MAX = 255;

/** Plain logs are kept alive, so what fell silent was packed. */
const SILENT = `Nothing came for 30 s of a packed log, which cannot be kept waiting. What stands before is counted. \
Unpack it on its way (zcat, zstdcat), or import it as a file: that adds only the rest.`;

/** Where to, and with which token. */
export type LogReceiver = { readonly serverUrl: string; readonly secret: string };

/** Sends one log and answers what became of it. Rejects with what the server answers, and as sendRequest does. */
export async function sendLog(input: LogInput, { serverUrl, secret }: LogReceiver): Promise<LogTotals> {
  const parameters = new URLSearchParams({ format: input.format });
  if (input.source !== null) parameters.set("source", input.source);
  // The end of a long path says more than its beginning.
  parameters.set("name", input.name.slice(-NAME_LENGTH_MAX));
  if (input.space !== null) parameters.set("space", String(input.space));
  if (input.defaultSpace !== null) parameters.set("default_space", String(input.defaultSpace));
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of input.bytes) {
      bytes += piece.length;
      yield piece;
    }
  }
  const answer = await sendRequest({
    url: `${serverUrl}/usage/v1/logs?${parameters}`,
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/octet-stream" },
    body: await keepAlive(counted()),
  });
  if (answer.status === ERROR_STATUS["request/timed-out"]) throw new AppError("request/timed-out", SILENT);
  assertAnswered(answer);
  const { source, format } = JSON.parse(answer.body) as Pick<LogTotals, "source" | "format">;
  // The server has counted what was sent in between, too.
  return { ...fromTotalsJson(answer.body), ...fromExtentJson(answer.body), bytes, source, format };
}
