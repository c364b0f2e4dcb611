/**
 * `assetmeter rebuild`: computes every roll-up anew from the raw rows and says what differed.
 */
import { Command } from "commander";
import type { RebuildReport, RollupMismatch } from "../model/operations.ts";
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

/** The report as it comes through a server, too: numbers of JSON in place of big ones. */
type Report = Omit<RebuildReport, "differences"> & {
  readonly differences: readonly (Omit<RollupMismatch, "stored" | "recomputed"> & {
    readonly stored: number | bigint;
    readonly recomputed: number | bigint;
  })[];
};

/** Builds the command. It ends with status 1 when something differed: the numbers are right now, and were not before. */
export function buildRebuildCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("rebuild"), "rebuild --data-dir ./data")
    .description("Compute every roll-up anew from the raw rows and report what differed: nothing should.")
    .action(async (options: ProgramOptions) => {
      const { differences, isCut, comparedFrom } = await runOperation<Report>(openAppFor(context, options), {
        path: "/usage/v1/rebuild",
        body: {},
        direct: (usage) => usage.rebuild(),
      });
      const rows = differences.map(({ key, stored, recomputed, ...difference }) => ({
        ...difference,
        key: JSON.stringify(key),
        stored: String(stored),
        recomputed: String(recomputed),
      }));
      const since = Object.entries(comparedFrom).map(([table, timeMs]) => [table, new Date(timeMs ?? 0).toISOString()]);
      if (options.json) {
        printJson(context.terminal, { differences: rows, is_cut: isCut, compared_from: Object.fromEntries(since) });
      } else {
        const result = rows.length === 0 ? `${toEqualText(since.length > 0)}\n` : printTable(rows);
        const bounds = since.map(([table, time]) => ({ "roll-up": table, "was compared from": time }));
        context.terminal.writeOut(since.length === 0 ? result : `${result}\n${printTable(bounds)}`);
      }
      if (rows.length === 0) return;
      // A list that is full says that something is wrong, not how much of it.
      const count = isCut ? `At least ${rows.length}` : rows.length;
      context.terminal.writeError(`${count} sums differed and were put right: please report this.\n`);
      throw new SaidError("sums differed");
    });
}

function toEqualText(isInPart: boolean): string {
  // What lies before the times that follow was compared with nothing.
  return `Every roll-up is equal to its raw rows${isInPart ? ", as far as both are kept" : ""}.`;
}
