/**
 * `assetmeter serve`: the server, until a signal ends it.
 */
import { Command } from "commander";
import type { AppAccess } from "./app-access.ts";
import {
  type CommandContext,
  type ProgramOptions,
  printJson,
  toSettingsChoice,
  withProgramOptions,
} from "./command-context.ts";
import { ensureFirstOrganization, ensureFirstToken } from "./first-organization.ts";
import { parsePort } from "./parse-option.ts";
import { assertNotHeld, runServer } from "./run-server.ts";

/** Builds the command. With `--json` stdout has one object per line: `created` (if so), then `listening`. */
export function buildServeCommand(context: CommandContext): Command {
  const { terminal } = context;
  return withProgramOptions(new Command("serve"), "serve --host 127.0.0.1 --port 8787 --data-dir ./data")
    .description("Start the server. An empty data directory gets organization 1, space 1 and an admin token first.")
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--port <number>", "port to listen on, 0 for any free one (default: 8787)", parsePort)
    .action(async (options: ProgramOptions & { host?: string; port?: number }) => {
      const app = context.openApp(toSettingsChoice(options));
      await assertNotHeld(app.settings.dataDir);
      await prepareCatalog(app, context, options.json === true);
      await runServer({
        app,
        clock: context.clock,
        onListening: (url) => {
          if (options.json) printJson(terminal, { listening: { url, pid: process.pid } });
          else terminal.writeOut(`assetmeter listening on ${url}\n`);
        },
      });
    });
}

/** Prints a new token at once: if the server cannot start afterwards, the secret must not be lost with it. */
async function prepareCatalog(app: AppAccess, { terminal }: CommandContext, json: boolean): Promise<void> {
  const catalog = await app.openCatalog();
  try {
    const isNew = await ensureFirstOrganization(catalog);
    const issued = await ensureFirstToken(catalog);
    if (issued === null) return;
    const { organization } = issued.token;
    if (json) {
      printJson(terminal, { created: { organization, ...(isNew ? { space: 1 } : {}), token: issued.secret } });
      return;
    }
    const what = isNew
      ? "organization 1, space 1 and an admin token"
      : `an admin token of organization ${organization}`;
    terminal.writeOut(`Created ${what}. The token is shown only this once:\n  ${issued.secret}\n`);
  } finally {
    await catalog.close();
  }
}
