/**
 * Which spaces the lines of a source can reach, held against those of a token. Looks at settings alone: what a log's sender
 * may reach is looked at line by line when it comes (sources/steps/resolve-spaces.ts), but files that the server follows
 * have no sender.
 */
import type { SourceSettings } from "../../model/source-settings.ts";
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";

/** What of a source says whose its lines are. */
export type SourceReach = { readonly space: number | null; readonly rules: SourceSettings["rules"] };

/**
 * Throws `access/forbidden` where a line could come to a space that is not the token's, or to none. A rule whose space is
 * taken from the line (`{space}`) can name any.
 */
export function requireReach({ spaces }: Principal, { space, rules }: SourceReach): void {
  if (spaces === null) return;
  const isOwn = (text: string): boolean => spaces.some((id) => String(id) === text);
  const reached = rules.flatMap((rule) => ("set" in rule && rule.set.space !== undefined ? [rule.set.space] : []));
  if (space !== null && spaces.includes(space) && reached.every(isOwn)) return;
  throw new AppError(
    "access/forbidden",
    "The token is limited to spaces: a source that it makes or changes needs one of them as space_id, and rules that set no other.",
  );
}
