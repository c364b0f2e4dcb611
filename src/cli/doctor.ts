/**
 * `assetmeter doctor`: what is in a data directory, who holds it, and whether its books balance.
 */
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import type { Miscount, StoreReport } from "../model/operations.ts";
import type { AppAccess } from "./app-access.ts";
import {
  type CommandContext,
  openAppFor,
  type ProgramOptions,
  printJson,
  SaidError,
  withProgramOptions,
} from "./command-context.ts";
import { type DescribedSource, describeServerSources } from "./describe-sources.ts";
import { printSlowQueries, toStoreFacts, toStoreJson } from "./print-store-report.ts";
import { type Cell, printTable } from "./print-table.ts";
import { runOperation } from "./run-operation.ts";
import { findLiveServer, type ServerRecord } from "./server-file.ts";

/** What was found. Null is what cannot be looked at: the store of a directory that has none. */
type Findings = {
  readonly dataDir: string;
  readonly node: string;
  readonly holder: ServerRecord | null;
  readonly diskFreeBytes: number;
  readonly store: StoreReport | null;
  readonly sources: readonly DescribedSource[] | null;
};

/** Builds the command. It ends with status 1 and a sentence for each two numbers of a source that differ. */
export function buildDoctorCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("doctor"), "doctor --data-dir ./data")
    .description("Look at a data directory: sizes, rows, and whether what was counted per source is what is stored.")
    .action(async (options: ProgramOptions) => {
      const findings = await examine(openAppFor(context, options), context.clock.now());
      if (options.json) printJson(context.terminal, toJson(findings));
      else context.terminal.writeOut(toText(findings));
      const miscounts = findings.store?.miscounts ?? [];
      if (miscounts.length === 0) return;
      for (const miscount of miscounts) context.terminal.writeError(`${toSentence(miscount)}\n`);
      context.terminal.writeError("The books do not balance: please report this.\n");
      throw new SaidError("the books do not balance");
    });
}

async function examine(app: AppAccess, nowMs: number): Promise<Findings> {
  const { dataDir } = app.settings;
  const facts = { dataDir, node: process.version, diskFreeBytes: await readDiskFree(dataDir) };
  const holder = await findLiveServer(dataDir);
  if (holder !== null) {
    const store = await runOperation<StoreReport>(app, {
      path: "/usage/v1/store-report",
      body: {},
      direct: (usage) => usage.describeStore(),
    });
    return { ...facts, holder, store, sources: await describeServerSources(app, holder, nowMs) };
  }
  // A look must not make a store where none was: in somebody's home folder, say, for want of --data-dir.
  if (!existsSync(app.settings.storeFile)) return { ...facts, holder, store: null, sources: null };
  const usage = await app.openUsage();
  try {
    const { sources } = await usage.describe();
    return { ...facts, holder, store: await usage.describeStore(), sources };
  } finally {
    await usage.close();
  }
}

/** Bytes that this user may still write on the disk of a directory that need not be there yet. */
async function readDiskFree(dir: string): Promise<number> {
  let existing = resolve(dir);
  while (!existsSync(existing)) existing = dirname(existing);
  const disk = await statfs(existing);
  return disk.bavail * disk.bsize;
}

function toSentence({ organization, source, outcome, counted, found, against, sinceMs }: Miscount): string {
  const whose = `Source ${source} of organization ${organization}`;
  const since = sinceMs === null ? "" : `, events since ${toIso(sinceMs)}`;
  const what = outcome === "duplicates" ? "were duplicates" : `were ${outcome}`;
  return `${whose}${since}: ${counted} records ${what}, but ${found} ${against === "facts" ? "facts are stored" : "are in its hours"}.`;
}

/** Sources by name alone would not do: organizations may have sources of the same name. */
function balances({ organization, source }: DescribedSource, miscounts: readonly Miscount[]): boolean {
  return !miscounts.some((miscount) => miscount.organization === organization && miscount.source === source);
}

function toJson({ dataDir, node, holder, diskFreeBytes, store, sources }: Findings) {
  return {
    data_dir: dataDir,
    node,
    holder: holder === null ? null : { pid: holder.pid, url: holder.url, started_at: holder.startedAt },
    disk_free_bytes: diskFreeBytes,
    store: store === null ? null : toStoreJson(store),
    sources:
      sources?.map((source) => ({ ...toSourceRow(source, store), rejected_by_reason: source.rejectedByReason })) ??
      null,
    miscounts: store?.miscounts.map(({ sinceMs, ...miscount }) => ({ ...miscount, since: toIso(sinceMs) })) ?? null,
    ok: store === null ? null : store.miscounts.length === 0,
  };
}

function toText({ dataDir, node, holder, diskFreeBytes, store, sources }: Findings): string {
  const holderText = holder === null ? "nobody" : `server ${holder.pid} at ${holder.url} since ${holder.startedAt}`;
  const facts: Record<string, Cell>[] = [
    { what: "data directory", is: dataDir },
    { what: "held by", is: holderText },
    { what: "node", is: node },
    { what: "free on disk", is: `${(diskFreeBytes / 1e9).toFixed(1)} GB` },
    ...(store === null ? [{ what: "store", is: "nothing is there yet" }] : toStoreFacts(store)),
  ];
  const slow = store === null || store.slowQueries.length === 0 ? "" : `\n${printSlowQueries(store)}`;
  if (sources === null) return printTable(facts);
  return `${printTable(facts)}\n${printTable(sources.map((source) => toSourceRow(source, store)))}${slow}`;
}

function toSourceRow(source: DescribedSource, store: StoreReport | null) {
  const { organization, received, accepted, duplicates, rejected } = source;
  return {
    organization,
    source: source.source,
    received,
    accepted,
    duplicates,
    rejected,
    first_event: toIso(source.firstEventMs),
    last_event: toIso(source.lastEventMs),
    balances: balances(source, store?.miscounts ?? []),
  };
}

function toIso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
