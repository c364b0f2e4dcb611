/**
 * `assetmeter query`: one question, answered as a table, JSON or CSV; directly or by the server that has the store.
 */
import { Command } from "commander";
import { METRICS } from "../model/usage-query.ts";
import { AppError } from "../platform/errors.ts";
import type { AppAccess, QueryAnswer, QueryForm } from "./app-access.ts";
import { type CommandContext, openAppFor, type ProgramOptions, withProgramOptions } from "./command-context.ts";
import { FIRST_ID } from "./first-organization.ts";
import { parseCsv } from "./parse-csv.ts";
import { parseId } from "./parse-option.ts";
import { printTable } from "./print-table.ts";
import { openStoredUsage } from "./run-operation.ts";
import { assertAnswered, sendRequest, withServerToken } from "./server-client.ts";
import { findLiveServer } from "./server-file.ts";

/** The parameters of `GET /usage/v1/query`, in its words and with its meaning: the query itself checks the values. */
const PARAMETERS = [
  { name: "metric", flag: "--metric <names>", help: METRICS.join(", ") },
  {
    name: "start",
    flag: "--start <time>",
    help: "first moment: 2026-11-01 or 2026-11-01T08:30:00Z (default: 30 days ago)",
  },
  { name: "end", flag: "--end <time>", help: "end, not counted itself (default: now)" },
  { name: "window", flag: "--window <unit>", help: "none, minute, hour, day, week, month or year" },
  { name: "time_zone", flag: "--time-zone <name>", help: "IANA zone in which days begin (default: UTC)" },
  { name: "group_by", flag: "--group-by <names>", help: "space, user, bucket, asset, kind, operation" },
  { name: "top", flag: "--top <number>", help: "keep the largest groups and add up the rest" },
  { name: "top_by", flag: "--top-by <metric>", help: "metric that says which groups are largest" },
  { name: "order", flag: "--order <order>", help: "group, or a metric such as requests:desc" },
  { name: "empty", flag: "--empty <rows>", help: "windows without usage: zero or omit" },
  { name: "limit", flag: "--limit <number>", help: "most rows to print" },
  { name: "space", flag: "--space <ids>", help: "only these spaces" },
  { name: "user", flag: "--user <ids>", help: "only these users" },
  { name: "bucket", flag: "--bucket <ids>", help: "only these buckets" },
  { name: "asset", flag: "--asset <ids>", help: "only these assets" },
  { name: "kind", flag: "--kind <names>", help: "only api, delivery, upload, delete, transcode, addon" },
  { name: "operation", flag: "--operation <name>", help: "only this operation" },
] as const;

type QueryOptions = ProgramOptions & { readonly org: number; readonly csv?: boolean } & Readonly<
    Record<string, unknown>
  >;

/** Builds the command. */
export function buildQueryCommand(context: CommandContext): Command {
  const example = "query --metric requests --start 2026-11-01 --end 2026-12-01 --window day --group-by space";
  const command = withProgramOptions(new Command("query"), example)
    .description("Ask for usage: the parameters and the numbers of GET /usage/v1/query.")
    .option("--org <id>", "organization", parseId, FIRST_ID)
    .option("--csv", "print CSV");
  for (const { flag, help } of PARAMETERS) command.option(flag, help);
  return command.action((options: QueryOptions) => runQuery(context, options));
}

async function runQuery(context: CommandContext, options: QueryOptions): Promise<void> {
  if (options.json && options.csv) throw new AppError("request/invalid", "Choose one of --json and --csv.");
  const app = openAppFor(context, options);
  // A table is printed from CSV: its columns are flat, whatever was asked.
  const answer = await ask(context, app, options, options.json ? "application/json" : "text/csv");
  assertAnswered(answer);
  const text = options.json || options.csv ? answer.body : printAnswer(answer.body);
  context.terminal.writeOut(text.endsWith("\n") ? text : `${text}\n`);
}

/** A table for people: numbers right, `-` for a thing that is absent, `rest` only where something was added up. */
function printAnswer(csv: string): string {
  const rows = parseCsv(csv);
  const hasRest = rows.some((row) => row.rest === "true");
  const cells = rows.map((row) => {
    const shown = Object.entries(row).filter(([name]) => name !== "rest" || hasRest);
    return Object.fromEntries(shown.map(([name, text]) => [name, toCell(text)]));
  });
  return printTable(cells);
}

function toCell(text: string): bigint | string | null {
  if (/^-?[0-9]+$/.test(text)) return BigInt(text);
  return text === "" ? null : text;
}

async function ask(
  context: CommandContext,
  app: AppAccess,
  options: QueryOptions,
  form: QueryForm,
): Promise<QueryAnswer> {
  const parameters = toParameters(options);
  const server = await findLiveServer(app.settings.dataDir);
  if (server !== null) return askServer(context, app, { url: server.url, organization: options.org, parameters, form });
  const usage = await openStoredUsage(app);
  try {
    return await usage.answerQuery({ organization: options.org, parameters, form });
  } finally {
    await usage.close();
  }
}

type ServerQuestion = {
  readonly url: string;
  readonly organization: number;
  readonly parameters: URLSearchParams;
  readonly form: QueryForm;
};

async function askServer(context: CommandContext, app: AppAccess, question: ServerQuestion): Promise<QueryAnswer> {
  const { url, organization, parameters, form } = question;
  const catalog = await app.openCatalog();
  try {
    const choice = { organization, scope: "stats:read", name: "query command", nowMs: context.clock.now() } as const;
    return await withServerToken(catalog, choice, (secret) =>
      sendRequest({
        url: `${url}/usage/v1/query?${parameters}`,
        method: "GET",
        headers: { authorization: `Bearer ${secret}`, accept: form },
      }),
    );
  } finally {
    await catalog.close();
  }
}

function toParameters(options: QueryOptions): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const { name } of PARAMETERS) {
    const value = options[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === "string") parameters.set(name, value);
  }
  return parameters;
}
