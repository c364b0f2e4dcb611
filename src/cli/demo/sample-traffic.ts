/**
 * Sample traffic: about four fifths CloudEvents objects, one fifth lines of a combined access log, in order of time.
 * Pure and deterministic; the truth is added up on the side, so that what a meter counts can be compared with it.
 */
import { MEASURES, USAGE_KINDS, type UsageKind, type UsageMeasures } from "../../model/usage-event.ts";
import { buildRandomNumbers } from "./random-numbers.ts";
import { buildSampleEvents } from "./sample-events.ts";
import { buildSampleLines } from "./sample-lines.ts";
import { buildSampleWorld, type SampleWorld } from "./sample-world.ts";
import { spreadTimes } from "./traffic-rhythm.ts";

/** What to make. `endMs` (UTC ms, exclusive) is rounded down to a second, because a log line says no more. */
export type SampleChoice = {
  readonly seed: number;
  readonly endMs: number;
  readonly days: number;
  /** Events and log lines together. */
  readonly events: number;
};

/** What was made, per kind, over events and lines together. */
export type SampleTotals = Readonly<Record<UsageKind, UsageMeasures>>;

/** A piece of the traffic: at most CHUNK_RECORDS_MAX events and lines together. Lines have no line end. */
export type SampleChunk = { readonly events: readonly object[]; readonly lines: readonly string[] };

/** The traffic. `chunks` is read once; `readTotals` says what was in the chunks that have been read so far. */
export type SampleTraffic = {
  readonly world: SampleWorld;
  readonly chunks: Iterable<SampleChunk>;
  readTotals(): SampleTotals;
};

/** One fact of the traffic, in the form in which the truth is added up. */
export type SampleFact = UsageMeasures & { readonly kind: UsageKind };

/** Records of one chunk: what the intake takes in one batch by default. */
export const CHUNK_RECORDS_MAX = 10_000;

/** Share of the records that are log lines. */
const LINE_SHARE = 0.2;

/** Makes traffic. The same choice makes the same, byte for byte. */
export function sampleTraffic(choice: SampleChoice): SampleTraffic {
  const world = buildSampleWorld(choice.seed);
  const totals = emptyTotals();
  return { world, chunks: makeChunks(choice, world, totals), readTotals: () => structuredClone(totals) };
}

function* makeChunks(choice: SampleChoice, world: SampleWorld, totals: MutableTotals): Generator<SampleChunk> {
  // A seed of its own: the world must not change when the traffic draws one number more.
  const random = buildRandomNumbers(choice.seed + 1);
  const nextEvent = buildSampleEvents(world, choice, random);
  const nextLine = buildSampleLines(world, random);
  const endMs = Math.floor(choice.endMs / 1000) * 1000;
  let chunk: { events: object[]; lines: string[] } = { events: [], lines: [] };
  let index = 0;
  for (const timeMs of spreadTimes({ endMs, days: choice.days, events: choice.events }, random.unit)) {
    // The first uploads are events: nothing can be delivered before something is there.
    if (index >= world.assets.length && random.unit() < LINE_SHARE) {
      const { line, fact } = nextLine(timeMs);
      chunk.lines.push(line);
      addFact(totals, fact);
    } else {
      const { event, fact } = nextEvent(timeMs, index);
      chunk.events.push(event);
      addFact(totals, fact);
    }
    index++;
    if (index % CHUNK_RECORDS_MAX === 0) {
      yield chunk;
      chunk = { events: [], lines: [] };
    }
  }
  if (chunk.events.length + chunk.lines.length > 0) yield chunk;
}

type MutableTotals = Record<UsageKind, Record<keyof UsageMeasures, number>>;

function emptyTotals(): MutableTotals {
  const none = () => ({ count: 0, bytesIn: 0, bytesOut: 0, sizeDelta: 0, objectsDelta: 0 });
  return Object.fromEntries(USAGE_KINDS.map((kind) => [kind, none()])) as MutableTotals;
}

function addFact(totals: MutableTotals, fact: SampleFact): void {
  const sums = totals[fact.kind];
  for (const measure of MEASURES) sums[measure] += fact[measure];
}
