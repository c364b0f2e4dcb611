/**
 * Puts the sample things into the catalogue and the sample traffic through the same intake as real usage.
 */
import { once } from "node:events";
import { createReadStream, createWriteStream, statSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { IntakeTotals } from "../../model/source.ts";
import { AppError } from "../../platform/errors.ts";
import type { AppAccess, CatalogAccess, UsageAccess } from "../app-access.ts";
import { addTotals, NO_TOTALS } from "../intake-totals.ts";
import { EVENT_SOURCE } from "./sample-events.ts";
import { LOG_SOURCE } from "./sample-lines.ts";
import { type SampleChunk, type SampleTraffic, sampleTraffic } from "./sample-traffic.ts";
import { LOG_SPACE, type SampleWorld } from "./sample-world.ts";

/** The seed of the demo: any number will do, as long as it stays the same. */
export const DEMO_SEED = 20_261_120;

/** Days of traffic that the demo has. */
export const DEMO_DAYS = 90;

/** Batches under way at once: enough that the store commits while the next ones are made, and never much memory. */
const BATCHES_UNDER_WAY_MAX = 4;

/** What to load, and who hears how far it is. */
export type DemoLoad = {
  readonly app: AppAccess;
  readonly endMs: number;
  /** Events and log lines together. */
  readonly events: number;
  /** Called with the number of records taken in so far. */
  readonly onProgress: (records: number) => void;
};

/**
 * Loads the demo and answers what became of its records. Rejects with `internal/unexpected` when not every record was
 * accepted: then what the meter counts is not what was made, and a demo of that would show a wrong number.
 */
export async function loadDemo({ app, endMs, events, onProgress }: DemoLoad): Promise<IntakeTotals> {
  const traffic = sampleTraffic({ seed: DEMO_SEED, endMs, days: DEMO_DAYS, events });
  const catalog = await app.openCatalog();
  try {
    await createThings(catalog, traffic.world, endMs);
  } finally {
    await catalog.close();
  }
  const usage = await app.openUsage();
  try {
    const totals = await takeTraffic(usage, traffic, {
      logFile: join(app.settings.dataDir, "sample-access.log"),
      onProgress,
    });
    assertComplete(totals, events);
    return totals;
  } finally {
    await usage.close();
  }
}

async function createThings(catalog: CatalogAccess, world: SampleWorld, endMs: number): Promise<void> {
  const organization = world.organization.id;
  await catalog.createOrganization(world.organization);
  for (const space of world.spaces) await catalog.createSpace({ organization, ...space });
  for (const user of world.users) await catalog.createUser({ organization, ...user });
  for (const bucket of world.buckets) await catalog.createBucket({ organization, ...bucket });
  for (const folder of world.folders) await catalog.createFolder({ organization, ...folder });
  for (const tag of world.tags) await catalog.createTag({ organization, ...tag });
  const createdAtMs = endMs - DEMO_DAYS * 86_400_000;
  for (const { bucket: _, ...asset } of world.assets) {
    await catalog.createAsset({ organization, ...asset, createdAtMs, updatedAtMs: createdAtMs });
  }
}

type Taking = {
  readonly logFile: string;
  /** Called with how much is taken in: records by takeTraffic, a ratio from 0 to 1 by importLog. */
  readonly onProgress: (done: number) => void;
};

/** Events go in as they are made; lines are written to a log first, which is then imported as any log is. */
async function takeTraffic(
  usage: UsageAccess,
  traffic: SampleTraffic,
  { logFile, onProgress }: Taking,
): Promise<IntakeTotals> {
  const log = createWriteStream(logFile);
  let totals = NO_TOTALS;
  let lines = 0;
  const underWay = new Set<Promise<void>>();
  const take = async ({ events }: SampleChunk) => {
    const batch = { organization: traffic.world.organization.id, source: EVENT_SOURCE, events };
    const receipt = await usage.submitEvents(batch);
    // Only here: `addTotals(totals, await …)` would read totals before the wait and lose what came meanwhile.
    totals = addTotals(totals, receipt);
    onProgress(totals.received);
  };
  for (const chunk of traffic.chunks) {
    lines += chunk.lines.length;
    if (!log.write(chunk.lines.map((line) => `${line}\n`).join(""))) await once(log, "drain");
    // A batch that fails stays in the set, so that the next wait ends with its error.
    const batch: Promise<void> = take(chunk).then(() => void underWay.delete(batch));
    batch.catch(() => {});
    underWay.add(batch);
    if (underWay.size >= BATCHES_UNDER_WAY_MAX) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  log.end();
  await finished(log);
  const eventRecords = totals.received;
  const fromLog = await importLog(
    usage,
    { logFile, onProgress: (ratio) => onProgress(eventRecords + ratio * lines) },
    traffic.world,
  );
  return addTotals(totals, fromLog);
}

async function importLog(
  usage: UsageAccess,
  { logFile, onProgress }: Taking,
  world: SampleWorld,
): Promise<IntakeTotals> {
  const input = createReadStream(logFile, { highWaterMark: 1 << 18 });
  const lengthBytes = statSync(logFile).size;
  async function* counted() {
    let bytes = 0;
    for await (const piece of input) {
      bytes += piece.length;
      onProgress(bytes / lengthBytes);
      yield piece as Buffer;
    }
  }
  return usage.importLog({
    organization: world.organization.id,
    source: LOG_SOURCE,
    format: "combined",
    space: LOG_SPACE,
    defaultSpace: null,
    name: logFile,
    bytes: counted(),
  });
}

function assertComplete(totals: IntakeTotals, events: number): void {
  if (totals.accepted === events && totals.received === events) return;
  const sentence = `Of ${events} sample records ${totals.accepted} were accepted, ${totals.duplicates} were duplicates and ${totals.rejected} were rejected (${JSON.stringify(totals.rejectedByReason)}).`;
  throw new AppError("internal/unexpected", sentence);
}
