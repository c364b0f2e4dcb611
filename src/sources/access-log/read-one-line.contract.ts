/**
 * For tests only: one line through the steps that look at the line alone.
 */
import type { SourceFormat } from "../../model/source.ts";
import { DEFAULT_SETTINGS, type SourceSettings } from "../../model/source-settings.ts";
import { buildFixedClock } from "../../platform/clock.ts";
import type { Submission } from "../intake.ts";
import { buildKnownThings } from "../known-things.ts";
import { buildPassage, type Passage } from "../passage.ts";
import { STEPS } from "../pipeline.ts";
import type { StepContext } from "../steps/step.ts";

/** The time of the tests' clock. */
export const LINE_TEST_NOW_MS = Date.UTC(2026, 10, 20, 12);

/** The longest line in these tests. */
export const LINE_TEST_BYTES_MAX = 65_536;

/** What may be said of a line beside its bytes. */
export type OneLine = {
  readonly format?: SourceFormat;
  readonly terminated?: boolean;
  /** The line before, for one without line end. */
  readonly before?: string;
  readonly settings?: Partial<SourceSettings>;
  readonly columns?: readonly string[];
  readonly part?: number;
};

/** Runs all steps before the first question to the catalogue, and scaling. */
export function readOneLine(line: string | Buffer, choice: OneLine = {}): Passage {
  const { format = "combined", terminated = true, before, settings = {}, columns, part = 0 } = choice;
  const bytes = typeof line === "string" ? Buffer.from(line) : line;
  const kept = { form: "line", bytes, contentId: "l1:test", terminated, file: "access.log", number: 1, part } as const;
  const more = { ...(columns && { columns }), ...(before !== undefined && { before: Buffer.from(before) }) };
  const record = { ...kept, ...more };
  const submission = { organization: 1, source: "www", format, space: null, allowedSpaces: null, checkpoint: null };
  const whole: Submission = { ...submission, records: [record] };
  const limits = { lineBytesMax: LINE_TEST_BYTES_MAX, futureToleranceMs: 600_000, operationsPerSourceMax: 10 };
  const context = {
    submission: whole,
    arrivedMs: LINE_TEST_NOW_MS,
    limits: { ...limits, sourcesPerOrganizationMax: 10 },
    known: buildKnownThings(buildFixedClock(LINE_TEST_NOW_MS)),
  } as unknown as StepContext;
  const passage = buildPassage(record, whole);
  passage.settings = {
    ...{ organization: 1, name: "www", format, space: null, latenessBoundMs: 0, tracksWatermark: false },
    ...{ registersUnknown: true, createdAtMs: 0, settings: { ...DEFAULT_SETTINGS, ...settings } },
  };
  for (const step of STEPS) {
    if (step.form === "record" && LINE_STEPS.has(step.name)) passage.rejection ??= step.run(passage, context);
  }
  return passage;
}

/** The steps that look at nothing but the line and its source's settings. */
const LINE_STEPS: ReadonlySet<string> = new Set([
  ...["read-event", "read-line", "check-time", "read-request", "apply-rules", "classify-line", "template-operation"],
  "scale-sample",
]);
