/**
 * `assetmeter source test RULES FILE`: what each of a log's first lines would become. Opens and changes nothing.
 */
import { Command, Option } from "commander";
import { type LineTrial, LOG_FORMATS, type SourceFormat } from "../model/source.ts";
import {
  type CommandContext,
  openAppFor,
  type ProgramOptions,
  printJson,
  withProgramOptions,
} from "./command-context.ts";
import { checkLogFiles, type LogFile, readLogFile } from "./log-files.ts";
import { parseId, parseWhole } from "./parse-option.ts";
import { printTable } from "./print-table.ts";
import { readJsonFile, toJsonObject } from "./read-json-file.ts";

/** Lines that are shown unless somebody wants more or fewer. */
const LINES_INITIAL = 20;
const LINES_MAX = 1_000;

type TestOptions = ProgramOptions & {
  readonly format: SourceFormat | "auto";
  readonly lines: number;
  readonly space?: number;
};

/** Builds the command. RULES is a list of rules, or an object of settings with rules in it. */
export function buildSourceTestCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("test"), "source test rules.json access.log")
    .description("Show what the first lines of a log would become, without counting them.")
    .argument("<rules>", "JSON list of mapping rules, or an object of settings")
    .argument("<file>", "log to read, - for standard input")
    .addOption(new Option("--format <format>", "format of the lines").choices(["auto", ...LOG_FORMATS]).default("auto"))
    .option("--lines <number>", "lines to show", (text) => parseWhole(text, { min: 1, max: LINES_MAX }), LINES_INITIAL)
    .option("--space <id>", "space that the log is of", parseId)
    .action(async (rules: string, name: string, options: TestOptions) => {
      const said = await readJsonFile(rules);
      const settings = Array.isArray(said)
        ? { rules: said }
        : toJsonObject(said, `${rules} must hold a JSON object, or a list of rules.`);
      const [file] = await checkLogFiles([name]);
      const tried = await openAppFor(context, options).tryLines({
        settings,
        format: options.format,
        space: options.space ?? null,
        linesMax: options.lines,
        bytes: readLogFile(file as LogFile, context.terminal.stdin, () => {}),
      });
      if (options.json === true) printJson(context.terminal, tried);
      else context.terminal.writeOut(`format ${tried.format}\n${printTrials(tried.lines)}`);
    });
}

/** What a refused line has none of. */
const EMPTY = { space: null, bucket: null, asset: null, requests: null, "bytes in": null, "bytes out": null };

function printTrials(lines: readonly LineTrial[]): string {
  const rows = lines.map(({ position, ...line }) => {
    const number = position.replace(/^.*:/, "");
    if (line.rejected !== null) {
      return { line: number, becomes: `refused: ${line.rejected}`, operation: line.detail, ...EMPTY };
    }
    const { kind, operation, space, bucket, asset, count, bytesIn, bytesOut } = line.event;
    const measures = { requests: count, "bytes in": bytesIn, "bytes out": bytesOut };
    return { line: number, becomes: kind, operation, space, bucket, asset, ...measures };
  });
  return printTable(rows);
}
