/**
 * Following of files for the server and for `assetmeter follow`.
 */
import { resolve } from "node:path";
import type { Catalog } from "./catalog/catalog.ts";
import type { FollowInput } from "./cli/log-input.ts";
import type { Source, SourceFormat } from "./model/source.ts";
import { DEFAULT_SETTINGS } from "./model/source-settings.ts";
import type { Clock } from "./platform/clock.ts";
import { AppError } from "./platform/errors.ts";
import type { Logger } from "./platform/log.ts";
import { detectFormat } from "./sources/access-log/detect-format.ts";
import { readStart } from "./sources/follow/file-head.ts";
import { type FollowedAs, type Following, openFollowing } from "./sources/follow/follow-sources.ts";
import type { Intake } from "./sources/intake.ts";
import { requireOpenSource } from "./sources/require-open-source.ts";
import { followDefaults } from "./sources/rules/parse-settings.ts";
import type { UsageStore } from "./store/usage-store.ts";

/** The parts that following works with. */
export type FollowParts = {
  readonly catalog: Catalog;
  readonly store: UsageStore;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lineBytesMax: number;
};

/** Follows the files of every source of every organization that names some. */
export function followAll({ catalog, ...parts }: FollowParts): Following {
  const listSources = async (): Promise<readonly Source[]> => {
    const organizations = await catalog.listOrganizations();
    return (await Promise.all(organizations.map(({ id }) => catalog.listSources(id)))).flat();
  };
  return openFollowing({ ...parts, catalog, listSources });
}

/**
 * Follows some files under one source, which is made when it is new. It is complete only up to what was read, unless somebody
 * has said otherwise of it. Rejects with `sources/unknown-format` for a new source whose first file has no line that a format
 * reads, with `sources/other-format`, and with `sources/paused`. What the source is complete up to is not said where it names
 * other files than these, which nobody reads meanwhile.
 */
export async function followFiles({ catalog, ...parts }: FollowParts, input: FollowInput): Promise<Following> {
  const { organization, paths } = input;
  const known = input.source === null ? null : await catalog.readSource(organization, input.source);
  const format = input.format === "auto" ? (known?.format ?? (await detect(paths))) : input.format;
  const name = input.source ?? format;
  const source = known ?? (await catalog.ensureSource({ organization, name, format, ...followDefaults(format, null) }));
  if (source.format !== format) {
    throw new AppError(
      "sources/other-format",
      `The source ${name} is of the format ${source.format}, not of ${format}.`,
    );
  }
  requireOpenSource(source);
  // One that an import has made says that it is complete up to now, which it is not while lines wait in its files.
  await catalog.updateSource(organization, name, followDefaults(format, source));
  const listSources = async (): Promise<readonly FollowedAs[]> => {
    const now = (await catalog.readSource(organization, name)) ?? source;
    const isPart = findUncovered(now, paths).length > 0;
    return [{ ...now, isPart, settings: { ...now.settings, paths } }];
  };
  const uncovered = findUncovered(source, paths);
  if (uncovered.length > 0) {
    const advice = "what the source is complete up to stays as it is: it names other files, which are not read now";
    parts.logger.warn({ source: name, paths: uncovered }, advice);
  }
  return openFollowing({ ...parts, catalog, listSources });
}

/** What a source names as its `paths` beside those that are followed: lines that wait there are lines of the source as well. */
function findUncovered({ settings }: Source, paths: readonly string[]): readonly string[] {
  const followed = new Set(paths.map((path) => resolve(path)));
  return settings.paths.filter((path) => !followed.has(resolve(path)));
}

async function detect(paths: readonly string[]): Promise<SourceFormat> {
  for (const path of paths) {
    const start = await readStart(path).catch(() => null);
    const format = start === null ? null : detectFormat(start, DEFAULT_SETTINGS);
    if (format !== null) return format;
  }
  throw new AppError("sources/unknown-format", "No format reads the first lines of the files. Say which it is.");
}
