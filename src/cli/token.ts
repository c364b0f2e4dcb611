/**
 * `assetmeter token create|list|revoke`: who may ask. Works beside a running server.
 */
import { Command, Option } from "commander";
import { ROLE_SCOPES, ROLES, type Role, SCOPES, type Scope, type Token } from "../model/token.ts";
import { AppError } from "../platform/errors.ts";
import type { TokenChoice } from "./app-access.ts";
import { type CommandContext, type ProgramOptions, printJson, withProgramOptions } from "./command-context.ts";
import { ensureFirstOrganization, FIRST_ID } from "./first-organization.ts";
import { withCatalog } from "./open-catalog.ts";
import { buildListParser, parseId, parseIdList, parseWhole } from "./parse-option.ts";
import { printTable } from "./print-table.ts";

const DAY_MS = 86_400_000;
/** A hundred years: whoever wants longer wants a token that does not expire. */
const EXPIRY_DAYS_MAX = 36_500;

type CreateOptions = ProgramOptions & {
  readonly org: number;
  readonly role: Role;
  readonly scopes?: readonly Scope[];
  readonly spaces?: readonly number[];
  readonly user?: number;
  readonly name?: string;
  readonly expiresInDays?: number;
};

/** Builds the command with its three subcommands. */
export function buildTokenCommand(context: CommandContext): Command {
  return new Command("token")
    .description("Create, list and revoke access tokens.")
    .addHelpText("after", "\nExample:\n  $ assetmeter token create --org 1 --role member --name dashboard")
    .addCommand(buildCreate(context))
    .addCommand(buildList(context))
    .addCommand(buildRevoke(context));
}

function buildCreate(context: CommandContext): Command {
  return withProgramOptions(new Command("create"), "token create --org 1 --role admin --json")
    .description("Create a token and print it. It is stored only as a hash: nobody can print it again.")
    .requiredOption("--org <id>", "organization that the token is for", parseId)
    .addOption(new Option("--role <role>", "role").choices(ROLES).makeOptionMandatory())
    .option(
      "--scopes <list>",
      `some of the role's: ${SCOPES.join(",")} (default: all of them)`,
      buildListParser(SCOPES),
    )
    .option("--spaces <list>", "ids of the spaces that it is limited to (default: all)", parseIdList)
    .option("--user <id>", "user that it acts for", parseId)
    .option("--name <text>", "what people call it (default: the role)")
    .option("--expires-in-days <days>", "days until it expires (default: never)", (text) =>
      parseWhole(text, { min: 1, max: EXPIRY_DAYS_MAX }),
    )
    .action((options: CreateOptions) => {
      const choice = toTokenChoice(options, context.clock.now());
      return withCatalog(context, options, async (catalog) => {
        if (options.org === FIRST_ID) await ensureFirstOrganization(catalog);
        const { token, secret } = await catalog.issueToken(choice);
        if (options.json) printJson(context.terminal, { token: secret, ...toTokenJson(token) });
        else {
          context.terminal.writeError(
            `Token ${token.id} of organization ${token.organization}, shown only this once:\n`,
          );
          context.terminal.writeOut(`${secret}\n`);
        }
      });
    });
}

function buildList(context: CommandContext): Command {
  return withProgramOptions(new Command("list"), "token list --org 1")
    .description("List the tokens of an organization, newest first.")
    .requiredOption("--org <id>", "organization", parseId)
    .action((options: ProgramOptions & { readonly org: number }) =>
      withCatalog(context, options, async (catalog) => {
        const tokens = (await catalog.listTokens(options.org)).map(toTokenJson);
        if (options.json) printJson(context.terminal, { tokens });
        else
          context.terminal.writeOut(printTable(tokens.map((token) => ({ ...token, scopes: token.scopes.join(",") }))));
      }),
    );
}

function buildRevoke(context: CommandContext): Command {
  return withProgramOptions(new Command("revoke"), "token revoke ID --org 1")
    .description("Revoke a token at once.")
    .argument("<id>", "id of the token, as `token list` shows it")
    .requiredOption("--org <id>", "organization that the token is of", parseId)
    .action((id: string, options: ProgramOptions & { readonly org: number }) =>
      withCatalog(context, options, async (catalog) => {
        if (!(await catalog.revokeToken(options.org, id))) {
          throw new AppError("catalog/not-found", `Organization ${options.org} has no token ${id}.`);
        }
        if (options.json) printJson(context.terminal, { id, revoked: true });
        else context.terminal.writeOut(`Token ${id} is revoked.\n`);
      }),
    );
}

function toTokenChoice(options: CreateOptions, nowMs: number): TokenChoice {
  const ofRole = ROLE_SCOPES[options.role];
  const beyond = (options.scopes ?? []).filter((scope) => !ofRole.includes(scope));
  // Some endpoints go by the role, the others by the scope: a member with the scope admin would be an admin for most of them.
  if (beyond.length > 0) {
    const sentence = `A token of the role ${options.role} may have ${ofRole.join(",")} and not ${beyond.join(",")}.`;
    throw new AppError("request/invalid", sentence);
  }
  return {
    organization: options.org,
    name: options.name ?? options.role,
    role: options.role,
    scopes: options.scopes ?? ofRole,
    spaces: options.spaces ?? null,
    user: options.user ?? null,
    expiresAtMs: options.expiresInDays === undefined ? null : nowMs + options.expiresInDays * DAY_MS,
  };
}

function toTokenJson(token: Token) {
  return {
    id: token.id,
    organization: token.organization,
    name: token.name,
    role: token.role,
    scopes: token.scopes,
    spaces: token.spaces,
    user: token.user,
    created_at: toIso(token.createdAtMs),
    expires_at: toIso(token.expiresAtMs),
    revoked_at: toIso(token.revokedAtMs),
  };
}

function toIso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
