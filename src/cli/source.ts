/**
 * `assetmeter source …`: sources of log lines as things with settings, and what their rules would make of lines. All but
 * `test` work beside a running server, which sees changes with the next lines.
 */
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { LOG_FORMATS, type Source, type SourceFormat } from "../model/source.ts";
import { toSourceJson } from "../model/source-json.ts";
import { AppError } from "../platform/errors.ts";
import { type CommandContext, type ProgramOptions, printJson, withProgramOptions } from "./command-context.ts";
import { ensureFirstOrganization, FIRST_ID } from "./first-organization.ts";
import { withCatalog } from "./open-catalog.ts";
import { parseId } from "./parse-option.ts";
import { printTable } from "./print-table.ts";
import { readJsonFile, toJsonObject } from "./read-json-file.ts";
import { buildSourceReplayCommand } from "./source-replay.ts";
import { buildSourceTestCommand } from "./source-test.ts";

type SourceOptions = ProgramOptions & { readonly org: number };
type ChangeOptions = SourceOptions & { readonly settings?: string; readonly rules?: string; readonly path?: string[] };
type CreateOptions = ChangeOptions & { readonly format: SourceFormat };

/** Builds the command with its subcommands. */
export function buildSourceCommand(context: CommandContext): Command {
  return new Command("source")
    .description("Make, list, change and try sources of log lines.")
    .addHelpText("after", "\nExample:\n  $ assetmeter source create cdn --format cloudfront --rules rules.json")
    .addCommand(buildCreate(context))
    .addCommand(buildChange(context))
    .addCommand(buildList(context))
    .addCommand(buildShow(context))
    .addCommand(buildPause(context, "pause"))
    .addCommand(buildPause(context, "resume"))
    .addCommand(buildSourceReplayCommand(context))
    .addCommand(buildSourceTestCommand(context));
}

/** Nobody sees it in the numbers, which are only larger. */
const SHIELD_WARNING =
  "Lines of fastly-classic do not say whether the edge or a shield wrote them: with shielding, what passes a shield counts " +
  "twice. Use fastly-json there, which has fastly_is_edge.\n";

function buildCreate(context: CommandContext): Command {
  const command = withProgramOptions(new Command("create"), "source create cdn --format cloudfront --rules rules.json");
  return withChoices(command)
    .description("Make a source.")
    .argument("<name>", "its name; part of what its lines are known by, never changed")
    .addOption(new Option("--format <format>", "format of its lines").choices(LOG_FORMATS).makeOptionMandatory())
    .action((name: string, options: CreateOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { org: organization, format } = options;
        const settings = await readSettings(options, format);
        if (organization === FIRST_ID) await ensureFirstOrganization(catalog);
        show(context, options, await catalog.createSource({ organization, name, format, settings }));
        if (format === "fastly-classic") context.terminal.writeError(SHIELD_WARNING);
      }),
    );
}

function buildChange(context: CommandContext): Command {
  const command = withProgramOptions(new Command("change"), "source change cdn --rules rules.json");
  return withChoices(command)
    .description("Change settings of a source; what is not said stays.")
    .argument("<name>", "its name")
    .action((name: string, options: ChangeOptions) =>
      withCatalog(context, options, async (catalog) => {
        const format = (await catalog.readSource(options.org, name))?.format ?? null;
        const settings = await readSettings(options, format);
        show(context, options, await catalog.changeSource({ organization: options.org, name, settings }));
      }),
    );
}

function withChoices(command: Command): Command {
  return command
    .option("--settings <file>", "JSON with settings; docs/access-logs.md lists them")
    .option("--rules <file>", "JSON list of mapping rules")
    .option("--path <file...>", "files, or patterns of files, that a running server follows")
    .option("--org <id>", "organization", parseId, FIRST_ID);
}

function buildList(context: CommandContext): Command {
  return withProgramOptions(new Command("list"), "source list")
    .description("List the sources of an organization.")
    .option("--org <id>", "organization", parseId, FIRST_ID)
    .action((options: SourceOptions) =>
      withCatalog(context, options, async (catalog) => {
        const sources = await catalog.listSources(options.org);
        if (options.json === true) return printJson(context.terminal, { sources: sources.map(toSourceJson) });
        const rows = sources.map(({ name, format, space, settings }) => ({
          ...{ name, format, space: space === null ? "-" : String(space), rules: String(settings.rules.length) },
          state: settings.paused ? "paused" : "",
        }));
        context.terminal.writeOut(printTable(rows));
      }),
    );
}

function buildShow(context: CommandContext): Command {
  return withProgramOptions(new Command("show"), "source show cdn")
    .description("Show a source with all its settings.")
    .argument("<name>", "its name")
    .option("--org <id>", "organization", parseId, FIRST_ID)
    .action((name: string, options: SourceOptions) =>
      withCatalog(context, options, async (catalog) => {
        const source = await catalog.readSource(options.org, name);
        if (source === null) throw new AppError("catalog/not-found", `There is no source ${name}.`);
        show(context, options, source);
      }),
    );
}

function buildPause(context: CommandContext, verb: "pause" | "resume"): Command {
  const says = verb === "pause" ? "Take no lines of a source in until it is resumed." : "End the pause of a source.";
  return withProgramOptions(new Command(verb), `source ${verb} cdn`)
    .description(says)
    .argument("<name>", "its name")
    .option("--org <id>", "organization", parseId, FIRST_ID)
    .action((name: string, options: SourceOptions) =>
      withCatalog(context, options, async (catalog) => {
        const settings = { paused: verb === "pause" };
        show(context, options, await catalog.changeSource({ organization: options.org, name, settings }));
      }),
    );
}

function show({ terminal }: CommandContext, options: ProgramOptions, source: Source): void {
  const json = toSourceJson(source);
  if (options.json === true) printJson(terminal, json);
  else terminal.writeOut(`${JSON.stringify(json, null, 2)}\n`);
}

/** The settings that the options name, for a source of this format; what `source show` has printed is such a file. */
async function readSettings(
  { settings, rules, path }: ChangeOptions,
  format: SourceFormat | null,
): Promise<Readonly<Record<string, unknown>>> {
  const said = settings === undefined ? {} : await readJsonFile(settings);
  // Not settings, but printed beside them; those of one source may be given to another, as long as it reads the same lines.
  const {
    name: _,
    created_at: __,
    format: saidFormat = format,
    ...given
  } = toJsonObject(said, `${settings} must hold a JSON object.`);
  if (format !== null && saidFormat !== format) {
    const sentence = `${settings} is of a source of the format ${String(saidFormat)}; that of a source never changes.`;
    throw new AppError("request/invalid", sentence);
  }
  return {
    ...given,
    ...(rules === undefined ? {} : { rules: await readJsonFile(rules) }),
    ...(path === undefined ? {} : { paths: path.map((each) => resolve(each)) }),
  };
}
