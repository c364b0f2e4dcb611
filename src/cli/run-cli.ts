/**
 * The command line: finds the command, runs it, and turns whatever it ends with into one sentence and an exit status.
 */
import { Command, CommanderError } from "commander";
import { AppError, type ErrorCode } from "../platform/errors.ts";
import { readVersion } from "../platform/version.ts";
import { buildBackupCommand, buildRestoreCommand } from "./backup.ts";
import { buildBucketCommand } from "./bucket.ts";
import { type CommandContext, openAppFor, type ProgramOptions, printJson, SaidError } from "./command-context.ts";
import { buildDemoCommand } from "./demo/demo.ts";
import { buildDoctorCommand } from "./doctor.ts";
import { buildExportCommand } from "./export.ts";
import { buildFollowCommand } from "./follow.ts";
import { buildImportCommand } from "./import.ts";
import { buildKeyCommand } from "./key.ts";
import { buildOrganizationCommand } from "./organization.ts";
import { buildQueryCommand } from "./query.ts";
import { buildRebuildCommand } from "./rebuild.ts";
import { buildRepoCommand } from "./repo.ts";
import { buildServeCommand } from "./serve.ts";
import { buildSourceCommand } from "./source.ts";
import { buildSpaceCommand } from "./space.ts";
import { buildTokenCommand } from "./token.ts";
import { buildUserCommand } from "./user.ts";
import { buildVerifyCommand } from "./verify/verify.ts";

/** Exit statuses: done, failed, and a command line that nobody understands. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Runs the command that `argv` names (without node and script) and answers the exit status. Errors are one sentence on
 * stderr; with `--json` stdout gets `{"error":{"code","message"}}` as well. Never rejects.
 */
export async function runCli(argv: readonly string[], context: CommandContext): Promise<number> {
  const json = argv.includes("--json");
  try {
    await buildProgram(context).parseAsync([...argv], { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof SaidError) return EXIT.failed;
    if (error instanceof CommanderError) return endUsage(error, context, json);
    const known = error instanceof AppError ? error : unexpected(error);
    reportError(context, json, known);
    return EXIT.failed;
  }
}

/**
 * Commands that begin in a data directory that is not there yet, or need none. Every other one fails without: in one that it
 * made for a mistyped --data-dir it would find no usage, and say so as if it were true.
 */
const BEGINNERS = [
  ...["serve", "import", "follow", "demo", "restore", "org create", "token create", "source create"],
  ...["source test", "verify"],
];

/** Builds the program with every command. Commander throws instead of ending the process. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command("assetmeter")
    .description("A usage meter for digital assets.")
    .version(readVersion(), "-V, --version", "print the version")
    .addHelpText("after", "\nExample:\n  $ assetmeter serve --data-dir ./data")
    .addCommand(buildServeCommand(context))
    .addCommand(buildImportCommand(context))
    .addCommand(buildFollowCommand(context))
    .addCommand(buildExportCommand(context))
    .addCommand(buildQueryCommand(context))
    .addCommand(buildTokenCommand(context))
    .addCommand(buildUserCommand(context))
    .addCommand(buildKeyCommand(context))
    .addCommand(buildOrganizationCommand(context))
    .addCommand(buildSpaceCommand(context))
    .addCommand(buildRepoCommand(context))
    .addCommand(buildBucketCommand(context))
    .addCommand(buildSourceCommand(context))
    .addCommand(buildDemoCommand(context))
    .addCommand(buildDoctorCommand(context))
    .addCommand(buildRebuildCommand(context))
    .addCommand(buildBackupCommand(context))
    .addCommand(buildRestoreCommand(context))
    .addCommand(buildVerifyCommand(context));
  takeOver(program, context);
  return program.hook("preAction", async (_, command: Command) => {
    if (BEGINNERS.includes(nameOf(command))) return;
    await openAppFor(context, command.opts<ProgramOptions>()).assertDataDirectory();
  });
}

/** `token create`: the words that lead to a command. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}

/** `addCommand` hands nothing down, so every command of the tree is told where to write and not to exit. */
function takeOver(command: Command, context: CommandContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => context.terminal.writeOut(text),
    writeErr: (text) => context.terminal.writeError(text),
    // Said by endUsage, in one place for all errors.
    outputError: () => {},
  });
  for (const child of command.commands) takeOver(child, context);
}

function endUsage(error: CommanderError, context: CommandContext, json: boolean): number {
  if (error.exitCode === 0) return EXIT.done;
  // A command that needs a subcommand has printed its help instead of a sentence.
  if (error.code !== "commander.help") {
    const [sentence = ""] = error.message.replace(/^error: /, "").split("\n");
    const hint = error.code === "commander.unknownCommand" ? "; see `assetmeter --help`" : "";
    const ended = sentence.endsWith(".") ? sentence : `${sentence}${hint}.`;
    const message = ended.charAt(0).toUpperCase() + ended.slice(1);
    reportError(context, json, { code: "request/invalid", message });
  }
  return EXIT.usage;
}

function reportError(
  { terminal }: CommandContext,
  json: boolean,
  { code, message }: { readonly code: ErrorCode; readonly message: string },
): void {
  if (json) printJson(terminal, { error: { code, message } });
  terminal.writeError(`${message}\n`);
}

/** A defect of ours or of the machine. The stack goes with it: without it nobody can report it. */
function unexpected(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "internal/unexpected", message: `Something unexpected went wrong: ${text}` };
}
