/**
 * A long text of events is read on a thread; nothing but that tells it from one event after another.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { IntakeReceipt, Submission } from "../intake.ts";
import { openTestIntake, TEST_NOW_MS, type TestIntake } from "../open-intake.contract.ts";
import type { EventText } from "./event-text.ts";

/** Enough that a text of them is long. */
const EVENTS = 1_000;

const OTHER_THINGS = Array.from({ length: EVENTS }, (_, index) => {
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
const linesOf = (values: readonly unknown[]): EventText => ({
  form: "lines",
  text: Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join("")),
  linesBefore: 0,
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
    const records = OTHER_THINGS.map((value, index) => ({ form: "event", value, position: `index ${index}` }) as const);
    const expected = await take(records);
    // Ten of each hundred's kinds; sent again, what was accepted is a duplicate.
    expect(expected.receipts[0]).toMatchObject({ received: EVENTS, accepted: 960, duplicates: 10, rejected: 30 });
    expect(expected.receipts[1]).toMatchObject({ received: EVENTS, accepted: 0, duplicates: 970, rejected: 30 });
    expect(expected.receipts[0]?.problems).toHaveLength(40);
    expect(arrayOf(OTHER_THINGS).text.length).toBeGreaterThan(64 * 1024);

    expect(await take(arrayOf(OTHER_THINGS))).toEqual(expected);
    const { samples, ...lines } = await take(linesOf(OTHER_THINGS));
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
    const renamed = OTHER_THINGS.map((value) => (typeof value === "string" ? value : { ...value, source: "other" }));
    const answers = await Promise.allSettled([submit(arrayOf(OTHER_THINGS)), submit(arrayOf(renamed))]);
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const rejected = answers.find((answer) => answer.status === "rejected");
    expect(rejected?.reason).toMatchObject({ code: "sources/overloaded" });
    expect(opened.intake.recordsOnTheWay()).toBe(0);
  });
});
