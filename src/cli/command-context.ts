/**
 * What every command is given, and the options that every command has.
 */
import type { Readable } from "node:stream";
import type { Command } from "commander";
import type { Clock } from "../platform/clock.ts";
import type { AppAccess, OpenApp, SettingsChoice } from "./app-access.ts";

/** Where a command writes and reads. stdout is for the answer alone; everything else goes to stderr. */
export interface Terminal {
  writeOut(text: string): void;
  writeError(text: string): void;
  /** Whether stderr is looked at by a person, so that a progress bar makes sense. */
  readonly errorIsTerminal: boolean;
  readonly stdin: Readable;
}

/** What a command works with. */
export type CommandContext = { readonly openApp: OpenApp; readonly terminal: Terminal; readonly clock: Clock };

/** The options that every command has. */
export type ProgramOptions = { readonly dataDir?: string; readonly config?: string; readonly json?: boolean };

/** Ends a command with status 1 after it has said everything itself: nothing more is printed. */
export class SaidError extends Error {}

/** Adds the options that every command has, and an example at the end of its help. */
export function withProgramOptions(command: Command, example: string, dataDirDefault = "./data"): Command {
  return command
    .option("--data-dir <dir>", `folder of the store and the catalogue (default: ${dataDirDefault})`)
    .option("--config <file>", "JSON configuration file; docs/config.md lists what it may say")
    .option("--json", "print JSON on stdout and nothing else there")
    .addHelpText("after", `\nExample:\n  $ assetmeter ${example}`);
}

/** The program as the options of a command other than `serve` choose it. Throws `config/invalid`. */
export function openAppFor(context: CommandContext, options: ProgramOptions): AppAccess {
  return context.openApp({ ...toSettingsChoice(options), logLevelDefault: "warn" });
}

/** Options as a choice of settings; what was not given is left to the environment, the file and the defaults. */
export function toSettingsChoice(
  options: ProgramOptions & { readonly host?: string; readonly port?: number },
): SettingsChoice {
  return {
    ...(options.config === undefined ? {} : { configFile: options.config }),
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: options.port }),
  };
}

/** Writes one JSON value on one line of stdout. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.writeOut(`${JSON.stringify(value)}\n`);
}
