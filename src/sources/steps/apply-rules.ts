/**
 * Step apply-rules: what the mapping rules of the source say of a line: to leave it out, or whose it is and what of.
 */
import { thingKey } from "../known-things.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { buildLineRules, type LineRules } from "../rules/line-rules.ts";
import { settingsOf } from "./resolve-sources.ts";
import { unknownSpace } from "./resolve-spaces.ts";
import type { StepContext } from "./step.ts";

/** The longest path or key in bytes of UTF-8, and the longest name of a bucket in characters: bounds of the catalogue. */
const PATH_BYTES_MAX = 4_096;
const BUCKET_LENGTH_MAX = 255;

/** Sets space, bucket, user and the rule's own words; the kind follows in classify-line. Events pass untouched. */
export function applyRules(passage: Passage, context: StepContext): Rejection | null {
  const { request } = passage;
  if (request === null) return null;
  const { settings, space } = settingsOf(passage);
  const answer = settings.rules.length === 0 ? null : rulesOf(passage, context)(request);
  if (answer?.ignore === true) return { reason: "ignored-by-rule", detail: "A mapping rule leaves the line out." };
  const set = answer?.set ?? {};
  const path = set.asset ?? request.path;
  if (path.length > PATH_BYTES_MAX / 3 && Buffer.byteLength(path) > PATH_BYTES_MAX) {
    return { reason: "field-too-long", detail: `The path is longer than ${PATH_BYTES_MAX} bytes.` };
  }
  passage.bucket = set.bucket ?? request.bucket;
  if (passage.bucket === "") passage.bucket = null;
  if (passage.bucket !== null && passage.bucket.length > BUCKET_LENGTH_MAX) {
    return { reason: "field-too-long", detail: `The bucket is longer than ${BUCKET_LENGTH_MAX} characters.` };
  }
  // The catalogue cannot hold such a name, and would refuse all lines of the commit for it.
  if (passage.bucket !== null && (!passage.bucket.isWellFormed() || passage.bucket.includes("\0"))) {
    return { reason: "malformed", detail: "The bucket's name has a NUL or half of a character of UTF-16." };
  }
  passage.rule = set;
  const isMissing =
    (settings.requires === "space" && (set.space ?? context.submission.space ?? space) === null) ||
    (settings.requires === "bucket" && passage.bucket === null);
  if (isMissing) return { reason: "unmapped", detail: `No rule gives the line a ${settings.requires}.` };
  return setOwners(passage, set);
}

function setOwners(passage: Passage, set: { readonly space?: string; readonly user?: string }): Rejection | null {
  if (set.space !== undefined) {
    const space = toId(set.space);
    if (space === null) return unknownSpace(DIGITS.test(set.space) ? set.space : "that the rule gives");
    passage.space = space;
    passage.namesSpace = true;
  }
  // Somebody who was not logged in is nobody: `-` is no user.
  if (set.user !== undefined && set.user !== "") {
    const user = toId(set.user);
    if (user === null) return { reason: "unknown-user", detail: "What the rule gives as user is no user's id." };
    passage.user = user;
  }
  return null;
}

/** Only of these the detail of a refusal, which is kept, may say what was given: `{user}` may be somebody's address. */
const DIGITS = /^[0-9]{1,20}$/;

const ID = /^[1-9][0-9]{0,15}$/;

function toId(text: string): number | null {
  const id = ID.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(id) ? id : null;
}

/** The rules of a source are prepared once, and again when they change: then its settings are another object. */
function rulesOf(passage: Passage, { known }: StepContext): LineRules {
  const source = settingsOf(passage);
  const key = thingKey(source.organization, source.name);
  const prepared = known.rules.get(key);
  if (prepared?.from === source) return prepared.rules;
  const rules = buildLineRules(source.settings.rules);
  known.rules.set(key, { from: source, rules });
  return rules;
}
