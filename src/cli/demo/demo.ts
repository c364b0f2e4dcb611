/**
 * `assetmeter demo`: sample things and traffic, a server on top, and commands to paste.
 */
import { Command } from "commander";
import type { IntakeTotals } from "../../model/source.ts";
import type { AppAccess } from "../app-access.ts";
import {
  type CommandContext,
  type ProgramOptions,
  printJson,
  toSettingsChoice,
  withProgramOptions,
} from "../command-context.ts";
import { FIRST_ID, issueAdminToken } from "../first-organization.ts";
import { toTotalsJson } from "../intake-totals.ts";
import { parsePort, parseWhole } from "../parse-option.ts";
import { printCount } from "../print-count.ts";
import { formatEventRate, startProgress } from "../progress.ts";
import { assertNotHeld, runServer } from "../run-server.ts";
import { buildDemoCommands } from "./demo-commands.ts";
import { prepareDemoFolder, writeDemoNote } from "./demo-folder.ts";
import { loadDemo } from "./load-demo.ts";

/** Not ./data: a demo must never be mixed with real usage. */
const DEMO_DATA_DIR = "./data/demo";

/** The fewest records are one upload per asset and some traffic; the most are an hour of waiting. */
const EVENTS_BOUNDS = { min: 1000, max: 100_000_000 } as const;
const EVENTS_DEFAULT = 1_000_000;

type DemoOptions = ProgramOptions & {
  readonly events: number;
  readonly host?: string;
  readonly port?: number;
  readonly fresh?: boolean;
  readonly exit?: boolean;
};

/** Builds the command. Its data directory is ./data/demo unless `--data-dir` says otherwise, whatever the environment says. */
export function buildDemoCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("demo"), "demo --events 1000000 --port 8787", DEMO_DATA_DIR)
    .description(
      "Load 90 days of sample traffic and serve it; a loaded demo as it is. Goes by --data-dir alone, so that no setting " +
        "mixes it with real usage.",
    )
    .option(
      "--events <number>",
      "events and log lines to make",
      (text) => parseWhole(text, EVENTS_BOUNDS),
      EVENTS_DEFAULT,
    )
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--port <number>", "port to listen on, 0 for any free one (default: 8787)", parsePort)
    .option("--fresh", "delete an earlier demo and start anew")
    .option("--exit", "stop after loading")
    .action((options: DemoOptions) => runDemo(context, options));
}

async function runDemo(context: CommandContext, options: DemoOptions): Promise<void> {
  const { terminal, clock } = context;
  const dataDir = options.dataDir ?? DEMO_DATA_DIR;
  const app = context.openApp({ ...toSettingsChoice({ ...options, dataDir }), logLevelDefault: "warn" });
  await assertNotHeld(dataDir);
  const existing = prepareDemoFolder(dataDir, options.fresh === true);
  if (existing === null) {
    const totals = await loadWithProgress(context, app, options.events);
    if (options.json) printJson(terminal, { loaded: toTotalsJson(totals) });
    else terminal.writeOut(`${printCount(totals.accepted)} events and log lines are counted in ${dataDir}.\n`);
  } else if (!options.json) {
    const made = new Date(existing.endMs).toISOString();
    terminal.writeOut(`${dataDir} has a demo made at ${made}; --fresh makes a new one.\n`);
  }
  if (options.exit) return;
  const secret = await issueToken(app);
  await runServer({ app, clock, onListening: (url) => announce(context, options, { url, secret }) });
}

async function loadWithProgress(
  { terminal, clock }: CommandContext,
  app: AppAccess,
  events: number,
): Promise<IntakeTotals> {
  const note = { pid: process.pid, endMs: clock.now(), events };
  writeDemoNote(app.settings.dataDir, { ...note, loaded: false });
  const progress = startProgress({
    label: "demo",
    total: events,
    clock,
    formatRate: formatEventRate,
    visible: terminal.errorIsTerminal,
  });
  try {
    const totals = await loadDemo({ app, endMs: note.endMs, events, onProgress: progress.update });
    writeDemoNote(app.settings.dataDir, { ...note, loaded: true });
    return totals;
  } finally {
    progress.stop();
  }
}

/** A new token for every start: nobody can read the last one again. */
async function issueToken(app: AppAccess): Promise<string> {
  const catalog = await app.openCatalog();
  try {
    return (await issueAdminToken(catalog, FIRST_ID, "demo")).secret;
  } finally {
    await catalog.close();
  }
}

function announce(
  { terminal, clock }: CommandContext,
  options: DemoOptions,
  { url, secret }: { readonly url: string; readonly secret: string },
): void {
  const commands = buildDemoCommands({ url, secret, nowMs: clock.now() });
  if (options.json) {
    printJson(terminal, { listening: { url, pid: process.pid }, token: secret, commands });
    return;
  }
  terminal.writeOut(`assetmeter listening on ${url}\nAdmin token: ${secret}\n`);
  for (const { title, command } of commands) terminal.writeOut(`\n# ${title}\n${command}\n`);
  terminal.writeOut("\nCtrl-C ends the server.\n");
}
