/**
 * EventBlock: events of one text that have passed the steps, in flat memory that crosses between threads without being
 * copied object by object. What is to be said of single ones is read from the text again.
 */
import { memoryOfColumns, type UsageColumns } from "../../model/usage-columns.ts";
import type { RejectedRecords, RejectedSample } from "../../store/usage-store.ts";
import type { IntakeReceipt, RecordResult } from "../intake.ts";
import { buildPassage } from "../passage.ts";
import { runSteps } from "../pipeline.ts";
import type { EventFacts } from "../reading-thread.ts";
import { countResults, toRejectedRecords, toResult } from "../receipt.ts";
import { toSample } from "../rejected-sample.ts";
import { toRowColumns } from "../steps/measure-event.ts";
import type { StepContext } from "../steps/step.ts";
import { type EventRecord, type EventText, readEventText } from "./event-text.ts";

/** Events of one text after the steps. Their rows have the order of the events; refused ones have none. */
export type EventBlock = {
  /** How many events, refused ones included. */
  readonly length: number;
  readonly rows: UsageColumns;
  /** Indexes of rows, ascending. */
  readonly late: readonly number[];
  readonly rejected: readonly RejectedRecords[];
  /** What became of each refused event, ascending by its index among all. */
  readonly refused: readonly RecordResult[];
};

/** What is handed over with a block instead of being copied. */
export function memoryOfEvents({ rows }: EventBlock): readonly ArrayBuffer[] {
  return memoryOfColumns(rows);
}

/** Reads a text and runs the steps over its events. Rejects as readEventText throws, and as the catalogue rejects. */
export async function readEventBlock(
  text: EventText,
  facts: EventFacts,
  context: Omit<StepContext, "submission">,
): Promise<EventBlock> {
  const submission = { ...facts, records: [], checkpoint: null };
  const passages = readEventText(text).map((record) => buildPassage(record, submission));
  await runSteps(passages, { ...context, submission });
  const stored = passages.filter(({ isMeasured }) => isMeasured);
  return {
    length: passages.length,
    rows: toRowColumns(stored),
    late: stored.flatMap(({ isLate }, index) => (isLate ? [index] : [])),
    ...(stored.length === passages.length
      ? { rejected: [], refused: [] }
      : {
          rejected: toRejectedRecords([{ submission, passages }]),
          refused: passages.flatMap((passage, index) => (passage.isMeasured ? [] : toResult(passage, index))),
        }),
  };
}

/** What is said of single events of a block. */
export interface EventDescriptions {
  /** What is kept of a row that is a duplicate. */
  describe(row: number): RejectedSample;
  /** What the sender is told; `duplicates` are indexes of rows. */
  toReceipt(duplicates: readonly number[]): IntakeReceipt;
}

/** Describes the events of a block, whose text nobody may have written into. */
export function describeEvents(block: EventBlock, text: EventText): EventDescriptions {
  // Only asked for what is not simply accepted: reading a text takes a third of what the steps took.
  const records = once(() => readEventText(text));
  const indexes = once(() => indexesOf(block));
  const recordOf = (row: number): EventRecord => records()[indexes()[row] as number] as EventRecord;

  function resultOf(row: number, result: RecordResult["result"]): RecordResult {
    return { index: indexes()[row] as number, id: idOf(recordOf(row)), result, reason: null, detail: null };
  }
  const withRefused = (results: readonly RecordResult[]): readonly RecordResult[] =>
    [...block.refused, ...results].sort((one, other) => one.index - other.index);

  return {
    describe(row) {
      const record = recordOf(row);
      return toSample({ record, rejection: null, id: idOf(record), parts: null, found: null });
    },
    toReceipt: (duplicates) => ({
      ...countResults(block, duplicates),
      get problems() {
        return withRefused(duplicates.map((row) => resultOf(row, "duplicate")));
      },
      get results() {
        const isDuplicate = new Set(duplicates);
        const isLate = new Set(block.late);
        const acceptedAs = (row: number) => (isLate.has(row) ? "late" : "accepted");
        return withRefused(
          indexes().map((_, row) => resultOf(row, isDuplicate.has(row) ? "duplicate" : acceptedAs(row))),
        );
      },
    }),
  };
}

/** The same, worked out when it is first asked for. */
function once<Value>(work: () => Value): () => Value {
  let done: { readonly value: Value } | null = null;
  return () => {
    done ??= { value: work() };
    return done.value;
  };
}

/** By the row's index: the event's place among all. */
function indexesOf({ length, refused }: EventBlock): readonly number[] {
  const isRefused = new Set(refused.map(({ index }) => index));
  return Array.from({ length }, (_, index) => index).filter((index) => !isRefused.has(index));
}

/** The id of an event that the steps have taken: a text. */
function idOf({ value }: EventRecord): string {
  return (value as { readonly id: string }).id;
}
