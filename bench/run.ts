/**
 * `npm run bench`: runs every benchmark and writes bench/RESULTS.md. `--events N` sets the size of the stores of `query`
 * and `ids`, `--lines N` the longest log (30000000 for that of the largest promise, which is piped and never on the disk),
 * `--only ingest,ids,access-log,delivery,query,assets` leaves the others out and then writes nothing. `--keep DIR` keeps
 * the filled stores (DIR/1000000/usage.duckdb and so on, 4 GB for 100 million events) and uses those that are there already.
 */
import "../src/store/duckdb/engine-memory.ts";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { benchAccessLog } from "./access-log.ts";
import { benchAssets } from "./assets.ts";
import { benchDelivery } from "./delivery.ts";
import { benchIngest } from "./ingest.ts";
import { benchQuery } from "./query.ts";
import { benchRememberedIds } from "./remembered-ids.ts";
import { printReport, type Section } from "./report.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string" },
    keep: { type: "string" },
    lines: { type: "string" },
    only: { type: "string" },
  },
});
const events = Number(values.events ?? 2_000_000);
if (!Number.isInteger(events) || events < 1) {
  console.error("--events takes a whole number from 1.");
  process.exit(2);
}

const lines = Number(values.lines ?? 3_000_000);
if (!Number.isInteger(lines) || lines < 1) {
  console.error("--lines takes a whole number from 1.");
  process.exit(2);
}

const BENCHMARKS: Readonly<Record<string, () => Promise<readonly Section[]>>> = {
  ingest: async () => [await benchIngest({ events: 200_000, runs: 5, remembered: 10_000_000 })],
  ids: async () => [await benchRememberedIds(sizesUpTo(events, [1e6, 1e7, 1e8]), 200_000)],
  "access-log": async () => [await benchAccessLog({ lines: sizesUpTo(lines, [3e5, 3e6]), runs: 3 })],
  delivery: async () => [await benchDelivery({ fileBytes: 1_000_000, requests: 1_000, turns: 5 })],
  query: () =>
    benchQuery({
      events: sizesUpTo(events, [1e6, 1e7, 1e8]),
      runs: 200,
      coldRuns: 25,
      keepIn: values.keep === undefined ? null : resolve(values.keep),
    }),
  assets: () => benchAssets({ assets: 1_000_000, runs: 100 }),
};

/** The usual sizes below the largest one, and that. */
function sizesUpTo(largest: number, usual: readonly number[]): readonly number[] {
  return usual.filter((size) => size < largest).concat(largest);
}

const wanted = values.only?.split(",") ?? Object.keys(BENCHMARKS);
const sections: Section[] = [];
for (const name of wanted) {
  const bench = BENCHMARKS[name];
  if (bench === undefined) {
    console.error(`There is no benchmark ${name}; there are ${Object.keys(BENCHMARKS).join(", ")}.`);
    process.exit(2);
  }
  console.error(`${name} …`);
  sections.push(...(await bench()));
}
const sized = (name: "events" | "lines"): string => (values[name] === undefined ? "" : ` --${name} ${values[name]}`);
const options = sized("events") + sized("lines");
const command = `npm run bench${options === "" ? "" : ` --${options}`}`;
const page = printReport(sections, new Date().toISOString().slice(0, 10), command);
if (values.only === undefined) writeFileSync(join(import.meta.dirname, "RESULTS.md"), page);
console.log(page);
