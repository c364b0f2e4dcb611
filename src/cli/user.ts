/**
 * `assetmeter user create|list|password|disable|enable`: who may log in. Works beside a running server.
 */
import { Command, Option } from "commander";
import type { User } from "../model/organization.ts";
import { ROLES, type Role } from "../model/token.ts";
import { AppError } from "../platform/errors.ts";
import {
  type CommandContext,
  type ProgramOptions,
  printJson,
  type Terminal,
  withProgramOptions,
} from "./command-context.ts";
import { withCatalog } from "./open-catalog.ts";
import { parseId } from "./parse-option.ts";
import { printTable } from "./print-table.ts";

/** Bytes of a password on standard input that are read, at most. */
const PASSWORD_BYTES_MAX = 8192;

type CreateOptions = ProgramOptions & {
  readonly org: number;
  readonly role: Role;
  readonly email?: string;
  readonly name?: string;
  readonly id?: number;
  readonly passwordStdin?: boolean;
};
type UserOptions = ProgramOptions & { readonly org: number; readonly id: number };

/** Builds the command with its subcommands. */
export function buildUserCommand(context: CommandContext): Command {
  return new Command("user")
    .description("Create users, set their passwords, disable them.")
    .addHelpText(
      "after",
      "\nExample:\n  $ assetmeter user create --org 1 --role admin --email ann@example.com --password-stdin < password.txt",
    )
    .addCommand(buildCreate(context))
    .addCommand(buildList(context))
    .addCommand(buildPassword(context))
    .addCommand(buildDisabling(context, "disable"))
    .addCommand(buildDisabling(context, "enable"));
}

function buildCreate(context: CommandContext): Command {
  return withProgramOptions(new Command("create"), "user create --org 1 --role member --email bob@example.com")
    .description("Create a user. With a password the e-mail address is a login.")
    .requiredOption("--org <id>", "organization that the user is of", parseId)
    .addOption(new Option("--role <role>", "role").choices(ROLES).makeOptionMandatory())
    .option("--email <address>", "e-mail address")
    .option("--name <text>", "what people call the user (default: the e-mail address, else the role)")
    .option("--id <id>", "its id (default: the next free one)", parseId)
    .option("--password-stdin", "read the password from standard input; a line end at its end is no part of it")
    .action(async (options: CreateOptions) => {
      const password = options.passwordStdin ? await readPassword(context.terminal) : undefined;
      await withCatalog(context, options, async (catalog) => {
        const user = await catalog.createUser({
          organization: options.org,
          role: options.role,
          name: options.name ?? options.email ?? options.role,
          ...(options.email === undefined ? {} : { email: options.email }),
          ...(options.id === undefined ? {} : { id: options.id }),
          ...(password === undefined ? {} : { password }),
        });
        if (options.json) printJson(context.terminal, toUserJson(user));
        else context.terminal.writeOut(`User ${user.id} of organization ${user.organization} is created.\n`);
      });
    });
}

function buildList(context: CommandContext): Command {
  return withProgramOptions(new Command("list"), "user list --org 1")
    .description("List the users of an organization.")
    .requiredOption("--org <id>", "organization", parseId)
    .action((options: ProgramOptions & { readonly org: number }) =>
      withCatalog(context, options, async (catalog) => {
        const users = (await catalog.listUsers(options.org)).map(toUserJson);
        if (options.json) printJson(context.terminal, { users });
        else context.terminal.writeOut(printTable(users));
      }),
    );
}

function buildPassword(context: CommandContext): Command {
  return withUser(new Command("password"), "user password --org 1 --id 7 < password.txt")
    .description("Set a user's password, read from standard input. Logs the user out where a client refreshes.")
    .action(async (options: UserOptions) => {
      const password = await readPassword(context.terminal);
      await withCatalog(context, options, async (catalog) => {
        if (!(await catalog.setPassword(options.org, options.id, password))) throw unknownUser(options);
        sayDone(context, options, "has a new password");
      });
    });
}

function buildDisabling(context: CommandContext, word: "disable" | "enable"): Command {
  const meaning =
    word === "disable"
      ? "Refuse a user and every token that acts for it from here on."
      : "Let a disabled user in again.";
  return withUser(new Command(word), `user ${word} --org 1 --id 7`)
    .description(meaning)
    .action((options: UserOptions) =>
      withCatalog(context, options, async (catalog) => {
        const isKnown = await catalog.setUserDisabled(options.org, options.id, word === "disable");
        if (!isKnown) throw unknownUser(options);
        sayDone(context, options, `is ${word}d`);
      }),
    );
}

function withUser(command: Command, example: string): Command {
  return withProgramOptions(command, example)
    .requiredOption("--org <id>", "organization that the user is of", parseId)
    .requiredOption("--id <id>", "the user", parseId);
}

/** Never an argument: those stand in the list of processes and in the shell's history. */
async function readPassword({ stdin }: Terminal): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stdin) {
    pieces.push(Buffer.from(piece));
    bytes += pieces.at(-1)?.length ?? 0;
    if (bytes > PASSWORD_BYTES_MAX) throw new AppError("catalog/invalid", "The password is too long.");
  }
  return Buffer.concat(pieces)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

function unknownUser({ org, id }: UserOptions): AppError {
  return new AppError("catalog/not-found", `There is no user ${id} in organization ${org}.`);
}

function sayDone({ terminal }: CommandContext, { json, org, id }: UserOptions, what: string): void {
  if (json) printJson(terminal, { id, organization: org });
  else terminal.writeOut(`User ${id} of organization ${org} ${what}.\n`);
}

function toUserJson({ id, organization, name, email, role, disabledAtMs }: User) {
  return { id, organization, name, email, role, disabled: disabledAtMs !== null };
}
