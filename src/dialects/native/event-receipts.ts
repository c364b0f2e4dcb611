/**
 * What became of the events of one request: the sums, and one receipt for each event that somebody may want to look at.
 */
import type { IntakeReceipt, RecordResult } from "../../sources/intake.ts";

/** `problems`: only what was not accepted. `all`: every event. */
export type ReceiptChoice = "problems" | "all";

/** Receipts of one answer, at most: a stream may have a billion lines, the answer about it must stay readable. */
export const RECEIPTS_MAX = 10_000;

/** Adds up submissions of one request. */
export interface ReceiptSum {
  /** Adds what became of the next submission. */
  add(receipt: IntakeReceipt): void;
  /** How many records were added so far. */
  received(): number;
  /** The answer's body. `receipts_truncated` is there only when receipts were left out for their number. */
  toBody(): Record<string, unknown>;
}

/** An empty sum. Receipts count through the whole request: the first one of a second submission is not 0 again. */
export function buildReceiptSum(choice: ReceiptChoice, receiptsMax: number): ReceiptSum {
  const sums = { received: 0, accepted: 0, late: 0, duplicates: 0, rejected: 0 };
  const receipts: RecordResult[] = [];
  let isTruncated = false;
  return {
    add(receipt) {
      for (const result of choice === "all" ? receipt.results : receipt.problems) {
        if (receipts.length < receiptsMax) receipts.push({ ...result, index: result.index + sums.received });
        else isTruncated = true;
      }
      sums.received += receipt.received;
      sums.accepted += receipt.accepted;
      sums.late += receipt.late;
      sums.duplicates += receipt.duplicates;
      sums.rejected += receipt.rejected;
    },
    received: () => sums.received,
    toBody: () => ({
      ...sums,
      receipts: receipts.map(({ index, id, result, reason, detail }) => ({ index, id, result, reason, detail })),
      ...(isTruncated ? { receipts_truncated: true } : {}),
    }),
  };
}
