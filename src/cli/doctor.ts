/**
 * `assetmeter doctor`: what is in a data directory, who holds it, and whether its books balance.
 */
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { AppError } from "../platform/errors.ts";
import type { AppAccess, UsageDescription } from "./app-access.ts";
import {
  type CommandContext,
  openAppFor,
  type ProgramOptions,
  printJson,
  withProgramOptions,
} from "./command-context.ts";
import { type Cell, printTable } from "./print-table.ts";
import { findLiveServer, type ServerRecord } from "./server-file.ts";

/** What was found. `usage` is null where the store cannot be looked at: nothing is there, or a server holds it. */
type Findings = {
  readonly dataDir: string;
  readonly node: string;
  readonly holder: ServerRecord | null;
  readonly diskFreeBytes: number;
  readonly usage: UsageDescription | null;
};

/** Builds the command. It ends with status 1 when a source's books do not balance. */
export function buildDoctorCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("doctor"), "doctor --data-dir ./data")
    .description(
      "Look at a data directory: sizes, rows, sources, and whether received = accepted + duplicates + rejected.",
    )
    .action(async (options: ProgramOptions) => {
      const findings = await examine(openAppFor(context, options));
      if (options.json) printJson(context.terminal, toJson(findings));
      else context.terminal.writeOut(toText(findings));
      const broken = findings.usage?.sources.filter((source) => !balances(source)) ?? [];
      if (broken.length === 0) return;
      const names = broken.map(({ organization, source }) => `${source} of organization ${organization}`).join(", ");
      throw new AppError("internal/unexpected", `The books of ${names} do not balance: please report this.`);
    });
}

async function examine(app: AppAccess): Promise<Findings> {
  const { dataDir } = app.settings;
  const holder = await findLiveServer(dataDir);
  const isThere = existsSync(dataDir);
  return {
    dataDir,
    node: process.version,
    holder,
    diskFreeBytes: await readDiskFree(dataDir),
    // A look must not make a data directory where none was.
    usage: holder === null && isThere ? await describeUsage(app) : null,
  };
}

async function describeUsage(app: AppAccess): Promise<UsageDescription> {
  const usage = await app.openUsage();
  try {
    return await usage.describe();
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

function balances(source: UsageDescription["sources"][number]): boolean {
  return source.received === source.accepted + source.duplicates + source.rejected;
}

function toJson({ dataDir, node, holder, diskFreeBytes, usage }: Findings) {
  return {
    data_dir: dataDir,
    node,
    holder: holder === null ? null : { pid: holder.pid, url: holder.url, started_at: holder.startedAt },
    disk_free_bytes: diskFreeBytes,
    store:
      usage === null
        ? null
        : {
            engine: usage.engine,
            bytes_on_disk: usage.bytesOnDisk,
            rows: usage.rows,
            raw_from: toIso(usage.rawFromMs),
          },
    sources: usage?.sources.map(toSourceRow) ?? null,
    ok: usage?.sources.every(balances) ?? null,
  };
}

function toText({ dataDir, node, holder, diskFreeBytes, usage }: Findings): string {
  const holderText = holder === null ? "nobody" : `server ${holder.pid} at ${holder.url} since ${holder.startedAt}`;
  const facts: Record<string, Cell>[] = [
    { what: "data directory", is: dataDir },
    { what: "held by", is: holderText },
    { what: "node", is: node },
    { what: "free on disk", is: `${(diskFreeBytes / 1e9).toFixed(1)} GB` },
  ];
  if (usage === null) {
    const why = holder === null ? "nothing is there yet" : "open in that server: stop it to look inside";
    return printTable([...facts, { what: "store", is: why }]);
  }
  facts.push({ what: "store", is: `${usage.engine}, ${(usage.bytesOnDisk / 1e6).toFixed(1)} MB` });
  for (const [table, rows] of Object.entries(usage.rows)) facts.push({ what: `rows of ${table}`, is: String(rows) });
  return `${printTable(facts)}\n${printTable(usage.sources.map(toSourceRow))}`;
}

function toSourceRow(source: UsageDescription["sources"][number]) {
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
    balances: balances(source),
  };
}

function toIso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
