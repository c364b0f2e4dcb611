/**
 * `assetmeter key rotate`: another secret signs access tokens from here on. Works beside a running server.
 */
import { Command } from "commander";
import { type CommandContext, type ProgramOptions, printJson, withProgramOptions } from "./command-context.ts";
import { withCatalog } from "./open-catalog.ts";

/** Builds the command with its subcommand. */
export function buildKeyCommand(context: CommandContext): Command {
  return new Command("key")
    .description("Rotate the key that access tokens are signed with.")
    .addHelpText("after", "\nExample:\n  $ assetmeter key rotate")
    .addCommand(
      withProgramOptions(new Command("rotate"), "key rotate")
        .description("Sign with a new secret. Tokens that are out stay valid until they end: nobody is logged out.")
        .action((options: ProgramOptions) =>
          withCatalog(context, options, async (catalog) => {
            const id = await catalog.rotateSigningKey();
            if (options.json) printJson(context.terminal, { id });
            else context.terminal.writeOut(`Access tokens are signed with key ${id} from here on.\n`);
          }),
        ),
    );
}
