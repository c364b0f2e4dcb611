/** A line that asks what was asked before is counted as if nothing had been asked before it. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MappingRule, SourceSettings } from "../../model/source-settings.ts";
import { buildKnownThings, REPEATED_MS_MAX } from "../known-things.ts";
import type { LineBlock } from "../line-block.ts";
import { openTestIntake, TEST_LIMITS, TEST_NOW_MS, type TestIntake } from "../open-intake.contract.ts";
import type { StepCatalog } from "../steps/step.ts";
import { buildLogReading, type LogReading } from "./log-reading.ts";

let opened: TestIntake;
beforeAll(async () => {
  opened = await openTestIntake();
});
afterAll(() => opened.close());

const RULES: readonly MappingRule[] = [
  { match: { path: "/health" }, ignore: true },
  { match: { host: "cdn.example.com", path: "/f/**" }, set: { kind: "delivery", space: "2" } },
  { match: { path: "/put/**", method: ["PUT"] }, set: { kind: "upload" } },
];

const USER_RULES: readonly MappingRule[] = [{ match: { path: "/api/**" }, set: { user: "{user}" } }];

let sources = 0;
/** A log of a source of its own, and how many paths were decoded for its lines. */
async function open(settings: Partial<SourceSettings> = {}, format: "combined" | "vhost-combined" = "combined") {
  const source = `log ${sources++}`;
  await opened.catalog.ensureSource({ organization: opened.organization, name: source, format });
  await opened.catalog.updateSource(opened.organization, source, { settings });
  const known = buildKnownThings(opened.clock);
  let decoded = 0;
  const paths: typeof known.paths = {
    ...known.paths,
    decode: (...given) => {
      decoded += 1;
      return known.paths.decode(...given);
    },
  };
  const begin = (catalog: StepCatalog = opened.catalog): LogReading =>
    buildLogReading(
      {
        ...{ organization: opened.organization, source, format, space: null, allowedSpaces: null },
        ...{ prefix: "none", name: "a.log", lineBytesMax: 65_536 },
      },
      { limits: TEST_LIMITS, catalog, known: { ...known, paths } },
    );
  return { source, begin, decoded: () => decoded };
}

/** What a block says of one line, but where that line stands. */
const toFacts = ({ blocks }: { readonly blocks: readonly LineBlock[] }) =>
  blocks.map(({ rows: { names, bucket, operation, source, objects, ...rows }, rejected, late, caches }) => ({
    ...Object.fromEntries(
      Object.entries(rows).map(([name, values]) => [name, typeof values === "number" ? values : [...values]]),
    ),
    operation: Array.from(operation, (place) => names[place]),
    bucket: Array.from(bucket, (place) => names[place]),
    objects: [...objects],
    refused: rejected.map(({ reason, count }) => [reason, count]),
    ...{ source: source.length, late, caches },
  }));

/** One line as a piece of its log: what is known of it helps the lines of later pieces. */
function toPiece(line: string): SharedArrayBuffer {
  const bytes = Buffer.from(`${line}\n`);
  const piece = new SharedArrayBuffer(bytes.length);
  Buffer.from(piece).set(bytes);
  return piece;
}

const print = (
  address: number,
  ask: string,
  more: { host?: string; user?: string; time?: string; bytes?: string } = {},
) => {
  const { host = "", user = "-", time = "20/Nov/2026:08:15:02 +0000", bytes = "1000" } = more;
  return `${host}10.0.0.${address} - ${user} [${time}] "${ask} ${bytes} "-" "Demo/1.0"`;
};

const TIMES = ["20/Nov/2026:08:15:02 +0000", "20/Nov/2026:08:15:02 +0100", "20/Nov/2026:12:00:00 +0000"];
const anyAsk = fc.constantFrom(
  'GET /a.jpg HTTP/1.1" 200',
  'GET /a.jpg HTTP/1.1" 404',
  'GET /f/b HTTP/1.1" 200',
  'GET /api/v1/things/17?x=%22 HTTP/1.1" 200',
  'GET /api/v1/things/18 HTTP/1.1" -',
  'PUT /put/c HTTP/1.1" 201',
  'GET /health HTTP/1.1" 200',
  'GET http://Cdn.Example.com/f/b HTTP/1.1" 200',
  'GET /a b" 2 "c.png HTTP/1.1" 200',
  '-" 400',
);
const anyLine = fc.record({
  ask: anyAsk,
  // Most of them are taken, or nothing would be asked a second time.
  bytes: fc.constantFrom("1", "2", "3", "4", "51234", "51235", "0", "-", "9007199254740993", "12x"),
  time: fc.constantFrom(...TIMES, ...TIMES, "19/Nov/2026:08:15:02 +0000", "20/Nov/2026:13:00:00 +0000"),
  user: fc.constantFrom("-", "12", "13"),
  host: fc.constantFrom("cdn.example.com:443 ", "www.example.com "),
});

