/**
 * What the commands do with sources: make and change them, and try lines, with settings in the names of the API.
 */
import type { Catalog } from "./catalog/catalog.ts";
import type { SourceChoice, TrialInput } from "./cli/log-input.ts";
import type { Source, SourceFormat } from "./model/source.ts";
import { DEFAULT_SETTINGS } from "./model/source-settings.ts";
import type { Clock } from "./platform/clock.ts";
import { AppError } from "./platform/errors.ts";
import { tryLines } from "./sources/access-log/try-lines.ts";
import {
  findMissingSetting,
  type ParsedSettings,
  parseSettings,
  withFollowDefaults,
} from "./sources/rules/parse-settings.ts";
import type { StepLimits } from "./sources/steps/step.ts";

/** Makes a source; `request/invalid`, `catalog/conflict`, `catalog/not-found` for its space. */
export async function createSource(
  catalog: Catalog,
  { organization, name, format, settings }: SourceChoice & { readonly format: SourceFormat },
): Promise<Source> {
  const parsed = readSettings(settings);
  assertComplete(format, parsed.settings);
  if ((await catalog.readSource(organization, name)) !== null) {
    throw new AppError("catalog/conflict", `There is a source ${name} already.`);
  }
  return catalog.ensureSource({ organization, name, format, ...withFollowDefaults(format, parsed) });
}

/** Changes a source; `request/invalid`, `catalog/not-found`. */
export async function changeSource(catalog: Catalog, { organization, name, settings }: SourceChoice): Promise<Source> {
  const parsed = readSettings(settings);
  const before = await catalog.readSource(organization, name);
  if (before !== null) assertComplete(before.format, { ...before.settings, ...parsed.settings });
  const source =
    before === null
      ? null
      : await catalog.updateSource(organization, name, withFollowDefaults(before.format, parsed, before));
  if (source === null) throw new AppError("catalog/not-found", `There is no source ${name}.`);
  return source;
}

/** Tries lines under the settings; `request/invalid`, `sources/unknown-format`. */
export async function tryUnderSettings(input: TrialInput, limits: StepLimits, clock: Clock) {
  const { settings, space } = readSettings(input.settings);
  if (input.format !== "auto") assertComplete(input.format, settings);
  return tryLines({
    ...{ chunks: input.bytes, format: input.format, linesMax: input.linesMax, limits, clock },
    settings: { ...DEFAULT_SETTINGS, ...settings },
    space: input.space ?? space ?? null,
  });
}

function readSettings(settings: Readonly<Record<string, unknown>>): ParsedSettings {
  const { parsed, problems } = parseSettings(settings);
  if (problems.length > 0) throw new AppError("request/invalid", problems.join(" "));
  return parsed;
}

function assertComplete(format: SourceFormat, settings: ParsedSettings["settings"]): void {
  const missing = findMissingSetting(format, settings);
  if (missing !== null) throw new AppError("request/invalid", missing);
}
