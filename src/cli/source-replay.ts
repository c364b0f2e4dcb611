/**
 * `assetmeter source replay NAME`: the kept refused lines of a source, taken in again, directly or through the server that
 * has the data directory open.
 */
import { Command } from "commander";
import type { ReplayTotals } from "../model/source.ts";
import type { AppAccess } from "./app-access.ts";
import {
  type CommandContext,
  openAppFor,
  type ProgramOptions,
  printJson,
  withProgramOptions,
} from "./command-context.ts";
import { FIRST_ID } from "./first-organization.ts";
import { fromTotalsJson, printTotals, toTotalsJson } from "./intake-totals.ts";
import { parseId } from "./parse-option.ts";
import { printCount } from "./print-count.ts";
import { openStoredUsage } from "./run-operation.ts";
import { assertAnswered, sendRequest, withServerToken } from "./server-client.ts";
import { findLiveServer } from "./server-file.ts";

type ReplayOptions = ProgramOptions & { readonly org: number };
type Asked = { readonly organization: number; readonly source: string };

/** Builds the command. It ends with status 0 also when lines are still refused: the totals say why. */
export function buildSourceReplayCommand(context: CommandContext): Command {
  return withProgramOptions(new Command("replay"), "source replay cdn")
    .description("Take the kept refused lines of a source in again, under its rules and settings as they are now.")
    .argument("<name>", "its name")
    .option("--org <id>", "organization", parseId, FIRST_ID)
    .action(async (source: string, options: ReplayOptions) => {
      const totals = await replay(context, openAppFor(context, options), { organization: options.org, source });
      const { notReplayable, notKept } = totals;
      const json = { source, ...toTotalsJson(totals), not_replayable: notReplayable, not_kept: notKept };
      if (options.json === true) printJson(context.terminal, json);
      else context.terminal.writeOut(`${printTotals(totals)}${printRest(totals)}`);
    });
}

async function replay(context: CommandContext, app: AppAccess, asked: Asked): Promise<ReplayTotals> {
  const server = await findLiveServer(app.settings.dataDir);
  if (server !== null) return replayThrough(server.url, context, app, asked);
  const usage = await openStoredUsage(app);
  try {
    return await usage.replayRejected(asked);
  } finally {
    await usage.close();
  }
}

async function replayThrough(
  url: string,
  { clock }: CommandContext,
  app: AppAccess,
  { organization, source }: Asked,
): Promise<ReplayTotals> {
  const catalog = await app.openCatalog();
  const choice = { organization, scope: "admin", name: "source replay command", nowMs: clock.now() } as const;
  try {
    const answer = await withServerToken(catalog, choice, (secret) =>
      sendRequest({
        url: `${url}/usage/v1/sources/${encodeURIComponent(source)}/replay`,
        method: "POST",
        headers: { authorization: `Bearer ${secret}` },
      }),
    );
    assertAnswered(answer);
    const rest = JSON.parse(answer.body) as {
      readonly not_replayable: ReplayTotals["notReplayable"];
      readonly not_kept: number;
    };
    return { ...fromTotalsJson(answer.body), notReplayable: rest.not_replayable, notKept: rest.not_kept };
  } finally {
    await catalog.close();
  }
}

/** What was not tried, and what helps. */
function printRest({ notReplayable, notKept }: ReplayTotals): string {
  const reasons = Object.entries(notReplayable);
  const count = reasons.reduce((sum, [, records]) => sum + records, 0) + notKept;
  if (count === 0) return "";
  const listed = reasons.map(([reason, records]) => `  ${reason}: ${printCount(records)}\n`).join("");
  const lost = notKept === 0 ? "" : `  not kept any more: ${printCount(notKept)}\n`;
  return `${printCount(count)} refused records cannot be taken in again; send their files again:\n${listed}${lost}`;
}
