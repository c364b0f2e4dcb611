/**
 * `assetmeter export`: the facts of a range as a Parquet or CSV file.
 */
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { EXPORT_FORMATS, type ExportOrder, type ExportSummary } from "../model/operations.ts";
import { parseDay, parseTime } from "../model/time-range.ts";
import {
  type CommandContext,
  openAppFor,
  type ProgramOptions,
  printJson,
  withProgramOptions,
} from "./command-context.ts";
import { parseId } from "./parse-option.ts";
import { printBytes, printCount } from "./print-count.ts";
import { runOperation } from "./run-operation.ts";

type ExportOptions = ProgramOptions & {
  readonly start?: number;
  readonly end?: number;
  readonly format: ExportOrder["format"];
  readonly out?: string;
  readonly org?: number;
  readonly organization?: number;
};

/** Builds the command. The columns of the file are those of docs/export.md. */
export function buildExportCommand(context: CommandContext): Command {
  return (
    withProgramOptions(
      new Command("export"),
      "export --start 2026-03-01 --end 2026-04-01 --format parquet --out march.parquet",
    )
      .description("Write the stored facts of a range to a Parquet or CSV file. A server may run meanwhile.")
      .option("--start <time>", "first moment: 2026-03-01, or 2026-03-01T08:30:00Z", parseMoment)
      .option("--end <time>", "written like --start; the range ends before this moment", parseMoment)
      .addOption(new Option("--format <format>", "form of the file").choices(EXPORT_FORMATS).default("parquet"))
      .option("--out <file>", "file to write; nothing is there yet")
      .option("--org <id>", "only facts of this organization (default: all)", parseId)
      // What it was called first; scripts may say so still.
      .addOption(new Option("--organization <id>").argParser(parseId).hideHelp())
      .action(async (options: ExportOptions, command: Command) => {
        const { start, end, out } = options;
        // Not requiredOption: commander would report what is missing in place of what is misspelt.
        if (start === undefined || end === undefined || out === undefined) {
          return command.error("Say what to write where: --start, --end and --out.", { exitCode: 2 });
        }
        const order: ExportOrder = {
          organization: options.org ?? options.organization ?? null,
          startMs: start,
          endMs: end,
          format: options.format,
          file: resolve(out),
        };
        const { file, rows, bytes } = await runOperation<ExportSummary>(openAppFor(context, options), {
          path: "/usage/v1/exports",
          body: order,
          direct: (usage) => usage.exportUsage(order),
        });
        if (options.json) printJson(context.terminal, { file, rows, bytes });
        else context.terminal.writeOut(`Wrote ${printCount(rows)} facts to ${file}, ${printBytes(bytes)}.\n`);
      })
  );
}

function parseMoment(text: string): number {
  const timeMs = parseDay(text) ?? parseTime(text);
  if (timeMs === null)
    throw new InvalidArgumentError("It must be a day (2026-03-01) or a time (2026-03-01T08:30:00Z).");
  return timeMs;
}
