/**
 * `assetmeter rebuild`: computes every roll-up anew from the raw rows and says what differed.
 */
import { Command } from "commander";
import {
  type CommandContext,
  openAppFor,
  type ProgramOptions,
  printJson,
  SaidError,
  withProgramOptions,
} from "./command-context.ts";
import { printTable } from "./print-table.ts";
import { runOperation } from "./run-operation.ts";

type Difference = {
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly measure: string;
  readonly stored: number | bigint;
  readonly recomputed: number | bigint;
};

/** Builds the command. It ends with status 1 when something differed: the numbers are right now, and were not before. */
export function buildRebuildCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("rebuild"), "rebuild --data-dir ./data")
    .description("Compute every roll-up anew from the raw rows and report what differed: nothing should.")
    .action(async (options: ProgramOptions) => {
      const { differences } = await runOperation<{ readonly differences: readonly Difference[] }>(
        openAppFor(context, options),
        {
          path: "/usage/v1/rebuild",
          body: {},
          direct: async (usage) => ({ differences: await usage.rebuild() }),
        },
      );
      const rows = differences.map(({ key, stored, recomputed, ...difference }) => ({
        ...difference,
        key: JSON.stringify(key),
        stored: String(stored),
        recomputed: String(recomputed),
      }));
      if (options.json) printJson(context.terminal, { differences: rows });
      else if (rows.length === 0) context.terminal.writeOut("Every roll-up is equal to its raw rows.\n");
      else context.terminal.writeOut(printTable(rows));
      if (rows.length === 0) return;
      context.terminal.writeError(`${rows.length} sums differed and were put right: please report this.\n`);
      throw new SaidError("sums differed");
    });
}
