/**
 * Writes the demo's deterministic sample traffic to files, for benchmarks and for trying an import by hand:
 * `node scripts/sample-traffic.ts --out DIR [--events 1000000] [--days 90] [--seed 1] [--end 2026-11-20T00:00:00Z]`
 * gives DIR/events.ndjson, DIR/access.log and DIR/totals.json with the truth.
 */
import { once } from "node:events";
import { createWriteStream, mkdirSync, type WriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseArgs } from "node:util";
import { sampleTraffic } from "../src/cli/demo/sample-traffic.ts";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    events: { type: "string", default: "1000000" },
    days: { type: "string", default: "90" },
    seed: { type: "string", default: "1" },
    end: { type: "string", default: "2026-11-20T00:00:00Z" },
  },
});
const endMs = Date.parse(values.end);
const [events, days, seed] = [values.events, values.days, values.seed].map(Number) as [number, number, number];
if (values.out === undefined || ![endMs, events, days, seed].every(Number.isSafeInteger)) {
  process.stderr.write(
    "Usage: node scripts/sample-traffic.ts --out DIR [--events N] [--days N] [--seed N] [--end TIME]\n",
  );
  process.exit(2);
}

mkdirSync(values.out, { recursive: true });
const traffic = sampleTraffic({ seed, endMs, days, events });
const eventFile = createWriteStream(join(values.out, "events.ndjson"));
const logFile = createWriteStream(join(values.out, "access.log"));
for (const chunk of traffic.chunks) {
  await writeLines(
    eventFile,
    chunk.events.map((event) => JSON.stringify(event)),
  );
  await writeLines(logFile, chunk.lines);
}
eventFile.end();
logFile.end();
await Promise.all([finished(eventFile), finished(logFile)]);
writeFileSync(join(values.out, "totals.json"), `${JSON.stringify(traffic.readTotals(), null, 2)}\n`);

/** Waits while the disk is slower than the generator: otherwise the whole traffic would wait in memory. */
async function writeLines(file: WriteStream, lines: readonly string[]): Promise<void> {
  if (!file.write(lines.map((line) => `${line}\n`).join(""))) await once(file, "drain");
}
