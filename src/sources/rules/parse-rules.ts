/**
 * JSON -> the mapping rules of a source, or sentences that say what is wrong with it. All problems are said together.
 */
import { CACHE_RESULTS, type MappingRule, type RuleMatch, type RuleSet } from "../../model/source-settings.ts";
import { USAGE_KINDS } from "../../model/usage-event.ts";
import { METHOD } from "../access-log/to-request.ts";
import { parseTextPattern } from "./text-pattern.ts";

/** Rules of one source, at most: each line is held against them in turn. */
const RULES_MAX = 200;

/** Texts of a rule, at most so long. */
const TEXT_LENGTH_MAX = 1_024;

const MATCH_FIELDS = ["host", "method", "path", "bucket", "status", "cache"] as const;
const SET_FIELDS = ["kind", "space", "bucket", "user", "asset", "operation"] as const;

/** What rules may name beside what their patterns catch. */
export const LINE_NAMES = ["host", "method", "path", "bucket", "user"] as const;

/** The rules, or what is wrong: one sentence each, which begins with where it is. */
export function parseRules(value: unknown): {
  readonly rules: readonly MappingRule[];
  readonly problems: readonly string[];
} {
  if (!Array.isArray(value)) return { rules: [], problems: ["Rules must be a list."] };
  if (value.length > RULES_MAX) return { rules: [], problems: [`A source has at most ${RULES_MAX} rules.`] };
  const problems: string[] = [];
  const rules = value.map((rule: unknown, index) => {
    const say = (problem: string) => problems.push(`Rule ${index + 1}: ${problem}`);
    return parseRule(rule, say);
  });
  return { rules: problems.length === 0 ? rules : [], problems };
}

type Say = (problem: string) => void;

function parseRule(value: unknown, say: Say): MappingRule {
  const rule = asObject(value);
  if (rule === null) say("it must be an object with match, and set or ignore.");
  refuseOthers(rule, ["match", "set", "ignore"], "the rule", say);
  const names = new Set<string>(LINE_NAMES);
  const match = parseMatch(rule?.match ?? {}, names, say);
  if (rule?.ignore === true) {
    if (rule.set !== undefined) say("it has both set and ignore.");
    return { match, ignore: true };
  }
  if (rule?.ignore !== undefined && rule.ignore !== false) say("ignore must be true or false.");
  return { match, set: parseSet(rule?.set, names, say) };
}

function parseMatch(value: unknown, names: Set<string>, say: Say): RuleMatch {
  const match = asObject(value);
  if (match === null) say("match must be an object.");
  refuseOthers(match, MATCH_FIELDS, "match", say);
  const parsed: { -readonly [Field in keyof RuleMatch]: Exclude<RuleMatch[Field], undefined> } = {};
  for (const field of ["host", "path", "bucket"] as const) {
    const pattern = match?.[field];
    if (pattern === undefined) continue;
    const read =
      typeof pattern === "string"
        ? (findHopeless(field, pattern) ?? parseTextPattern(pattern, field === "path" ? "/" : "."))
        : "It must be text.";
    if (typeof read === "string") say(`${field}: ${read}`);
    else for (const name of read.names) names.add(name);
    parsed[field] = String(pattern);
  }
  if (match?.method !== undefined) {
    const methods = [match.method].flat().map((method) => (typeof method === "string" ? method.toUpperCase() : ""));
    if (methods.length > 0 && methods.every((method) => METHOD.test(method))) parsed.method = methods;
    else say("method must be a method such as GET, or a list of them.");
  }
  if (match?.status !== undefined) {
    const status = parseStatusRange(match.status);
    if (status === null) say('status must be a number such as 200, or a range such as "200-399".');
    else parsed.status = status;
  }
  if (match?.cache !== undefined) {
    const cache = CACHE_RESULTS.find((result) => result === match.cache);
    if (cache === undefined) say(`cache must be one of ${CACHE_RESULTS.join(", ")}.`);
    else parsed.cache = cache;
  }
  return parsed;
}

// `…:8080`, `…:*`, `…:{port}`; not the end of an address such as [::1]
const HOST_WITH_PORT = /^(?:[^:]*|\[.*\]):(?:\d+|\*+|\{[^{}]*\})$/;

/** Why a pattern can match no line, as what to write; null for one that may. Nobody would see that such a rule does nothing. */
function findHopeless(field: "host" | "path" | "bucket", pattern: string): string | null {
  if (field === "host" && (pattern.includes("/") || HOST_WITH_PORT.test(pattern))) {
    return "write the host alone, such as cdn.example.com: lines are compared without scheme, port and path.";
  }
  if (field === "path" && pattern.includes("?")) {
    return "lines are compared without their query: leave ? and what follows out. For a ? in a name write *.";
  }
  return null;
}

function parseSet(value: unknown, names: ReadonlySet<string>, say: Say): RuleSet {
  const set = asObject(value);
  if (set === null) say("set must be an object, or ignore must be true.");
  refuseOthers(set, SET_FIELDS, "set", say);
  const parsed: { -readonly [Field in keyof RuleSet]: RuleSet[Field] } = {};
  if (set?.kind !== undefined) {
    const kind = USAGE_KINDS.find((known) => known === set.kind);
    if (kind === undefined) say(`kind must be one of ${USAGE_KINDS.join(", ")}.`);
    else parsed.kind = kind;
  }
  for (const field of ["space", "bucket", "user", "asset", "operation"] as const) {
    const text = set?.[field];
    if (text === undefined) continue;
    if (
      (typeof text !== "string" && typeof text !== "number") ||
      String(text).length > TEXT_LENGTH_MAX ||
      text === ""
    ) {
      say(`${field} must be a text or number of at most ${TEXT_LENGTH_MAX} characters.`);
      continue;
    }
    for (const [, name = ""] of String(text).matchAll(/\{([^{}]*)\}/g)) {
      if (!names.has(name)) say(`${field} names {${name}}, which no pattern of the rule catches.`);
    }
    parsed[field] = String(text);
  }
  return parsed;
}

const RANGE = /^([1-9]\d\d)(?:-([1-9]\d\d))?$/;

function parseStatusRange(value: unknown): NonNullable<RuleMatch["status"]> | null {
  // What was read once is stored as bounds and read again.
  const bounds = asObject(value);
  if (bounds !== null) return parseStatusRange(`${bounds.from}-${bounds.to}`);
  const match = RANGE.exec(String(value));
  if (match === null) return null;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from <= to ? { from, to } : null;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function refuseOthers(
  value: Readonly<Record<string, unknown>> | null,
  known: readonly string[],
  what: string,
  say: Say,
): void {
  for (const name of Object.keys(value ?? {})) if (!known.includes(name)) say(`${what} has no field ${name}.`);
}
