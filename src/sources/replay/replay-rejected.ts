/**
 * The kept refused lines of a source -> taken in again, under its rules and settings as they are now. Each line has the id
 * that it had, so nothing is counted twice; each commit takes lines in and off the kept ones together.
 */
import type { Catalog } from "../../catalog/catalog.ts";
import type { RawRecord } from "../../model/raw-record.ts";
import type { IntakeTotals, ReplayTotals, Source } from "../../model/source.ts";
import { AppError } from "../../platform/errors.ts";
import type { ReplayableRecord, UsageStore } from "../../store/usage-store.ts";
import type { Intake, IntakeReceipt } from "../intake.ts";
import { requireOpenSource } from "../require-open-source.ts";
import { namesUser } from "../rules/line-rules.ts";
import { type KeptLine, parseKeptLine } from "./kept-line.ts";

/** What a replay works with. */
export type ReplayParts = {
  readonly store: Pick<UsageStore, "readReplayable" | "readSourceCounts">;
  readonly catalog: Pick<Catalog, "readSource">;
  readonly intake: Pick<Intake, "submit">;
};

/** Whose refused lines to take in. */
export type ReplayOrder = {
  readonly organization: number;
  readonly source: string;
  /** The spaces that whoever asks may write to; null for all. */
  readonly allowedSpaces: readonly number[] | null;
};

/**
 * Takes the refused lines of one source in again. Rejects with `catalog/not-found`, `sources/paused`, and with what the
 * intake rejects with: then what was committed before stays counted and the rest stays kept.
 */
export type Replay = (order: ReplayOrder) => Promise<ReplayTotals>;

/** Builds the replay of a process. Only one runs at a time: two would each take a line off the counts of refused ones. */
export function buildReplay(parts: ReplayParts): Replay {
  let running: Promise<unknown> = Promise.resolve();
  return (order) => {
    const turn = running.then(() => replayOnce(order, parts));
    running = turn.catch(() => undefined);
    return turn;
  };
}

type Kept = { readonly record: ReplayableRecord; readonly line: KeptLine | null };
type Tried = Kept & { readonly line: KeptLine };

async function replayOnce(order: ReplayOrder, { store, catalog, intake }: ReplayParts): Promise<ReplayTotals> {
  const { organization } = order;
  const source = await catalog.readSource(organization, order.source);
  if (source === null) throw new AppError("catalog/not-found", "There is no source of this name.");
  requireOpenSource(source);
  const [kept, counts] = await Promise.all([
    store.readReplayable(organization, source.name),
    store.readSourceCounts(organization),
  ]);
  const lines = kept.map((record): Kept => ({ record, line: readTriable(record, source) }));
  const tried = lines.filter((each): each is Tried => each.line !== null);
  const receipts: IntakeReceipt[] = [];
  // What was said for all lines of a log, and what its sender may write to, is said for a submission.
  for (const group of Map.groupBy(tried, ({ line }) => JSON.stringify([line.space, line.allowedSpaces])).values()) {
    receipts.push(await intake.submit(toSubmission(group, source, order)));
  }
  const refused = counts.find((count) => count.source === source.name)?.rejected ?? {};
  return {
    ...addUp(receipts),
    notReplayable: countReasons(lines.filter(({ line }) => line === null).map(({ record }) => record.reason)),
    notKept: Math.max(0, sumOf(refused) - kept.length),
  };
}

/** What is kept of the line; null where that is not enough. */
function readTriable({ replay }: ReplayableRecord, { settings }: Source): KeptLine | null {
  const line = parseKeptLine(replay);
  return line !== null && (line.knowsUser || !namesUser(settings.rules)) ? line : null;
}

function toSubmission(group: readonly Tried[], source: Source, order: ReplayOrder) {
  const records: readonly RawRecord[] = group.map(({ record }) => ({ form: "kept", ...record }));
  const { organization, name, format } = source;
  const { space, allowedSpaces: sendersSpaces } = (group[0] as Tried).line;
  // Who takes a line in again gives its sender no right to write where it was refused.
  const allowedSpaces = spacesOfBoth(sendersSpaces, order.allowedSpaces);
  return { organization, source: name, format, space, allowedSpaces, records, checkpoint: null };
}

/** The spaces that both may write to; null for all. */
function spacesOfBoth(one: readonly number[] | null, other: readonly number[] | null): readonly number[] | null {
  if (one === null || other === null) return one ?? other;
  return one.filter((space) => other.includes(space));
}

function addUp(receipts: readonly IntakeReceipt[]): IntakeTotals {
  const sum = (name: "received" | "accepted" | "duplicates" | "rejected") =>
    receipts.reduce((total, receipt) => total + receipt[name], 0);
  const reasons = receipts.flatMap(({ results }) => results.flatMap(({ reason }) => reason ?? []));
  return {
    ...{ received: sum("received"), accepted: sum("accepted"), duplicates: sum("duplicates") },
    ...{ rejected: sum("rejected"), rejectedByReason: countReasons(reasons) },
  };
}

function countReasons(reasons: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
