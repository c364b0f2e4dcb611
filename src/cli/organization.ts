/**
 * `assetmeter org create`: a new tenant. Works beside a running server.
 */
import { Command } from "commander";
import { type CommandContext, type ProgramOptions, printJson, withProgramOptions } from "./command-context.ts";
import { withCatalog } from "./open-catalog.ts";
import { parseId, parseWhole } from "./parse-option.ts";

type CreateOptions = ProgramOptions & {
  readonly name: string;
  readonly id?: number;
  readonly monthlyTrafficBytes?: number;
};

/** Builds the command with its subcommand. */
export function buildOrganizationCommand(context: CommandContext): Command {
  return new Command("org")
    .description("Create organizations.")
    .addHelpText("after", '\nExample:\n  $ assetmeter org create --name "Example Media"')
    .addCommand(buildCreate(context));
}

function buildCreate(context: CommandContext): Command {
  return withProgramOptions(
    new Command("create"),
    'org create --name "Example Media" --monthly-traffic-bytes 500000000000',
  )
    .description("Create an organization. It has no space and no token yet.")
    .requiredOption("--name <text>", "what people call it")
    .option("--id <id>", "its id (default: the next free one)", parseId)
    .option("--monthly-traffic-bytes <bytes>", "limit on traffic per calendar month in UTC, 0 for none", (text) =>
      parseWhole(text, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    )
    .action((options: CreateOptions) =>
      withCatalog(context, options, async (catalog) => {
        const organization = await catalog.createOrganization({
          name: options.name,
          ...(options.id === undefined ? {} : { id: options.id }),
          ...(options.monthlyTrafficBytes === undefined ? {} : { monthlyTrafficBytesMax: options.monthlyTrafficBytes }),
        });
        const { id, name, monthlyTrafficBytesMax } = organization;
        if (options.json) {
          printJson(context.terminal, { id, name, monthly_traffic_bytes_max: monthlyTrafficBytesMax });
        } else context.terminal.writeOut(`Organization ${id} is created.\n`);
      }),
    );
}
