/**
 * `assetmeter import FILE…`: access logs into the store, directly or through the server that has it open.
 */
import { Command, Option } from "commander";
import { decidesSpace, LOG_FORMATS, type LogTotals, type SourceFormat } from "../model/source.ts";
import { AppError } from "../platform/errors.ts";
import type { AppAccess } from "./app-access.ts";
import { type CommandContext, openAppFor, type ProgramOptions, withProgramOptions } from "./command-context.ts";
import { ensureFirstOrganization, FIRST_ID } from "./first-organization.ts";
import { printOutcome, takeFiles } from "./import-outcome.ts";
import { checkLogFiles, type LogFile, readLogFile } from "./log-files.ts";
import type { LogInput } from "./log-input.ts";
import { type None, parseId, parseIdOrNone, toNullable } from "./parse-option.ts";
import { formatByteRate, startProgress } from "./progress.ts";
import { sendLog } from "./send-log.ts";
import { withServerToken } from "./server-client.ts";
import { findLiveServer } from "./server-file.ts";

/**
 * Threads of the store while it takes logs in. The thread that reads them has the other core; a second one of the store
 * mostly waits for the first, awake: 0.8 s of processor time per million lines.
 */
const STORE_THREADS = 1;

/**
 * Fewer and larger roll-ups than in a server, where they would make others wait: a million lines took the engine 2.0 s in place of
 * 4.7 (with other work on the machine).
 */
const ROLL_UP_FACTS_MIN = 500_000;

type ImportOptions = ProgramOptions & {
  readonly format: SourceFormat | "auto";
  readonly source?: string;
  readonly org: number;
  /** Left out: that of the source, and where it has none, the default one. */
  readonly space?: number | None;
};

/** Takes one log in: the store of this process, or the server's. */
type TakeLog = (input: LogInput) => Promise<LogTotals>;

/** Builds the command. All files are checked before the first is read; one that fails later is named, and the others read. */
export function buildImportCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("import"), "import access.log access.log.1.gz --format combined --source www")
    .description("Take access logs in: plain, .gz or .zst files, or - for standard input. The same line counts once.")
    .argument("<file...>", "files, folders and patterns such as 'logs/*.gz' to read, - for standard input")
    .addOption(
      new Option("--format <format>", "format of the lines; auto: as the source is, or as the first lines look")
        .choices(["auto", ...LOG_FORMATS])
        .default("auto"),
    )
    .option("--source <name>", "name of the stream that the files are pieces of (default: the format's name)")
    .option("--org <id>", "organization", parseId, FIRST_ID)
    .option(
      "--space <id>",
      `space of the lines that no rule gives one, or none (default: the source's, else ${FIRST_ID})`,
      parseIdOrNone,
    )
    .action((names: string[], options: ImportOptions) => runImport(context, names, options));
}

async function runImport(context: CommandContext, names: readonly string[], options: ImportOptions): Promise<void> {
  const files = await checkLogFiles(names);
  const app = openAppFor(context, options);
  const defaultSpace = await chooseDefaultSpace(app, options);
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
    const outcome = await withTakeLog(context, app, options, (takeLog) =>
      takeFiles(files, (file) =>
        takeLog({
          ...toLogTarget(file, options),
          defaultSpace,
          bytes: readLogFile(file, context.terminal.stdin, onBytes),
        }),
      ),
    );
    progress.stop();
    printOutcome(context, outcome, options.json === true);
  } finally {
    progress.stop();
  }
}

/**
 * The space of logs whose source has none, null where it is said or not needed. A mistyped organization or space, or one that is
 * not there, must be one sentence here, not a rejection of every line.
 */
async function chooseDefaultSpace(app: AppAccess, options: ImportOptions): Promise<number | null> {
  const { org, space = FIRST_ID } = options;
  const catalog = await app.openCatalog();
  try {
    if (org === FIRST_ID) await ensureFirstOrganization(catalog);
    if (!(await catalog.listOrganizations()).some(({ id }) => id === org)) {
      throw new AppError("catalog/not-found", `There is no organization ${org}.`);
    }
    const isThere = space === "none" || (await catalog.listSpaces(org)).some(({ id }) => id === space);
    // Of a format that is yet to be recognised nobody knows the source.
    const name = options.source ?? (options.format === "auto" ? undefined : options.format);
    const source = options.space === undefined && name !== undefined ? await catalog.readSource(org, name) : null;
    if (source !== null && decidesSpace(source)) return null;
    if (!isThere) throw new AppError("catalog/not-found", `Organization ${org} has no space ${space}.`);
    return options.space === undefined ? FIRST_ID : null;
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
      return await withServerToken(catalog, choice, (secret) =>
        use((input) => sendLog(input, { serverUrl: server.url, secret })),
      );
    } finally {
      await catalog.close();
    }
  }
  const usage = await app.openUsage({
    storeThreadsMax: STORE_THREADS,
    rollUpFactsMin: ROLL_UP_FACTS_MIN,
  });
  try {
    return await use((input) => usage.importLog(input));
  } finally {
    await usage.close();
  }
}

function toLogTarget(file: LogFile, options: ImportOptions): Omit<LogInput, "bytes" | "defaultSpace"> {
  return {
    organization: options.org,
    source: options.source ?? null,
    format: options.format,
    space: options.space === undefined ? null : toNullable(options.space),
    name: file.name,
  };
}
