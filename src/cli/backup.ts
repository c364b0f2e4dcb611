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
import { printBytes } from "./print-count.ts";
import { runOperation } from "./run-operation.ts";
import { assertNotHeld } from "./run-server.ts";

/** Builds `backup`. */
export function buildBackupCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("backup"), "backup /backups/monday --data-dir ./data")
    .description(
      "Copy store, catalogue and files of one moment to a new folder, files in a bucket excepted. A server may run meanwhile.",
    )
    .argument("<dir>", "folder to write; not there yet, or empty")
    .action(async (dir: string, options: ProgramOptions) => {
      const directory = resolve(dir);
      const summary = await runOperation<BackupSummary>(openAppFor(context, options), {
        path: "/usage/v1/backups",
        body: { directory },
        direct: (usage) => usage.backUp(directory),
      });
      say(context, options, BACKED_UP, summary);
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
      say(context, options, RESTORED, await app.restore(resolve(dir)));
    });
}

type Said = { readonly what: string; readonly advice: string };

const BACKED_UP: Said = {
  what: "Backed up to",
  advice:
    "turn the versioning of the bucket on or copy it after each backup, or a restored catalogue names files that are gone",
};
const RESTORED: Said = {
  what: "Restored to",
  advice: "the bucket must hold them as of the backup, and the server's settings must name it",
};

function say({ terminal }: CommandContext, { json }: ProgramOptions, said: Said, summary: BackupSummary): void {
  const { directory, files, bytes, leftOut = null } = summary;
  if (json) printJson(terminal, { directory, files, bytes, left_out: leftOut });
  else terminal.writeOut(`${said.what} ${directory}: ${files} files, ${printBytes(bytes)}.\n`);
  // Also beside JSON, which a script may not look at: who finds it out from the restored server finds it out too late.
  if (leftOut !== null) terminal.writeError(`The asset files in ${leftOut} are not in the backup: ${said.advice}.\n`);
}
