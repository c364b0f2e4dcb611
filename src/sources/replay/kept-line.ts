/**
 * A refused line <-> the text that is kept of it, so that it can be taken in again: what was read of it, with the id that
 * the line had when it arrived. Nothing of a query, a client, a referrer, a user agent or a header is in it.
 */
import { FORGOTTEN_PATHS } from "../access-log/known-paths.ts";
import type { LineRequest } from "../access-log/parse-request.ts";
import type { Submission } from "../intake.ts";
import type { Passage } from "../passage.ts";
import { namesUser } from "../rules/line-rules.ts";
import { readRequest } from "../steps/read-request.ts";
import { settingsOf } from "../steps/resolve-sources.ts";

/** What of a submission is kept with each of its lines. */
export type LineSender = Pick<Submission, "space" | "allowedSpaces">;

/** What is kept of one line. */
export type KeptLine = {
  /** The identity that the line had when it was refused: sent again, it is the same record. */
  readonly id: string;
  readonly timeMs: number;
  /** The space that whoever sent the line named for all of its lines, or null. */
  readonly space: number | null;
  /** The spaces that whoever sent the line may write to, or null for all: who takes it in again may reach more of them. */
  readonly allowedSpaces: readonly number[] | null;
  /** False where `request.user` says nothing: rules that ask for the user cannot be applied then. */
  readonly knowsUser: boolean;
  readonly request: LineRequest;
};

/** Written into each text, so that another form can be told from this one: the first did not say who had sent the line. */
const FORM = 2;

/** The longest text that is kept, in bytes: a path of 4,096 bytes, and what else a line may have. */
const KEPT_BYTES_MAX = 16_384;

/** Users are kept as ids only, and only where a rule has asked for them: anything else could be a name. */
const USER_ID = /^[1-9][0-9]{0,15}$/;

/**
 * The text of a refused passage; undefined where it could not be taken in again: events, lines that could not be read, lines
 * that are no requests of their own, and those of the platform itself.
 */
export function printKeptLine(passage: Passage, { space, allowedSpaces }: LineSender): string | undefined {
  if (passage.record.form !== "line" || passage.rejection?.reason === "internal-request") return undefined;
  // Refused for its time, a line has not been read to its end.
  if (passage.request === null && readRequest(passage, { known: { paths: FORGOTTEN_PATHS } }) !== null)
    return undefined;
  const { id, timeMs, request } = passage;
  if (request === null) return undefined;
  const { user } = request;
  const isAsked = namesUser(settingsOf(passage).settings.rules);
  const knowsUser = isAsked && (user === null || USER_ID.test(user));
  const said = { ...request, user: knowsUser ? user : null };
  const kept: KeptLine = { id, timeMs, space, allowedSpaces, knowsUser, request: said };
  const text = JSON.stringify({ form: FORM, ...kept });
  return Buffer.byteLength(text) <= KEPT_BYTES_MAX ? text : undefined;
}

/** What printKeptLine has written; null for any other text. */
export function parseKeptLine(text: string): KeptLine | null {
  try {
    const { form, ...kept } = JSON.parse(text) as KeptLine & { readonly form: unknown };
    return form === FORM ? kept : null;
  } catch {
    // Nobody else writes there; it is counted among those that cannot be taken in again.
    return null;
  }
}
