/**
 * `assetmeter backup DIR` and `assetmeter restore DIR`: all of a data directory as of one moment, while a server writes
 * to it, and back.
 */
import { resolve } from "node:path";
import { Command } from "commander";
import type { BackupSummary } from "../model/operations.ts";
import {
  type CommandContext,
  openAppFor,
  type ProgramOptions,
  printJson,
  withProgramOptions,
} from "./command-context.ts";
import { runOperation } from "./run-operation.ts";
import { assertNotHeld } from "./run-server.ts";

/** Builds `backup`. */
export function buildBackupCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("backup"), "backup /backups/monday --data-dir ./data")
    .description("Copy store, catalogue and files of one moment to a new folder. A server may run meanwhile.")
    .argument("<dir>", "folder to write; not there yet, or empty")
    .action(async (dir: string, options: ProgramOptions) => {
      const directory = resolve(dir);
      const summary = await runOperation<BackupSummary>(openAppFor(context, options), {
        path: "/usage/v1/backups",
        body: { directory },
        direct: (usage) => usage.backUp(directory),
      });
      say(context, options, "Backed up to", summary);
    });
}

/** Builds `restore`. */
export function buildRestoreCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("restore"), "restore /backups/monday --data-dir ./data")
    .description("Bring a backup back into a data directory that is not there yet, or empty.")
    .argument("<dir>", "folder that `backup` has written")
    .action(async (dir: string, options: ProgramOptions) => {
      const app = openAppFor(context, options);
      await assertNotHeld(app.settings.dataDir);
      say(context, options, "Restored to", await app.restore(resolve(dir)));
    });
}

function say({ terminal }: CommandContext, { json }: ProgramOptions, what: string, summary: BackupSummary): void {
  const { directory, files, bytes } = summary;
  if (json) printJson(terminal, { directory, files, bytes });
  else terminal.writeOut(`${what} ${directory}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB.\n`);
}
