/**
 * `assetmeter bucket create|list|update|delete`: places that files are stored in. Works beside a running server.
 */
import { Command } from "commander";
import type { Bucket } from "../model/bucket.ts";
import { AppError } from "../platform/errors.ts";
import type { BucketChoice } from "./app-access.ts";
import { type CommandContext, type ProgramOptions, printJson, withProgramOptions } from "./command-context.ts";
import { withCatalog } from "./open-catalog.ts";
import { type None, parseId, parseIdOrNone, toNullable } from "./parse-option.ts";
import { printTable } from "./print-table.ts";

type OrganizationOptions = ProgramOptions & { readonly org: number };
type BucketOptions = OrganizationOptions & { readonly id: string };
type Choices = Omit<BucketChoice, "space" | "repo"> & { readonly space?: number | None; readonly repo?: string };
type UpdateOptions = BucketOptions & Choices;
type CreateOptions = OrganizationOptions & Choices & { readonly name: string; readonly id?: string };

/** Builds the command with its subcommands. */
export function buildBucketCommand(context: CommandContext): Command {
  return new Command("bucket")
    .description("Make, list, change and delete buckets: places that files are stored in.")
    .addHelpText("after", "\nExample:\n  $ assetmeter bucket create --org 1 --name Images --space 1")
    .addCommand(buildCreate(context))
    .addCommand(buildList(context))
    .addCommand(buildUpdate(context))
    .addCommand(buildDelete(context));
}

function buildCreate(context: CommandContext): Command {
  const command = withProgramOptions(new Command("create"), "bucket create --org 1 --name Images --space 1");
  return withChoices(command)
    .description("Create a bucket. Buckets that events name are there without it.")
    .requiredOption("--org <id>", "organization that the bucket is of", parseId)
    .requiredOption("--name <text>", "what people call it")
    .option("--id <text>", "its id, as events name it (default: a new UUID)")
    .action((options: CreateOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { org: organization, name, id } = options;
        const more = { ...readChoice(options), ...(id === undefined ? {} : { id }) };
        const bucket = await catalog.createBucket({ ...more, organization, name });
        if (options.json) printJson(context.terminal, toBucketJson(bucket));
        else context.terminal.writeOut(`Bucket ${bucket.id} of organization ${organization} is created.\n`);
      }),
    );
}

function buildList(context: CommandContext): Command {
  return withProgramOptions(new Command("list"), "bucket list --org 1")
    .description("List the buckets of an organization.")
    .requiredOption("--org <id>", "organization", parseId)
    .action((options: OrganizationOptions) =>
      withCatalog(context, options, async (catalog) => {
        const buckets = (await catalog.listBuckets(options.org)).map(toBucketJson);
        if (options.json) printJson(context.terminal, { buckets });
        else context.terminal.writeOut(printTable(buckets));
      }),
    );
}

function buildUpdate(context: CommandContext): Command {
  const example = "bucket update --org 1 --id 550e8400-e29b-41d4-a716-446655440000 --repo none";
  return withChoices(withBucket(new Command("update"), example))
    .description("Change a bucket; what is not said stays. In another space it leaves a repo of the one before.")
    .option("--name <text>", "what people call it")
    .action((options: UpdateOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { org, id } = options;
        const bucket = await catalog.updateBucket(org, id, readChoice(options));
        if (bucket === null) throw unknownBucket(options);
        if (options.json) printJson(context.terminal, toBucketJson(bucket));
        else context.terminal.writeOut(`Bucket ${id} of organization ${org} is changed.\n`);
      }),
    );
}

function buildDelete(context: CommandContext): Command {
  return withBucket(new Command("delete"), "bucket delete --org 1 --id 550e8400-e29b-41d4-a716-446655440000")
    .description("Delete a bucket: it leaves lists and statistics, its records stay, its name is free again.")
    .action((options: BucketOptions) =>
      withCatalog(context, options, async (catalog) => {
        const { org, id } = options;
        if (!(await catalog.deleteBucket(org, id))) throw unknownBucket(options);
        if (options.json) printJson(context.terminal, { id, organization: org });
        else context.terminal.writeOut(`Bucket ${id} of organization ${org} is deleted.\n`);
      }),
    );
}

/** No credential is among them: none is ever kept. */
function withChoices(command: Command): Command {
  return command
    .option("--space <id>", "space that it is of, or none", parseIdOrNone)
    .option("--repo <id>", "repo that it is in, or none")
    .option("--endpoint <url>", "address of its storage, without credentials")
    .option("--region <text>", "where its storage is")
    .option("--storage-name <text>", "its name at its storage")
    .option("--storage-type <text>", "what its storage is: S3, GCS, AZURE, BLOB");
}

/** What the options say; what is not among them stays as it is. */
function readChoice({ name, space, repo, endpoint, region, storageName, storageType }: Choices): BucketChoice {
  const said = { name, endpoint, region, storageName, storageType };
  return {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...(space === undefined ? {} : { space: toNullable(space) }),
    ...(repo === undefined ? {} : { repo: toNullable(repo) }),
  };
}

function withBucket(command: Command, example: string): Command {
  return withProgramOptions(command, example)
    .requiredOption("--org <id>", "organization that the bucket is of", parseId)
    .requiredOption("--id <text>", "the bucket");
}

function unknownBucket({ org, id }: BucketOptions): AppError {
  return new AppError("catalog/not-found", `There is no bucket ${id} in organization ${org}.`);
}

function toBucketJson(bucket: Bucket) {
  const { id, organization, name, space, repo, storageType, storageName, region, endpoint } = bucket;
  return { id, organization, name, space, repo, storageType, storageName, region, endpoint };
}
