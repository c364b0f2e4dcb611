/**
 * `assetmeter repo create|list|update|delete`: groups of buckets. Works beside a running server.
 */
import { Command } from "commander";
import type { Repo } from "../model/bucket.ts";
import { AppError } from "../platform/errors.ts";
import { type CommandContext, type ProgramOptions, printJson, withProgramOptions } from "./command-context.ts";
import { withCatalog } from "./open-catalog.ts";
import { type None, parseId, parseIdOrNone, toNullable } from "./parse-option.ts";
import { printTable } from "./print-table.ts";

type OrganizationOptions = ProgramOptions & { readonly org: number };
type RepoOptions = OrganizationOptions & { readonly id: string };
type UpdateOptions = RepoOptions & { readonly name?: string; readonly space?: number | None };
type CreateOptions = OrganizationOptions & { readonly name: string; readonly id?: string; readonly space?: number };

/** Builds the command with its subcommands. */
export function buildRepoCommand(context: CommandContext): Command {
  return new Command("repo")
    .description("Make, list, change and delete repos: groups of buckets.")
    .addHelpText("after", "\nExample:\n  $ assetmeter repo create --org 1 --name Media --space 1")
    .addCommand(buildCreate(context))
    .addCommand(buildList(context))
    .addCommand(buildUpdate(context))
    .addCommand(buildDelete(context));
}

function buildCreate(context: CommandContext): Command {
  return withProgramOptions(new Command("create"), "repo create --org 1 --name Media --space 1")
    .description("Create a repo.")
    .requiredOption("--org <id>", "organization that the repo is of", parseId)
    .requiredOption("--name <text>", "what people call it")
    .option("--space <id>", "space that it and its buckets are of (default: none)", parseId)
    .option("--id <text>", "its id (default: a new UUID)")
    .action((options: CreateOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { org, name, space, id } = options;
        const more = { ...(space === undefined ? {} : { space }), ...(id === undefined ? {} : { id }) };
        const repo = await catalog.createRepo({ organization: org, name, ...more });
        if (options.json) printJson(context.terminal, toRepoJson(repo));
        else context.terminal.writeOut(`Repo ${repo.id} of organization ${org} is created.\n`);
      }),
    );
}

function buildList(context: CommandContext): Command {
  return withProgramOptions(new Command("list"), "repo list --org 1")
    .description("List the repos of an organization with the number of their buckets.")
    .requiredOption("--org <id>", "organization", parseId)
    .action((options: OrganizationOptions) =>
      withCatalog(context, options, async (catalog) => {
        const buckets = await catalog.listBuckets(options.org);
        const repos = (await catalog.listRepos(options.org)).map((repo) => {
          return { ...toRepoJson(repo), buckets: buckets.filter((bucket) => bucket.repo === repo.id).length };
        });
        if (options.json) printJson(context.terminal, { repos });
        else context.terminal.writeOut(printTable(repos));
      }),
    );
}

function buildUpdate(context: CommandContext): Command {
  return withRepo(new Command("update"), "repo update --org 1 --id 1b4e28ba-2fa1-41d2-883f-0016d3cca427 --name Images")
    .description("Change a repo; what is not said stays. In another space its buckets of other spaces leave it.")
    .option("--name <text>", "what people call it")
    .option("--space <id>", "space that it and its buckets are of, or none", parseIdOrNone)
    .action((options: UpdateOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { org, id, name, space } = options;
        const changes = {
          ...(name === undefined ? {} : { name }),
          ...(space === undefined ? {} : { space: toNullable(space) }),
        };
        const repo = await catalog.updateRepo(org, id, changes);
        if (repo === null) throw unknownRepo(options);
        if (options.json) printJson(context.terminal, toRepoJson(repo));
        else context.terminal.writeOut(`Repo ${id} of organization ${org} is changed.\n`);
      }),
    );
}

function buildDelete(context: CommandContext): Command {
  return withRepo(new Command("delete"), "repo delete --org 1 --id 1b4e28ba-2fa1-41d2-883f-0016d3cca427")
    .description("Delete a repo. Its buckets stay, in no repo; its name is free again.")
    .action((options: RepoOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { org, id } = options;
        if (!(await catalog.deleteRepo(org, id))) throw unknownRepo(options);
        if (options.json) printJson(context.terminal, { id, organization: org });
        else context.terminal.writeOut(`Repo ${id} of organization ${org} is deleted.\n`);
      }),
    );
}

function withRepo(command: Command, example: string): Command {
  return withProgramOptions(command, example)
    .requiredOption("--org <id>", "organization that the repo is of", parseId)
    .requiredOption("--id <text>", "the repo");
}

function unknownRepo({ org, id }: RepoOptions): AppError {
  return new AppError("catalog/not-found", `There is no repo ${id} in organization ${org}.`);
}

function toRepoJson({ id, organization, name, space }: Repo) {
  return { id, organization, name, space };
}
