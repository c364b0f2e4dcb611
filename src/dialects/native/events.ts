/**
 * POST /usage/v1/events: takes usage in as CloudEvents and answers, after the commit, what became of each event.
 */
import { type TSchema, Type } from "typebox";
import type { RawRecord } from "../../model/raw-record.ts";
import type { Route } from "../../model/route.ts";
import type { Principal } from "../../model/token.ts";
import { USAGE_KINDS } from "../../model/usage-event.ts";
import { AppError } from "../../platform/errors.ts";
import { cutEventText } from "../../sources/events/cut-event-text.ts";
import type { EventText } from "../../sources/events/event-text.ts";
import type { IntakeReceipt } from "../../sources/intake.ts";
import type { DialectDeps, DialectLimits } from "../dialect.ts";
import { BATCH_TYPE, EVENT_TYPE, type EventInput, LINES_TYPE, PLAIN_TYPE, readEventInput } from "./event-input.ts";
import { buildReceiptSum, RECEIPTS_MAX, type ReceiptChoice, type ReceiptSum } from "./event-receipts.ts";

/** The part of DialectDeps that this route needs. */
export type EventsDeps = Pick<DialectDeps, "intake"> & {
  readonly limits: Pick<DialectLimits, "batchRecordsMax" | "eventBytesMax">;
};

/** What a request to take events in says. */
export type EventsParameters = {
  readonly principal: Principal;
  readonly input: EventInput;
  readonly receipts: ReceiptChoice;
};

/** The source under which records are counted that do not name one: only refused ones, an event must name its source. */
const UNNAMED_SOURCE = "events";

/** Lines of a stream that are submitted together. Fewer would make more commits of one stream alone. */
const PART_RECORDS_MAX = 2_000;

/** Parts of one stream that are on their way at once: one is read while others wait for their common commit. */
const PARTS_MAX = 3;

const QUERY = Type.Object(
  {
    receipts: Type.Optional(
      Type.Union([Type.Literal("problems"), Type.Literal("all")], {
        description: "`problems` (or nothing): receipts of what was not accepted. `all`: of every event.",
      }),
    ),
  },
  { additionalProperties: false },
);

const MEASURE = (description: string): TSchema => Type.Optional(Type.Integer({ description }));

const EVENT = Type.Object({
  specversion: Type.Literal("1.0"),
  id: Type.String({ description: "Unique within the source: the same id again is a duplicate and changes nothing." }),
  source: Type.String({ description: "The stream that the event belongs to." }),
  type: Type.Union(USAGE_KINDS.map((kind) => Type.Literal(`assetmeter.${kind}`))),
  time: Type.Optional(Type.String({ format: "date-time", description: "When it happened; on arrival if left out." })),
  data: Type.Optional(
    Type.Object({
      space_id: Type.Optional(Type.Integer()),
      user_id: Type.Optional(Type.Integer()),
      asset_id: Type.Optional(Type.Integer()),
      bucket_id: Type.Optional(Type.String()),
      operation: Type.Optional(Type.String()),
      count: MEASURE("Requests, jobs or uses; 1 if left out."),
      bytes_in: MEASURE("Bytes received; 0 if left out."),
      bytes_out: MEASURE("Bytes sent; 0 if left out."),
      size_delta: MEASURE("Change of the bytes stored; may be negative."),
      objects_delta: MEASURE("Change of the objects stored; may be negative."),
    }),
  ),
});

const RECEIPT = Type.Object({
  index: Type.Integer({ description: "Place of the event in the request, from 0; empty lines do not count." }),
  id: Type.Union([Type.String(), Type.Null()]),
  result: Type.Union(
    ["accepted", "late", "duplicate", "rejected"].map((result) => Type.Literal(result)),
    { description: "`late`: accepted, and older than the source's lateness bound." },
  ),
  reason: Type.Union([Type.String(), Type.Null()], { description: "A code that never changes; null unless rejected." }),
  detail: Type.Union([Type.String(), Type.Null()], { description: "What is wrong, for people." }),
});

const ANSWER = Type.Object({
  received: Type.Integer({ description: "accepted + duplicates + rejected, always." }),
  accepted: Type.Integer({ description: "On disk, counted, and it stays counted." }),
  late: Type.Integer({ description: "Accepted ones that are older than their source's lateness bound." }),
  duplicates: Type.Integer(),
  rejected: Type.Integer(),
  receipts: Type.Array(RECEIPT),
  receipts_truncated: Type.Optional(Type.Literal(true, { description: `There were more than ${RECEIPTS_MAX}.` })),
});

