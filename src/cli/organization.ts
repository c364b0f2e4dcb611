/**
 * `assetmeter org create|list|update`: tenants and what is set for each. Works beside a running server.
 */
import { Command } from "commander";
import type { Organization, OrganizationChanges } from "../model/organization.ts";
import { AppError } from "../platform/errors.ts";
import { type CommandContext, type ProgramOptions, printJson, withProgramOptions } from "./command-context.ts";
import { withCatalog } from "./open-catalog.ts";
import { parseHostNameOrNone, parseId, parseWhole, toNullable } from "./parse-option.ts";
import { printTable } from "./print-table.ts";

type Choices = { readonly name?: string; readonly monthlyTrafficBytes?: number; readonly cdnHost?: string };
type CreateOptions = ProgramOptions & Choices & { readonly name: string; readonly id?: number };
type UpdateOptions = ProgramOptions & Choices & { readonly id: number };

/** Builds the command with its subcommands. */
export function buildOrganizationCommand(context: CommandContext): Command {
  return new Command("org")
    .description("Make, list and change organizations.")
    .addHelpText("after", '\nExample:\n  $ assetmeter org create --name "Example Media"')
    .addCommand(buildCreate(context))
    .addCommand(buildList(context))
    .addCommand(buildUpdate(context));
}

function buildCreate(context: CommandContext): Command {
  const example = 'org create --name "Example Media" --monthly-traffic-bytes 500000000000';
  return withChoices(withProgramOptions(new Command("create"), example))
    .description("Create an organization. It has no space and no token yet.")
    .requiredOption("--name <text>", "what people call it")
    .option("--id <id>", "its id (default: the next free one)", parseId)
    .action((options: CreateOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { name, id } = options;
        const more = { ...readChoices(options), ...(id === undefined ? {} : { id }) };
        const organization = await catalog.createOrganization({ ...more, name });
        if (options.json) printJson(context.terminal, toOrganizationJson(organization));
        else context.terminal.writeOut(`Organization ${organization.id} is created.\n`);
      }),
    );
}

function buildList(context: CommandContext): Command {
  return withProgramOptions(new Command("list"), "org list")
    .description("List the organizations with what is set for each.")
    .action((options: ProgramOptions) =>
      withCatalog(context, options, async (catalog) => {
        const organizations = (await catalog.listOrganizations()).map(toOrganizationJson);
        if (options.json) printJson(context.terminal, { organizations });
        else context.terminal.writeOut(printTable(organizations));
      }),
    );
}

function buildUpdate(context: CommandContext): Command {
  return withChoices(withProgramOptions(new Command("update"), "org update --id 1 --cdn-host cdn.example.com"))
    .description(
      "Change an organization; what is not said stays. A running server answers so from the next request on.",
    )
    .requiredOption("--id <id>", "the organization", parseId)
    .option("--name <text>", "what people call it")
    .action((options: UpdateOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { id } = options;
        const changes = readChoices(options);
        if (Object.keys(changes).length === 0) {
          throw new AppError("request/invalid", "Say what to change: --name, --monthly-traffic-bytes or --cdn-host.");
        }
        const organization = await catalog.updateOrganization(id, changes);
        if (organization === null) throw new AppError("catalog/not-found", `There is no organization ${id}.`);
        if (options.json) printJson(context.terminal, toOrganizationJson(organization));
        else context.terminal.writeOut(`Organization ${id} is changed.\n`);
      }),
    );
}

function withChoices(command: Command): Command {
  return command
    .option("--monthly-traffic-bytes <bytes>", "limit on traffic per calendar month in UTC, 0 for none", (text) =>
      parseWhole(text, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    )
    .option(
      "--cdn-host <host>",
      "host name that its CDN delivers from, or none to go by the server's ASSETMETER_CDN_HOST",
      parseHostNameOrNone,
    );
}

/** What the options say; what is not among them stays as it is. */
function readChoices({ name, monthlyTrafficBytes, cdnHost }: Choices): OrganizationChanges {
  return {
    ...(name === undefined ? {} : { name }),
    ...(monthlyTrafficBytes === undefined ? {} : { monthlyTrafficBytesMax: monthlyTrafficBytes }),
    ...(cdnHost === undefined ? {} : { cdnHost: toNullable(cdnHost) }),
  };
}

function toOrganizationJson({ id, name, monthlyTrafficBytesMax, cdnHost }: Organization) {
  return { id, name, monthly_traffic_bytes_max: monthlyTrafficBytesMax, cdn_host: cdnHost };
}
