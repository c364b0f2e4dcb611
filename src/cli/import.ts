/**
 * `assetmeter import FILE…`: access logs into the store, directly or through the server that has it open.
 */
import { Command, Option } from "commander";
import type { IntakeTotals } from "../model/source.ts";
import { AppError } from "../platform/errors.ts";
import type { AppAccess, LogInput } from "./app-access.ts";
import {
  type CommandContext,
  openAppFor,
  type ProgramOptions,
  printJson,
  withProgramOptions,
} from "./command-context.ts";
import { ensureFirstOrganization, FIRST_ID } from "./first-organization.ts";
import { addTotals, fromTotalsJson, NO_TOTALS, printTotals, toTotalsJson } from "./intake-totals.ts";
import { checkLogFiles, type LogFile, readLogFile } from "./log-files.ts";
import { parseId } from "./parse-option.ts";
import { formatByteRate, startProgress } from "./progress.ts";
import { assertAnswered, sendRequest, withServerToken } from "./server-client.ts";
import { findLiveServer } from "./server-file.ts";

/** The formats of source.ts that are access logs. */
const LOG_FORMATS = ["combined", "common"] as const;

/** What the server takes as the name of a log. */
const NAME_LENGTH_MAX = 255;

type ImportOptions = ProgramOptions & {
  readonly format: (typeof LOG_FORMATS)[number];
  readonly source?: string;
  readonly org: number;
  readonly space: number | null;
};

/** Takes one log in: the store of this process, or the server's. */
type TakeLog = (input: LogInput) => Promise<IntakeTotals>;

/** Builds the command. All files are checked before the first is read; the first that fails later ends the import. */
export function buildImportCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("import"), "import access.log access.log.1.gz --format combined --source www")
    .description("Take access logs in: plain, .gz or .zst files, or - for standard input. The same line counts once.")
    .argument("<file...>", "files to read, - for standard input")
    .addOption(new Option("--format <format>", "format of the lines").choices(LOG_FORMATS).default("combined"))
    .option("--source <name>", "name of the stream that the files are pieces of (default: the format's name)")
    .option("--org <id>", "organization", parseId, FIRST_ID)
    .option("--space <id>", "space that the log is of, or none", parseSpace, FIRST_ID)
    .action((names: string[], options: ImportOptions) => runImport(context, names, options));
}

async function runImport(context: CommandContext, names: readonly string[], options: ImportOptions): Promise<void> {
  const files = await checkLogFiles(names);
  const app = openAppFor(context, options);
  await assertTargetExists(app, options);
  const totalBytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  const progress = startProgress({
    label: "import",
    total: files.some((file) => file.bytes === null) ? 0 : totalBytes,
    clock: context.clock,
    formatRate: formatByteRate,
    visible: context.terminal.errorIsTerminal,
  });
  let doneBytes = 0;
  const onBytes = (bytes: number) => {
    doneBytes += bytes;
    progress.update(doneBytes);
  };
  try {
    const perFile = await withTakeLog(context, app, options, (takeLog) =>
      takeFiles(files, (file) =>
        takeLog(toLogInput(file, options, readLogFile(file, context.terminal.stdin, onBytes))),
      ),
    );
    progress.stop();
    printSummary(context, perFile, options.json === true);
  } finally {
    progress.stop();
  }
}

type FileTotals = { readonly file: string; readonly totals: IntakeTotals };

async function takeFiles(
  files: readonly LogFile[],
  take: (file: LogFile) => Promise<IntakeTotals>,
): Promise<readonly FileTotals[]> {
  const perFile: FileTotals[] = [];
  // One after another: the files of one log are pieces of one stream.
  for (const file of files) perFile.push({ file: file.name, totals: await take(file) });
  return perFile;
}

/** A mistyped organization or space must be one sentence here, not a rejection of every line. */
async function assertTargetExists(app: AppAccess, { org, space }: ImportOptions): Promise<void> {
  const catalog = await app.openCatalog();
  try {
    if (org === FIRST_ID) await ensureFirstOrganization(catalog);
    if (!(await catalog.listOrganizations()).some(({ id }) => id === org)) {
      throw new AppError("catalog/not-found", `There is no organization ${org}.`);
    }
    if (space !== null && !(await catalog.listSpaces(org)).some(({ id }) => id === space)) {
      throw new AppError("catalog/not-found", `Organization ${org} has no space ${space}.`);
    }
  } finally {
    await catalog.close();
  }
}

async function withTakeLog<Result>(
  context: CommandContext,
  app: AppAccess,
  options: ImportOptions,
  use: (takeLog: TakeLog) => Promise<Result>,
): Promise<Result> {
  const server = await findLiveServer(app.settings.dataDir);
  if (server !== null) {
    const catalog = await app.openCatalog();
    const choice = {
      organization: options.org,
      scope: "ingest",
      name: "import command",
      nowMs: context.clock.now(),
    } as const;
    try {
      return await withServerToken(catalog, choice, (secret) => use((input) => sendLog(server.url, secret, input)));
    } finally {
      await catalog.close();
    }
  }
  const usage = await app.openUsage();
  try {
    return await use((input) => usage.importLog(input));
  } finally {
    await usage.close();
  }
}

async function sendLog(serverUrl: string, secret: string, input: LogInput): Promise<IntakeTotals> {
  const parameters = new URLSearchParams({ source: input.source, format: input.format });
  // The end of a long path says more than its beginning.
  parameters.set("name", input.name.slice(-NAME_LENGTH_MAX));
  if (input.space !== null) parameters.set("space", String(input.space));
  const answer = await sendRequest({
    url: `${serverUrl}/usage/v1/logs?${parameters}`,
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/octet-stream" },
    body: input.bytes,
  });
  assertAnswered(answer);
  return fromTotalsJson(answer.body);
}

function toLogInput(file: LogFile, options: ImportOptions, bytes: AsyncIterable<Buffer>): LogInput {
  return {
    organization: options.org,
    source: options.source ?? options.format,
    format: options.format,
    space: options.space,
    name: file.name,
    bytes,
  };
}

function printSummary({ terminal }: CommandContext, perFile: readonly FileTotals[], json: boolean): void {
  const totals = perFile.reduce((sum, file) => addTotals(sum, file.totals), NO_TOTALS);
  if (json) {
    const files = perFile.map((file) => ({ file: file.file, ...toTotalsJson(file.totals) }));
    printJson(terminal, { ...toTotalsJson(totals), files });
  } else terminal.writeOut(printTotals(totals));
}

function parseSpace(text: string): number | null {
  return text === "none" ? null : parseId(text);
}
