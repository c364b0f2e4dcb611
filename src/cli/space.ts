/**
 * `assetmeter space create`: a new part of an organization. Works beside a running server.
 */
import { Command } from "commander";
import { type CommandContext, type ProgramOptions, printJson, withProgramOptions } from "./command-context.ts";
import { withCatalog } from "./open-catalog.ts";
import { parseId } from "./parse-option.ts";

type CreateOptions = ProgramOptions & { readonly org: number; readonly name: string; readonly id?: number };

/** Builds the command with its subcommand. */
export function buildSpaceCommand(context: CommandContext): Command {
  return new Command("space")
    .description("Create spaces.")
    .addHelpText("after", '\nExample:\n  $ assetmeter space create --org 1 --name "Website"')
    .addCommand(buildCreate(context));
}

function buildCreate(context: CommandContext): Command {
  return withProgramOptions(new Command("create"), 'space create --org 1 --name "Website"')
    .description("Create a space.")
    .requiredOption("--org <id>", "organization that the space is of", parseId)
    .requiredOption("--name <text>", "what people call it")
    .option("--id <id>", "its id (default: the next free one)", parseId)
    .action((options: CreateOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { id, organization, name } = await catalog.createSpace({
          organization: options.org,
          name: options.name,
          ...(options.id === undefined ? {} : { id: options.id }),
        });
        if (options.json) printJson(context.terminal, { id, organization, name });
        else context.terminal.writeOut(`Space ${id} of organization ${organization} is created.\n`);
      }),
    );
}
