/**
 * The catalogue for the length of one command. It may be open in a server at the same time.
 */
import type { CatalogAccess } from "./app-access.ts";
import { type CommandContext, openAppFor, type ProgramOptions } from "./command-context.ts";

/** Opens the catalogue that the options name, hands it to `use`, and closes it whatever happens. */
export async function withCatalog<Result>(
  context: CommandContext,
  options: ProgramOptions,
  use: (catalog: CatalogAccess) => Promise<Result>,
): Promise<Result> {
  const catalog = await openAppFor(context, options).openCatalog();
  try {
    return await use(catalog);
  } finally {
    await catalog.close();
  }
}
