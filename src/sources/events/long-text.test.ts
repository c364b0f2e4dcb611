/**
 * A long text of events is read on a thread; nothing but that tells it from one event after another.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { IntakeLimits } from "../group-commit.ts";
import type { IntakeReceipt, Submission } from "../intake.ts";
import { openTestIntake, TEST_NOW_MS, type TestIntake } from "../open-intake.contract.ts";
import type { EventLines } from "./cut-event-text.ts";
import type { EventText } from "./event-text.ts";

/** Enough that a text of them is long. */
const EVENTS = 1_000;

const CMS = { name: "cms", format: "cloudevents" } as const;

const VALUES = Array.from({ length: EVENTS }, (_, index) => {
  const time = new Date(TEST_NOW_MS - (index % 7) * 3_600_000).toISOString();
  const data = { space_id: 1 + (index % 2), user_id: 1 + (index % 5), asset_id: 1 + (index % 11), bytes_out: index };
  const event = { specversion: "1.0", id: `e${index}`, source: "cms", type: "assetmeter.delivery", time, data };
  // Of every hundred: one that came before, three that are refused for different reasons, one of another source.
  if (index % 100 === 10) return { ...event, id: `e${index - 1}` };
  if (index % 100 === 20) return { ...event, data: { ...data, bytes_out: -1 } };
  if (index % 100 === 30) return "no event";
  if (index % 100 === 40) return { ...event, data: { ...data, space_id: 77 } };
  if (index % 100 === 50) return { ...event, source: "dam" };
  return event;
});

const arrayOf = (values: readonly unknown[]): EventText => ({
  form: "array",
  text: Buffer.from(JSON.stringify(values)),
  recordsMax: 10_000,
});
const linesOf = (values: readonly unknown[]): EventLines => ({
  form: "lines",
  text: Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join("")),
  linesBefore: 0,
  isAll: true,
  lineBytesMax: 10_000,
});

/** What became of a submission, and what the store holds of it afterwards, without where the records stood. */
async function take(records: Submission["records"]) {
  const opened = await openTestIntake();
  try {
    const { intake, organization, store, events } = opened;
    await opened.catalog.ensureSource({ organization, name: "cms", format: "cloudevents", latenessBoundMs: 3_600_000 });
    const receipts = [await intake.submit(events([], { records })), await intake.submit(events([], { records }))];
    const samples: Record<string, unknown>[] = [];
    for (const source of ["cms", "dam", "events"]) {
      for (const { position, ...rest } of await store.readRejected(organization, source)) {
        samples.push({ ...rest, place: position.split(" ")[1] });
      }
    }
    return {
      receipts: receipts.map(({ problems, results, ...sums }) => ({ ...sums, problems, results })),
      sums: await opened.readSums(),
      counts: await store.readSourceCounts(organization),
      samples,
    };
  } finally {
    await opened.close();
  }
}

describe("a long text", () => {
  test("gives the receipts, rows, counts and samples that its events give one by one", async () => {
    const records = VALUES.map((value, index) => ({ form: "event", value, position: `index ${index}` }) as const);
    const expected = await take(records);
    // Ten of each hundred's kinds; sent again, what was accepted is a duplicate.
    expect(expected.receipts[0]).toMatchObject({ received: EVENTS, accepted: 960, duplicates: 10, rejected: 30 });
    expect(expected.receipts[1]).toMatchObject({ received: EVENTS, accepted: 0, duplicates: 970, rejected: 30 });
    expect(expected.receipts[0]?.problems).toHaveLength(40);
    expect(arrayOf(VALUES).text.length).toBeGreaterThan(64 * 1024);

    expect(await take(arrayOf(VALUES))).toEqual(expected);
    const { samples, ...lines } = await take(linesOf(VALUES));
    expect(lines).toEqual({ ...expected, samples: undefined });
    // Lines count from 1.
    expect(samples.map(({ place, ...rest }) => ({ ...rest, place: String(Number(place) - 1) }))).toEqual(
      expected.samples,
    );
  });
});