const DESCRIPTION =
  "The answer comes after the commit. A bad event does not stop the others: it is rejected with a reason. Sending " +
  `anything twice is safe. \`${LINES_TYPE}\` may be of any length and is committed in parts while it arrives.`;

/** Builds the route. */
export function buildEventsRoute({ intake, limits }: EventsDeps): Route<EventsParameters> {
  return {
    method: "POST",
    path: "/usage/v1/events",
    scope: "ingest",
    summary: "Take usage in as CloudEvents",
    description: DESCRIPTION,
    query: QUERY,
    body: {
      mediaTypes: [],
      schema: Type.Union([EVENT, Type.Array(EVENT)]),
      // A batch may be long: where it is parsed, nobody is answered meanwhile. An event is measured before it is parsed.
      unparsedMediaTypes: [EVENT_TYPE, BATCH_TYPE, PLAIN_TYPE],
      streamedMediaTypes: [LINES_TYPE],
    },
    responses: {
      200: { description: "What became of the events", schema: ANSWER },
      400: { description: "The body is not JSON, or not what its type says" },
      401: { description: "No valid token" },
      403: { description: "The token lacks the scope" },
      413: { description: "The body or the batch is too large" },
      415: { description: "The body is of a type that is not read" },
      503: { description: "Nothing of the batch was counted; send it again after Retry-After seconds" },
    },
    readParameters: (request) => {
      if (request.principal === null) throw new AppError("access/no-token", "This request needs a token.");
      const receipts = request.values.receipts === "all" ? "all" : "problems";
      return { principal: request.principal, input: readEventInput(request, limits), receipts };
    },
    answer: async ({ principal, input, receipts }) => {
      const sum = buildReceiptSum(receipts, RECEIPTS_MAX);
      const submit = (records: readonly RawRecord[] | EventText): Promise<IntakeReceipt> =>
        intake.submit({
          organization: principal.organization,
          source: UNNAMED_SOURCE,
          format: "cloudevents",
          space: null,
          allowedSpaces: principal.spaces,
          records,
          checkpoint: null,
        });
      if (input.form === "events") sum.add(await submit(input.events.map(toRecord)));
      else if (input.form === "text") sum.add(await submit(input.text));
      else await submitLines(input.bytes, { submit, sum, limits });
      return { status: 200, body: sum.toBody() };
    },
  };
}

function toRecord(value: unknown, index: number): RawRecord {
  return { form: "event", value, position: `index ${index}` };
}

/** What submitLines works with. */
type LinesIntake = {
  readonly submit: (part: EventText) => Promise<IntakeReceipt>;
  readonly sum: ReceiptSum;
  readonly limits: EventsDeps["limits"];
};

/**
 * Submits a stream part by part; the next parts come while the last ones are committed, never more than
 * PARTS_MAX of them at a time. Parts before a failure stay counted: the error says how many lines that are.
 */
async function submitLines(bytes: AsyncIterable<Buffer>, { submit, sum, limits }: LinesIntake): Promise<void> {
  const linesMax = Math.min(PART_RECORDS_MAX, limits.batchRecordsMax);
  const partsMax = Math.min(PARTS_MAX, Math.floor(limits.batchRecordsMax / linesMax));
  const onTheWay: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();
  try {
    for await (const part of cutEventText(bytes, { lineBytesMax: limits.eventBytesMax, linesMax })) {
      if (onTheWay.length >= partsMax) await onTheWay.shift();
      last = countAfter(last, submit(part), sum);
      onTheWay.push(last);
      // It is awaited some parts later. Until then a failure without a listener would end the process.
      last.catch(() => {});
    }
    await last;
  } catch (error) {
    await last.catch(() => {});
    throw sayWhatIsCounted(error, sum.received());
  }
}

/** Adds a part when those before it were: behind one that failed none counts as taken in. Settles after all of them. */
async function countAfter(before: Promise<void>, receipt: Promise<IntakeReceipt>, sum: ReceiptSum): Promise<void> {
  const [earlier, own] = await Promise.allSettled([before, receipt]);
  if (earlier.status === "rejected") throw earlier.reason;
  if (own.status === "rejected") throw own.reason;
  sum.add(own.value);
}

function sayWhatIsCounted(error: unknown, received: number): unknown {
  if (!(error instanceof AppError) || received === 0) return error;
  return new AppError(
    error.code,
    `${error.message} The first ${received} events were taken in before; sending all of them again counts none twice.`,
    { cause: error, ...(error.retryAfterS === undefined ? {} : { retryAfterS: error.retryAfterS }) },
  );
}
