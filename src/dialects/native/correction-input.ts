/**
 * The body of a request to correct usage -> what it asks. Strict: a correction that is misread changes the wrong numbers.
 */
import type { CorrectionRequest } from "../../model/correction.ts";
import { parseDay, parseTime } from "../../model/time-range.ts";
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";

/** The longest reason in characters. */
const REASON_LENGTH_MAX = 1_000;

/** Every field of the body. */
const NAMES = new Set(["action", "source", "ids", "start", "end", "events", "reason", "dry_run"]);

type Body = { readonly [name: string]: unknown };

/** Reads the body. Throws `request/invalid` with the field and what it must be. */
export function readCorrectionRequest(value: unknown, principal: Principal, recordsMax: number): CorrectionRequest {
  const body = readObject(value);
  const unknown = Object.keys(body).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw invalid(`There is no field ${JSON.stringify(unknown.slice(0, 60))}.`);
  const { dry_run: isPreview = false } = body;
  if (typeof isPreview !== "boolean") throw invalid("dry_run must be true or false.");
  return {
    organization: principal.organization,
    change: readChange(body, recordsMax),
    reason: readReason(body),
    author: authorOf(principal),
    isPreview,
  };
}

/** Who asks, as it is kept: the token's id and name. */
export function authorOf({ id, name }: Principal): string {
  return `${id} ${name}`;
}

/** The reason in a body: text that says something. */
export function readReason(value: unknown): string {
  const { reason } = readObject(value);
  if (typeof reason === "string" && reason.trim() !== "" && reason.length <= REASON_LENGTH_MAX) return reason;
  throw invalid(`reason must be a text of 1 to ${REASON_LENGTH_MAX} characters.`);
}

function readChange(body: Body, recordsMax: number): CorrectionRequest["change"] {
  if (body.action === "replace") {
    refuse(body, ["source", "ids", "start", "end"], "replace takes its events' own source and ids");
    return { action: "replace", events: readList(body, "events", recordsMax) };
  }
  if (body.action !== "void") throw invalid("action must be void or replace.");
  refuse(body, ["events"], "void takes source and ids, or source, start and end");
  const { source } = body;
  if (!isName(source)) throw invalid("source must name the source of the events.");
  if (body.ids !== undefined) {
    refuse(body, ["start", "end"], "ids or a range, not both");
    const ids = readList(body, "ids", recordsMax);
    if (!ids.every(isName)) throw invalid("ids must be well-formed texts that are not empty.");
    return { action: "void", source, target: { by: "ids", ids } };
  }
  const [startMs, endMs] = [readTime(body, "start"), readTime(body, "end")];
  if (startMs >= endMs) throw invalid("start must lie before end.");
  return { action: "void", source, target: { by: "range", startMs, endMs } };
}

/**
 * True for what an event can have as source or id. Lone surrogates all become U+FFFD in UTF-8, which identities are made of:
 * the id "\ud800" would void the event with the id "\ufffd".
 */
function isName(text: unknown): text is string {
  return typeof text === "string" && text !== "" && text.isWellFormed();
}

function readObject(value: unknown): Body {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Body;
  throw invalid("The body must be a JSON object.");
}

function refuse(body: Body, names: readonly string[], why: string): void {
  const given = names.find((name) => body[name] !== undefined);
  if (given !== undefined) throw invalid(`${given} has no place here: ${why}.`);
}

function readList(body: Body, name: string, lengthMax: number): readonly unknown[] {
  const list = body[name];
  if (Array.isArray(list) && list.length >= 1 && list.length <= lengthMax) return list;
  throw invalid(`${name} must be a list of 1 to ${lengthMax} items.`);
}

function readTime(body: Body, name: string): number {
  const text = body[name];
  const timeMs = typeof text === "string" ? (parseDay(text) ?? parseTime(text)) : null;
  if (timeMs !== null) return timeMs;
  throw invalid(`${name} must be a day (UTC) such as 2026-03-01 or a time with its zone such as 2026-03-01T08:30:00Z.`);
}

function invalid(message: string): AppError {
  return new AppError("request/invalid", message);
}
