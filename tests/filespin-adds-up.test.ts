/**
 * Every number of FileSpin's statistics is what plain code adds up over the events, whatever they are.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  add,
  between,
  DAY_S,
  type Fact,
  holdsForAny,
  holdsForAnyFacts,
  type Measure,
  NOW_MS,
  NOW_S,
  OPERATIONS,
  ofKind,
  openUsage,
} from "./any-usage.contract.ts";

let usage: Awaited<ReturnType<typeof openUsage>>;
/** A server without raw rows of yesterday and before. */
let summed: Awaited<ReturnType<typeof openUsage>>;
beforeAll(async () => {
  usage = await openUsage();
  summed = await openUsage(RAW_FROM_S * 1000);
});
afterAll(() => Promise.all([usage.close(), summed.close()]));

/** 2026-03-02T00:00Z, today. */
const RAW_FROM_S = NOW_S - (NOW_S % DAY_S);

const HOUR_MS = 3_600_000;
const OPERATION_KINDS = { api: "api", addons: "addon", transcodes: "transcode" } as const;
type OperationType = keyof typeof OPERATION_KINDS;
const OPERATION_TYPES = Object.keys(OPERATION_KINDS) as readonly OperationType[];

/** The key that an operation counts under: that of an API call has no method. */
const toKey = (type: OperationType, operation: string): string =>
  (type === "api" ? operation.replace(/^GET /, "") : operation) || "unknown";

const ofUser = (facts: readonly Fact[], user: number | null): readonly Fact[] =>
  user === null ? facts : facts.filter((fact) => fact.user === user);

describe("time series", () => {
  const GRANULARITIES = ["hour", "day", "week", "month"] as const;
  type Granularity = (typeof GRANULARITIES)[number];

  /** The start of the window that a second lies in, in UNIX seconds. */
  function toWindowStart(second: number, granularity: Granularity): number {
    if (granularity === "hour") return second - (second % 3600);
    const date = new Date(second * 1000);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    if (granularity === "month") return Date.UTC(year, month) / 1000;
    // Sunday is 0: six days behind its Monday.
    const daysSinceMonday = (date.getUTCDay() + 6) % 7;
    return Date.UTC(year, month, granularity === "day" ? day : day - daysSinceMonday) / 1000;
  }

  type Asked = {
    readonly user: number | null;
    readonly fill: "zero" | "none" | null;
    readonly daysBack: number;
    readonly endsEarlierS: number;
    readonly operation: string | null;
  };
  const anyAsked: fc.Arbitrary<Asked> = fc.record({
    user: fc.constantFrom(null, null, 7, 99),
    fill: fc.constantFrom("zero", "none", null),
    daysBack: fc.constantFrom(1, 7, 8, 35),
    // As many seconds as lead to 1 March, 08:13:50, too.
    endsEarlierS: fc.constantFrom(0, 0, 1, 40_000, 100_000),
    operation: fc.oneof(fc.constant(null), fc.constantFrom(...OPERATIONS, "unknown", "nobody's")),
  });

  /** What is counted, as the path and `stat_subtype` say, and which events count. */
  type Figure = {
    readonly type: string;
    readonly subtype: string | null;
    readonly measure: Measure;
    readonly counts: (fact: Fact) => boolean;
  };
  function listFigures(operation: string | null): readonly Figure[] {
    const subtype = operation === "" ? null : operation;
    const byOperation = OPERATION_TYPES.map((type): Figure => {
      const isAsked = (fact: Fact) => subtype === null || toKey(type, fact.operation) === subtype;
      const counts = (fact: Fact) => fact.kind === OPERATION_KINDS[type] && isAsked(fact);
      return { type, subtype, measure: "count", counts };
    });
    const isDelivery = ({ kind }: Fact) => kind === "delivery";
    return [
      ...byOperation,
      { type: "cdn", subtype: null, measure: "bytesOut", counts: isDelivery },
      { type: "cdn", subtype: "traffic", measure: "bytesOut", counts: isDelivery },
      { type: "cdn", subtype: "request", measure: "count", counts: isDelivery },
      { type: "storage", subtype: operation === null ? null : "ASSET", measure: "sizeDelta", counts: () => true },
    ];
  }

  /** A range in UNIX seconds, its end left out, and its windows. */
  type Counted = { readonly startS: number; readonly untilS: number; readonly granularity: Granularity };

  /** What is counted where sums per hour are left, and of one user per day: all that the range touches, in days then. */
  function widen({ startS, untilS, granularity }: Counted, user: number | null): Counted {
    const grainS = user === null ? 3600 : DAY_S;
    const floor = (second: number) => second - (second % grainS);
    const isOld = startS < RAW_FROM_S;
    return {
      startS: isOld ? floor(startS) : startS,
      untilS: untilS <= RAW_FROM_S ? floor(untilS + grainS - 1) : untilS,
      granularity: isOld && user !== null && granularity === "hour" ? "day" : granularity,
    };
  }

  /** The starts of all windows from that of the first second to that of the last, found hour by hour. */
  function listWindows({ startS, untilS, granularity }: Counted): readonly number[] {
    const starts = new Set<number>();
    for (let second = startS; second < untilS; second += 3600) starts.add(toWindowStart(second, granularity));
    return [...starts.add(toWindowStart(untilS - 1, granularity))];
  }

  it.each([false, true].flatMap((isSummed) => [null, ...GRANULARITIES].map((asked) => ({ asked, isSummed }))))(
    "have the sums of their windows; granularity: $asked, raw rows dropped: $isSummed",
    async ({ asked, isSummed }) => {
      await holdsForAny(anyAsked, async (facts, { user, fill, daysBack, endsEarlierS, operation }) => {
        const { id, ask } = await (isSummed ? summed : usage).openOrganization(facts);
        const endS = NOW_S - endsEarlierS;
        const startS = endS - daysBack * DAY_S;
        const exact = { startS, untilS: endS + 1, granularity: asked ?? (daysBack <= 7 ? "hour" : "day") };
        const counted = isSummed ? widen(exact, user) : exact;
        for (const { type, subtype, measure, counts } of listFigures(operation)) {
          const own = ofUser(facts, user).filter(counts);
          const isStorage = type === "storage";
          const points = listWindows(counted).flatMap((start, index, starts) => {
            const fromMs = Math.max(start, counted.startS) * 1000;
            const untilMs = Math.min(starts[index + 1] ?? Number.POSITIVE_INFINITY, counted.untilS) * 1000;
            // What is stored is all that ever came or went before the end of the window.
            const inside = between(own, isStorage ? Number.NEGATIVE_INFINITY : fromMs, untilMs);
            const isShown = isStorage || fill === "zero" || inside.length > 0;
            return isShown ? [{ timestamp: BigInt(start), value: add(inside, measure) }] : [];
          });
          const search = new URLSearchParams({ start_time: String(startS), end_time: String(endS) });
          const sent = { stat_subtype: subtype, user_id: user, fill, granularity: asked };
          for (const [name, value] of Object.entries(sent)) if (value !== null) search.set(name, String(value));
          expect(await ask(`/api/v1/stats/timeseries/${type}?${search}`), `${type}?${search}`).toEqual({
            usergroup_id: BigInt(id),
            stat_type: type,
            stat_subtype: subtype,
            start_time: String(startS),
            end_time: String(endS),
            data: { [user ?? "*"]: points },
          });
        }
      });
    },
  );
});

