/**
 * Totals of an intake: added up, printed, and read from a server's answer.
 */

import type { IntakeTotals } from "../model/source.ts";
import { AppError } from "../platform/errors.ts";
import { printCount } from "./print-count.ts";

/** Totals of nothing. */
export const NO_TOTALS: IntakeTotals = { received: 0, accepted: 0, duplicates: 0, rejected: 0, rejectedByReason: {} };

/** Both together. */
export function addTotals(one: IntakeTotals, other: IntakeTotals): IntakeTotals {
  const rejectedByReason: Record<string, number> = { ...one.rejectedByReason };
  for (const [reason, count] of Object.entries(other.rejectedByReason)) {
    rejectedByReason[reason] = (rejectedByReason[reason] ?? 0) + count;
  }
  return {
    received: one.received + other.received,
    accepted: one.accepted + other.accepted,
    duplicates: one.duplicates + other.duplicates,
    rejected: one.rejected + other.rejected,
    rejectedByReason,
  };
}

/** The form that `import --json` prints and `POST /usage/v1/logs` answers. */
export function toTotalsJson(totals: IntakeTotals) {
  const { received, accepted, duplicates, rejected, rejectedByReason } = totals;
  return { received, accepted, duplicates, rejected, rejected_by_reason: rejectedByReason };
}

/** Reads that form. Throws `internal/unexpected` when a server answers something else: a guess would be a zero. */
export function fromTotalsJson(body: string): IntakeTotals {
  const json = parseObject(body);
  const counts = [json.received, json.accepted, json.duplicates, json.rejected];
  if (!counts.every((count) => Number.isSafeInteger(count))) {
    throw new AppError("internal/unexpected", "The server did not answer with the totals of the import.");
  }
  const [received = 0, accepted = 0, duplicates = 0, rejected = 0] = counts as number[];
  const reasons = (json.rejected_by_reason ?? {}) as Readonly<Record<string, number>>;
  return { received, accepted, duplicates, rejected, rejectedByReason: reasons };
}

/** One count per line, rejected ones by reason below, ending in a line end. */
export function printTotals(totals: IntakeTotals): string {
  const lines: [string, number][] = [
    ["received", totals.received],
    ["accepted", totals.accepted],
    ["duplicates", totals.duplicates],
    ["rejected", totals.rejected],
    ...Object.entries(totals.rejectedByReason).map(([reason, count]): [string, number] => [`  ${reason}`, count]),
  ];
  const nameWidth = Math.max(...lines.map(([name]) => name.length));
  const texts = lines.map(([, count]) => printCount(count));
  const countWidth = Math.max(...texts.map((text) => text.length));
  return lines.map(([name], index) => `${name.padEnd(nameWidth)}  ${texts[index]?.padStart(countWidth)}\n`).join("");
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
