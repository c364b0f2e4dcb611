/**
 * Any usage at all, as plain code sees it, and a real server that has counted it: for the tests that hold every number
 * of a vendor's statistics against a sum over the events. Knows events and dates and nothing of the program.
 */
import fc from "fast-check";
import { expect } from "vitest";
import { type AskedServer, openAskedServer, type TestEvent } from "../src/dialects/ask-server.contract.ts";
import { USAGE_KINDS, type UsageKind } from "../src/model/usage-event.ts";

/** 2026-03-02T12:00:30Z, a Monday. */
export const NOW_MS = Date.UTC(2026, 2, 2, 12, 0, 30);
/** See NOW_MS. */
export const NOW_S = NOW_MS / 1000;
/** Seconds of a day. */
export const DAY_S = 86_400;

/** What every organization has, each list by id ascending: the first two buckets are a repo, the third has a workspace only, the fourth nothing. */
export const BUCKETS = [
  {
    id: "0b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11",
    repo: "8b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11",
    space: 5,
    endpoint: "https://S3.example.com:9000",
  },
  { id: "1b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11", repo: "8b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11", space: 5, endpoint: "" },
  { id: "2b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11", repo: null, space: 6, endpoint: "s3.example.com" },
  { id: "plain-name", repo: null, space: null, endpoint: "other.example.com" },
] as const;
/** A bucket of the first repo that is deleted when the events have been counted. */
export const DELETED_BUCKET = { ...BUCKETS[0], id: "3b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11" } as const;
/** Repos by id; nothing belongs to the second one. */
export const REPOS = [
  { id: "8b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11", name: "site", space: 5 },
  { id: "9b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c11", name: "bare", space: 6 },
] as const;
/** Workspaces by id; nothing belongs to the last one. */
export const SPACES = [5, 6, 10] as const;

/** Operations of any event: with a method, a whole number, and none at all. */
export const OPERATIONS = ["", "/a", "GET /a", "/b", "x", "42", "9"] as const;

const BIG = Number.MAX_SAFE_INTEGER;

/** What an event adds up to. */
export type Measure = "count" | "bytesIn" | "bytesOut" | "sizeDelta" | "objectsDelta";

/** One event. */
export type Fact = Required<Pick<TestEvent, "timeMs">> &
  Readonly<Record<Measure, number>> & {
    readonly kind: UsageKind;
    readonly user: number | null;
    readonly bucket: string | null;
    readonly operation: string;
  };

/** Dense around the edges of hours, days and looks back; a few from long before. */
const anyTime = fc.oneof(
  fc.integer({ min: 0, max: 40 * DAY_S }).map((seconds) => NOW_MS - seconds * 1000),
  fc.integer({ min: 0, max: 30 * 3_600_000 }).map((ms) => NOW_MS - ms),
  fc.constantFrom(0, 1, 7, 30).map((days) => NOW_MS - days * DAY_S * 1000),
  fc.constantFrom(0, 1).map((days) => Date.UTC(2026, 2, 2 - days) - days),
  fc.integer({ min: 40, max: 300 }).map((days) => NOW_MS - days * DAY_S * 1000),
);
const anyBytes = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(BIG));
const anyFact: fc.Arbitrary<Fact> = fc.record({
  timeMs: anyTime,
  kind: fc.constantFrom(...USAGE_KINDS),
  user: fc.constantFrom(null, 7, 8),
  bucket: fc.constantFrom(null, DELETED_BUCKET.id, ...BUCKETS.map(({ id }) => id)),
  operation: fc.oneof(fc.constantFrom("/a", "GET /a"), fc.constantFrom(...OPERATIONS)),
  count: fc.integer({ min: 0, max: 5 }),
  bytesIn: anyBytes,
  bytesOut: anyBytes,
  sizeDelta: fc.oneof(anyBytes, fc.integer({ min: -9, max: 9 }), fc.constant(-BIG)),
  objectsDelta: fc.integer({ min: -1, max: 1 }),
});

/** Up to 40 events, as often many as few; of ten events hardly two meet in one window. */
const anyFacts = fc.noBias(fc.array(anyFact, { maxLength: 40, size: "max" }));

