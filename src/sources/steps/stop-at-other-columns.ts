/**
 * Step stop-at-other-columns: ends the reading of a log whose columns are not those that its source lists. The vendor's
 * operator has changed them: to refuse each line would lose all of them, to read them as they are would count other numbers.
 */
import { positionOf } from "../../model/raw-record.ts";
import { AppError } from "../../platform/errors.ts";
import type { Passage } from "../passage.ts";
import type { StepContext } from "./step.ts";

/** Fewer lines than these prove nothing: they may be damaged themselves, and are refused one by one. */
const LINES_MIN = 10;

/**
 * Rejects with `sources/fields-changed` when more than half of the submission's lines are not of the listed columns; nothing
 * of the submission is counted then. Only formats without a header have such a list; with one, each file says its own.
 */
export async function stopAtOtherColumns(
  passages: readonly Passage[],
  { submission }: Pick<StepContext, "submission">,
): Promise<void> {
  if (submission.format !== "cloudfront-realtime" || passages.length < LINES_MIN) return;
  const malformed = passages.filter(({ rejection }) => rejection?.reason === "malformed");
  if (malformed.length * 2 <= passages.length) return;
  const [first] = malformed;
  const counts = `${malformed.length} of ${passages.length} lines do not have the source's \`fields\``;
  const where = first === undefined ? "" : `${positionOf(first.record)}: ${first.rejection?.detail}`;
  throw new AppError(
    "sources/fields-changed",
    `${counts} (${where}) The source ${submission.source} is read on when its \`fields\` are those of the lines.`,
  );
}
