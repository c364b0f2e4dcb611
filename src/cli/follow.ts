/**
 * `assetmeter follow FILE…`: logs into the store as they grow, until a signal ends it. A running server follows by itself
 * what its sources name as `paths`.
 */
import { Command, Option } from "commander";
import { LOG_FORMATS, type SourceFormat } from "../model/source.ts";
import { type CommandContext, openAppFor, type ProgramOptions, withProgramOptions } from "./command-context.ts";
import { ensureFirstOrganization, FIRST_ID } from "./first-organization.ts";
import { checkFollowedFiles } from "./log-files.ts";
import { withCatalog } from "./open-catalog.ts";
import { parseId } from "./parse-option.ts";
import { assertNotHeld, waitForSignal } from "./run-server.ts";

type FollowOptions = ProgramOptions & {
  readonly source?: string;
  readonly format: SourceFormat | "auto";
  readonly org: number;
};

/** A server follows by itself, at once, what a source names. */
const BESIDE_SERVER = "it follows what a source names: assetmeter source change NAME --path FILE";

/** Builds the command. With `--once` it ends when everything that is there has been read. */
export function buildFollowCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("follow"), "follow /var/log/nginx/access.log --source www")
    .description("Take access logs in as they grow, across rotation, until a signal ends it.")
    .argument("<file...>", "files, and patterns of files in quotes")
    .addOption(new Option("--format <format>", "format of the lines").choices(["auto", ...LOG_FORMATS]).default("auto"))
    .option("--source <name>", "name of the stream that the files are (default: the format's name)")
    .option("--org <id>", "organization", parseId, FIRST_ID)
    .option("--once", "end when everything that is there now has been read")
    .action(async (paths: string[], options: FollowOptions & { readonly once?: boolean }) => {
      await checkFollowedFiles(paths);
      const app = openAppFor(context, options);
      await assertNotHeld(app.settings.dataDir, BESIDE_SERVER);
      if (options.org === FIRST_ID) await withCatalog(context, options, ensureFirstOrganization);
      // Listened for before anything is read: a signal must not cut a commit.
      const signal = waitForSignal();
      const usage = await app.openUsage();
      try {
        const { org: organization, source = null, format } = options;
        const following = await usage.follow({ organization, source, format, paths });
        const count = await following.settle();
        context.terminal.writeError(`${count} records read${options.once ? "" : "; following"}\n`);
        if (options.once !== true) await signal.arrived;
        await following.close();
      } finally {
        signal.forget();
        await usage.close();
      }
    });
}