/** A run takes 50 ms before it has asked anything; each is 20 events and dozens of numbers. */
const RUNS = 5;

/** Holds `check` against any events, and any of what else it asks for. */
export function holdsForAny<Asked>(
  anyAsked: fc.Arbitrary<Asked>,
  check: (facts: readonly Fact[], asked: Asked) => Promise<void>,
  numRuns = RUNS,
): Promise<void> {
  return fc.assert(fc.asyncProperty(anyFacts, anyAsked, check), { numRuns });
}

/** Holds `check` against any events. */
export const holdsForAnyFacts = (check: (facts: readonly Fact[]) => Promise<void>, numRuns = RUNS): Promise<void> =>
  holdsForAny(fc.constant(null), check, numRuns);

/** The sum of one measure, exact. */
export const add = (facts: readonly Fact[], measure: Measure): bigint =>
  facts.reduce((sum, fact) => sum + BigInt(fact[measure]), 0n);
/** The events of some kinds. */
export const ofKind = (facts: readonly Fact[], ...kinds: readonly UsageKind[]): readonly Fact[] =>
  facts.filter(({ kind }) => kinds.includes(kind));
/** The events of a range in UTC ms, its end left out. */
export const between = (facts: readonly Fact[], fromMs: number, untilMs: number): readonly Fact[] =>
  facts.filter(({ timeMs }) => timeMs >= fromMs && timeMs < untilMs);

// biome-ignore lint/suspicious/noExplicitAny: the answers of a dozen endpoints; what they hold is what is tested.
export type Json = any;

/**
 * Parses JSON with every integer as a bigint and every fraction as its text: a float would hide the digits that these
 * tests are about.
 */
function readExactly(text: string): Json {
  return JSON.parse(text, (_name, value, context?: { readonly source?: string }) => {
    if (typeof value !== "number") return value;
    const source = context?.source ?? "";
    return /^-?\d+$/.test(source) ? BigInt(source) : source;
  });
}

/** An organization that has counted some events: its id, and the answers to its admin with every number as written. */
export type AskedOrganization = { readonly id: number; readonly ask: (url: string) => Promise<Json> };

/**
 * Opens a server whose organizations can be asked. Close it after the tests. It has dropped the raw rows from before `rawFromMs`,
 * if that is given: of whatever comes later it reads sums there.
 */
export async function openUsage(rawFromMs?: number) {
  const server: AskedServer = await openAskedServer(NOW_MS, rawFromMs === undefined ? {} : { dedupeHorizonDays: 1 });
  let organization = 100;
  if (rawFromMs !== undefined) {
    await server.catalog.createOrganization({ id: organization, name: "the oldest one" });
    // What has come within the last day is not dropped.
    server.clock.set(NOW_MS - 40 * DAY_S * 1000);
    await server.count([{ timeMs: NOW_MS - 40 * DAY_S * 1000 }], organization);
    server.clock.set(NOW_MS);
    expect(await server.store.deleteExpired({ usage_raw: rawFromMs })).toBe(1);
  }
  return {
    close: () => server.close(),
    /** Makes an organization of its own with the things above and these events. */
    async openOrganization(facts: readonly Fact[]): Promise<AskedOrganization> {
      organization += 1;
      const [id, token] = [organization, `admin-${organization}`];
      const { catalog } = server;
      await catalog.createOrganization({ id, name: `organization ${id}` });
      await server.createToken(token, { organization: id });
      for (const space of SPACES) await catalog.createSpace({ organization: id, id: space, name: `space ${space}` });
      for (const repo of REPOS) await catalog.createRepo({ organization: id, ...repo });
      for (const bucket of [...BUCKETS, DELETED_BUCKET]) {
        await catalog.createBucket({ organization: id, name: bucket.id, ...bucket });
      }
      for (let first = 0; first < facts.length; first += 10) await server.count(facts.slice(first, first + 10), id);
      expect(await catalog.deleteBucket(id, DELETED_BUCKET.id)).toBe(true);
      const ask = async (url: string): Promise<Json> => {
        const answer = await server.get(url, token);
        expect(answer.status, `${url}: ${answer.text}`).toBe(200);
        return readExactly(answer.text);
      };
      return { id, ask };
    },
  };
}