describe.each([false, true])("snapshots; raw rows dropped: %s", (isSummed) => {
  /** Figures by key of events that are counted by operation. */
  function addByKey(facts: readonly Fact[], type: OperationType): Readonly<Record<string, bigint>> {
    const byKey = Map.groupBy(facts, ({ operation }) => toKey(type, operation));
    return Object.fromEntries([...byKey].map(([key, own]) => [key, add(own, "count")]));
  }
  const openOrganization = (facts: readonly Fact[]) => (isSummed ? summed : usage).openOrganization(facts);
  /** Where sums per hour are left, and of users per day, all of the one that the period begins in. */
  const within = (facts: readonly Fact[], hours: number, isByUser: boolean): readonly Fact[] => {
    const fromMs = NOW_MS - hours * HOUR_MS;
    const grainMs = isByUser ? DAY_S * 1000 : HOUR_MS;
    const isOld = isSummed && fromMs < RAW_FROM_S * 1000;
    return between(facts, isOld ? fromMs - (fromMs % grainMs) : fromMs, NOW_MS + 1);
  };
  /** One entry per user with an event. */
  const byUser = <Figures>(facts: readonly Fact[], toFigures: (own: readonly Fact[]) => Figures) =>
    Object.fromEntries(
      [...Map.groupBy(facts, ({ user }) => user)].map(([user, own]) => [user ?? "unknown", toFigures(own)]),
    );

  it("add up what was done in some hours by operation, of all, of one user and of each", async () => {
    await holdsForAnyFacts(async (facts) => {
      const { id, ask } = await openOrganization(facts);
      for (const type of OPERATION_TYPES) {
        for (const hours of [24, 8736]) {
          const counted = within(ofKind(facts, OPERATION_KINDS[type]), hours, false);
          const ofUsers = within(ofKind(facts, OPERATION_KINDS[type]), hours, true);
          const path = `/api/v1/stats/${type}?period=${hours}`;
          const envelope = { usergroup_id: BigInt(id), period: BigInt(hours) };
          expect(await ask(path)).toEqual({ ...envelope, data: { "*": addByKey(counted, type) } });
          expect((await ask(`${path}&group_by=user`)).data).toEqual(byUser(ofUsers, (own) => addByKey(own, type)));
          for (const user of [7, 99]) {
            const own = ofUser(ofUsers, user);
            expect((await ask(`${path}&user_id=${user}`)).data).toEqual({ [user]: addByKey(own, type) });
          }
        }
      }
    });
  });

  it("add up what is stored, whatever the period, of all, of one user and of each", async () => {
    await holdsForAnyFacts(async (facts) => {
      const { ask } = await openOrganization(facts);
      const toStored = (own: readonly Fact[]) => ({ ASSET: add(own, "sizeDelta") });
      for (const hours of [1, 8736]) {
        const path = `/api/v1/stats/storage?period=${hours}`;
        expect((await ask(path)).data).toEqual({ "*": toStored(facts) });
        expect((await ask(`${path}&group_by=user`)).data).toEqual(byUser(facts, toStored));
        for (const user of [8, 99]) {
          expect((await ask(`${path}&user_id=${user}`)).data).toEqual({ [user]: toStored(ofUser(facts, user)) });
        }
      }
    });
  });

  it("add up what was delivered, as bytes and as requests, of all and of one user", async () => {
    await holdsForAnyFacts(async (facts) => {
      const { ask } = await openOrganization(facts);
      for (const [hours, user] of [5, 24].flatMap((asked) => [null, 7].map((one) => [asked, one] as const))) {
        const own = ofUser(within(ofKind(facts, "delivery"), hours, user !== null), user);
        const path = `/api/v1/stats/cdn?period=${hours}${user === null ? "" : `&user_id=${user}`}`;
        expect((await ask(path)).data).toEqual({ sum: add(own, "bytesOut") });
        for (const name of ["type", "stat_subtype"]) {
          expect((await ask(`${path}&${name}=request`)).data).toEqual({ sum: add(own, "count") });
        }
      }
    });
  });
});