describe("lines of one log", () => {
  test("each gives what it gives as the first one, with and without hosts, rules, users, sampling and an oldest day", async () => {
    let [judged, asked] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLine, { minLength: 20, maxLength: 60 }),
        fc.boolean(),
        fc.constantFrom<Partial<SourceSettings>>(
          {},
          { rules: RULES },
          { rules: RULES, oldestDays: 1 },
          { rules: USER_RULES },
          { sampleRate: 0.4 },
        ),
        async (lines, hasHost, settings) => {
          const log = await open(settings, hasHost ? "vhost-combined" : "combined");
          const whole = log.begin();
          for (const [index, { ask, host, ...more }] of lines.entries()) {
            const line = print(index, ask, hasHost ? { host, ...more } : more);
            const before = log.decoded();
            const inLog = toFacts(await whole.push(toPiece(line), TEST_NOW_MS));
            judged += log.decoded() - before;
            asked += 1;
            const alone = toFacts(await log.begin().push(toPiece(line), TEST_NOW_MS));
            expect(inLog).toEqual(alone);
          }
        },
      ),
      { numRuns: 50 },
    );
    // Else nothing was compared: lines that ask the same thing are judged once.
    expect(judged).toBeLessThan(asked * 0.8);
  });

  test("a rule that changed applies to the next piece", async () => {
    const log = await open();
    const reading = log.begin();
    const kindsOf = async (address: number) => {
      const { blocks } = await reading.push(toPiece(print(address, 'GET /f/b HTTP/1.1" 200')), TEST_NOW_MS);
      return blocks.map(({ rows, rejected }) => [rows.length, ...rejected.map(({ reason }) => reason)]);
    };
    expect([await kindsOf(1), await kindsOf(2)]).toEqual([[[1]], [[1]]]);
    const rules: readonly MappingRule[] = [{ match: { path: "/f/**" }, ignore: true }];
    await opened.catalog.updateSource(opened.organization, log.source, { settings: { rules } });
    expect(await kindsOf(3)).toEqual([[0, "ignored-by-rule"]]);
  });

  test("what was judged by an old rule while another one came is not believed under that", async () => {
    const log = await open();
    let isHeld = true;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The first piece waits for the catalogue, as it does for an asset that nobody has seen before.
    const reading = log.begin({
      ...opened.catalog,
      listSources: async (organization: number) => {
        const sources = await opened.catalog.listSources(organization);
        if (isHeld) {
          isHeld = false;
          await held;
        }
        return sources;
      },
    });
    const push = async (address: number) => {
      const { blocks } = await reading.push(toPiece(print(address, 'GET /f/b HTTP/1.1" 200')), TEST_NOW_MS);
      return blocks.map(({ rows, rejected }) => [rows.length, ...rejected.map(({ reason }) => reason)]);
    };
    const first = push(1);
    const rules: readonly MappingRule[] = [{ match: { path: "/f/**" }, ignore: true }];
    await opened.catalog.updateSource(opened.organization, log.source, { settings: { rules } });
    expect(await push(2)).toEqual([[0, "ignored-by-rule"]]);
    release();
    await first;
    expect(await push(3)).toEqual([[0, "ignored-by-rule"]]);
  });

  test("what was judged by a rule that had come and gone between two looks is not believed", async () => {
    const log = await open();
    const rules: readonly MappingRule[] = [{ match: { path: "/f/**" }, set: { operation: "other" } }];
    let looks = 0;
    const reading = log.begin({
      ...opened.catalog,
      readSource: async (organization: number, name: string) => {
        const source = await opened.catalog.readSource(organization, name);
        // Two for each piece: the fourth is that of the steps of the second one.
        return source === null || ++looks !== 4 ? source : { ...source, settings: { ...source.settings, rules } };
      },
    });
    const push = async (address: number, path: string) =>
      toFacts(await reading.push(toPiece(print(address, `GET ${path} HTTP/1.1" 200`)), TEST_NOW_MS))[0]?.operation;
    expect([await push(1, "/a"), await push(2, "/f/b"), await push(3, "/f/b")]).toEqual([["/a"], ["other"], ["/f/b"]]);
  });

  test("what was made of a request is believed for 10 seconds of a log", async () => {
    const log = await open();
    const reading = log.begin();
    const push = (address: number, atMs: number) =>
      reading.push(toPiece(print(address, 'GET /f/b HTTP/1.1" 200')), atMs);
    await push(1, TEST_NOW_MS);
    await push(2, TEST_NOW_MS + REPEATED_MS_MAX / 2);
    expect(log.decoded()).toBe(1);
    await push(3, TEST_NOW_MS + 2 * REPEATED_MS_MAX);
    expect(log.decoded()).toBe(2);
  });
});
