/**
 * The first lines of a log and settings -> what each line would become. Nothing is counted and nothing registered.
 */
import { positionOf } from "../../model/raw-record.ts";
import type { LineTrial, SourceFormat } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";
import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Submission } from "../intake.ts";
import { buildKnownThings } from "../known-things.ts";
import { buildPassage, type Passage } from "../passage.ts";
import { STEPS } from "../pipeline.ts";
import type { StepContext, StepLimits } from "../steps/step.ts";
import { decompress } from "./decompress.ts";
import { detectFormat } from "./detect-format.ts";
import { readLines } from "./read-lines.ts";

/** What to try. */
export type LinesToTry = {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly format: SourceFormat | "auto";
  readonly settings: SourceSettings;
  readonly space: number | null;
  /** Lines that are tried, at most. */
  readonly linesMax: number;
  readonly limits: StepLimits;
  readonly clock: Clock;
};

/** Bytes that are read at most: enough for a hundred long lines. */
const BYTES_MAX = 4 * 1024 * 1024;

/** Reads the first lines and runs the steps over them that ask nobody. Rejects with `sources/unknown-format` for `auto`. */
export async function tryLines(trial: LinesToTry): Promise<{ format: SourceFormat; lines: readonly LineTrial[] }> {
  const start = await readStart(trial.chunks);
  const format = trial.format === "auto" ? detectFormat(start, trial.settings) : trial.format;
  if (format === null)
    throw new AppError("sources/unknown-format", "No format reads the first lines. Say which it is.");
  const { lineBytesMax } = trial.limits;
  const options = { name: "line", source: "test", format, prefix: trial.settings.prefix, lineBytesMax };
  async function* once(): AsyncGenerator<Uint8Array> {
    yield start;
  }
  const lines: LineTrial[] = [];
  for await (const records of readLines(once(), {
    ...options,
    batchLinesMax: trial.linesMax,
    batchBytesMax: BYTES_MAX,
  })) {
    const submission: Submission = { ...EMPTY, format, space: trial.space, records };
    for (const record of records) lines.push(tryOne(buildPassage(record, submission), submission, trial));
    break;
  }
  return { format, lines: lines.slice(0, trial.linesMax) };
}

const EMPTY = { organization: 0, source: "test", allowedSpaces: null, checkpoint: null, records: [] } as const;

async function readStart(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of decompress(chunks)) {
    read.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= BYTES_MAX) break;
  }
  return Buffer.concat(read);
}

function tryOne(passage: Passage, submission: Submission, { settings, limits, clock }: LinesToTry): LineTrial {
  const arrivedMs = clock.now();
  const context = { submission, arrivedMs, limits, known: buildKnownThings(clock) } as unknown as StepContext;
  passage.settings = {
    ...{ organization: 0, name: "test", format: submission.format, space: submission.space, latenessBoundMs: 0 },
    ...{ tracksWatermark: false, registersUnknown: true, createdAtMs: 0, settings },
  };
  for (const step of STEPS) {
    if (step.form === "record" && TRIED.has(step.name)) passage.rejection ??= step.run(passage, context);
  }
  const { rejection, kind, operation, space, bucket, user, count, bytesIn, bytesOut, object } = passage;
  const position = positionOf(passage.record);
  if (rejection !== null) return { position, rejected: rejection.reason, detail: rejection.detail };
  const event = { timeMs: passage.timeMs, kind, operation, space: space ?? submission.space, bucket, user };
  const size = object === null ? null : object.size;
  return { position, rejected: null, event: { ...event, asset: passage.assetPath, count, bytesIn, bytesOut, size } };
}

/** The steps that look at nothing but the line and its source's settings. */
const TRIED: ReadonlySet<string> = new Set([
  ...["read-line", "check-time", "read-request", "apply-rules", "classify-line", "template-operation", "scale-sample"],
]);