describe("a text that cannot be read", () => {
  let opened: TestIntake;
  beforeEach(async () => {
    opened = await openTestIntake();
  });
  afterEach(() => opened.close());

  const submit = (records: EventText): Promise<IntakeReceipt> => opened.intake.submit(opened.events([], { records }));

  test.each([
    ["not JSON", `[${"1,".repeat(50_000)}`, "request/body-malformed"],
    ["an object", `{"a":"${"x".repeat(100_000)}"}`, "request/body-malformed"],
    ["too many events", `[${"1,".repeat(50_000)}1]`, "request/body-too-large"],
  ])("is refused as a whole, and nothing of it is counted: %s", async (_, text, code) => {
    const refused = submit({ form: "array", text: Buffer.from(text), recordsMax: 10_000 });
    await expect(refused).rejects.toMatchObject({ code });
    expect(await opened.store.readSourceCounts(opened.organization)).toEqual([]);
    expect(opened.intake.recordsOnTheWay()).toBe(0);
  });

  test("more of it than may be on the way is refused when it has been read", async () => {
    await opened.close();
    opened = await openTestIntake({ limits: { queueRecordsMax: 1_500 } });
    const renamed = VALUES.map((value) => (typeof value === "string" ? value : { ...value, source: "other" }));
    const answers = await Promise.allSettled([submit(arrayOf(VALUES)), submit(arrayOf(renamed))]);
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const rejected = answers.find((answer) => answer.status === "rejected");
    expect(rejected?.reason).toMatchObject({ code: "sources/overloaded" });
    expect(opened.intake.recordsOnTheWay()).toBe(0);
  });
});

describe("events of one source, in short texts and long ones", () => {
  let opened: TestIntake;
  const setUp = async (limits: Partial<IntakeLimits> = {}) => {
    opened = await openTestIntake({ limits });
  };
  afterEach(() => opened.close());

  const event = (id: string, more: object = {}) => ({
    ...{ specversion: "1.0", id, source: "cms", type: "assetmeter.api" },
    time: "2026-11-20T10:00:00Z",
    data: { operation: "read", bytes_out: 1, ...more },
  });
  const submit = (records: EventText): Promise<IntakeReceipt> => opened.intake.submit(opened.events([], { records }));
  const many = (name: string, more: (index: number) => object = () => ({})) =>
    Array.from({ length: EVENTS }, (_, index) => event(`${name}${index}`, more(index)));

  test("of two parts of one stream the first counts, though the second is shorter", async () => {
    await setUp();
    // The thread runs from here on: its start alone would hold up the first part.
    await submit(arrayOf(many("earlier")));
    const first = linesOf(many("a"));
    const last = linesOf([event("a0", { bytes_out: 1_000_000 })]);
    const receipts = await Promise.all([
      submit({ ...first, isAll: false }),
      submit({ ...last, linesBefore: EVENTS, isAll: false }),
    ]);
    expect(receipts.map(({ accepted, duplicates }) => [accepted, duplicates])).toEqual([
      [EVENTS, 0],
      [0, 1],
    ]);
    expect((await opened.readSums()).api?.[2]).toBe(2 * EVENTS);
  });

  test("have no more operations than one source may have", async () => {
    await setUp({ operationsPerSourceMax: 3 });
    const named = (name: string) => many(name, (index) => ({ operation: `${name}${index % 2}` }));
    await submit(arrayOf(named("a").slice(0, 10)));
    await submit(arrayOf(named("b")));
    await submit(arrayOf(named("c").slice(0, 10)));
    await submit(arrayOf(named("a")));
    const counts = Object.entries(await opened.readSums("operation")).map(([name, [count]]) => [name, count]);
    // The first ten of "a" came before, those of "c" are too many, and so is the second operation of "b".
    expect(Object.fromEntries(counts)).toEqual({ a0: 500, a1: 500, b0: 500, "(other)": 500 + 10 });
  });

  test("have no more operations of a kind than one source may have, and other kinds take none of their places", async () => {
    await setUp({ operationsPerSourceMax: 1 });
    const kinds = ["api", "addon"] as const;
    const named = (name: string) =>
      many(name, (index) => ({ operation: `${name}${index % 2}` })).map((value, index) => ({
        ...value,
        type: `assetmeter.${kinds[index % 2]}`,
      }));
    // Read at once, then on the thread: requests are all a0, add-ons all a1; b0 and b1 come too late.
    await submit(arrayOf(named("a").slice(0, 10)));
    await submit(arrayOf(named("b")));
    await submit(arrayOf(named("a")));
    const counts = Object.entries(await opened.readSums("operation")).map(([name, [count]]) => [name, count]);
    expect(Object.fromEntries(counts)).toEqual({ a0: 500, a1: 500, "(other)": 1000 });
  });

  test("are judged by changed settings of the source a minute later, both of them", async () => {
    await setUp();
    const late = async () => {
      const [short, long] = [arrayOf([event(`s${count++}`)]), arrayOf(many(`l${count++}-`))];
      return [(await submit(short)).late, (await submit(long)).late];
    };
    let count = 0;
    await opened.catalog.ensureSource({ ...CMS, organization: opened.organization, latenessBoundMs: 86_400_000 });
    expect(await late()).toEqual([0, 0]);
    await opened.catalog.updateSource(opened.organization, "cms", { latenessBoundMs: 60_000 });
    opened.clock.set(TEST_NOW_MS + 60_000);
    expect(await late()).toEqual([1, EVENTS]);
  });
});
