/**
 * What a pause says to whoever brings lines. Events do not ask here: an event that is refused is lost where its sender does
 * not keep it, while a log can be sent or read on when the pause is over.
 */
import type { Source } from "../model/source.ts";
import { AppError } from "../platform/errors.ts";

/** Throws `sources/paused` for a source that takes no lines in. */
export function requireOpenSource({ name, settings }: Pick<Source, "name" | "settings">): void {
  if (!settings.paused) return;
  const message = `The source ${name} is paused and takes no lines in; \`assetmeter source resume ${name}\` ends that.`;
  throw new AppError("sources/paused", message);
}
