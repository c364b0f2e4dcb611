/**
 * The mapping rules of a source, ready to use: a request of a log -> what the first rule that matches says of it.
 */
import type { CacheResult, MappingRule, RuleSet } from "../../model/source-settings.ts";
import type { LineRequest } from "../access-log/parse-request.ts";
import { parseTextPattern, type TextPattern } from "./text-pattern.ts";

/** What the rules say of a line: to leave it out, or what to set, with all names filled in. */
export type RuleAnswer = { readonly ignore: true } | { readonly ignore: false; readonly set: RuleSet };

/** Answers null where no rule matches. */
export type LineRules = (request: LineRequest) => RuleAnswer | null;

type Names = Readonly<Record<string, string>>;

type ReadyRule = {
  readonly host: TextPattern | null;
  readonly path: TextPattern | null;
  readonly bucket: TextPattern | null;
  readonly method: readonly string[] | null;
  readonly status: { readonly from: number; readonly to: number } | null;
  readonly cache: CacheResult | null;
  readonly rule: MappingRule;
};

/** Prepares rules that parse-rules.ts has accepted. Throws for others: a defect, they are checked where they come in. */
export function buildLineRules(rules: readonly MappingRule[]): LineRules {
  const ready = rules.map(prepare);
  return (request) => {
    for (const rule of ready) {
      const names = matchRule(rule, request);
      if (names === null) continue;
      if (rule.rule.ignore === true) return { ignore: true };
      return { ignore: false, set: fillIn(rule.rule.set, names, request) };
    }
    return null;
  };
}

/** True when a rule needs to know whom the server knew the client as, which is read only then. */
export function namesUser(rules: readonly MappingRule[]): boolean {
  return rules.some((rule) => rule.ignore !== true && Object.values(rule.set).some((text) => text.includes("{user}")));
}

function prepare(rule: MappingRule): ReadyRule {
  const { host, path, bucket, method = null, status = null, cache = null } = rule.match;
  const patternOf = (text: string | undefined, separator: "/" | ".") => {
    const pattern = text === undefined ? null : parseTextPattern(text, separator);
    if (typeof pattern === "string") throw new Error(`A rule was not checked: ${pattern}`);
    return pattern;
  };
  const hosts = patternOf(host?.toLowerCase(), ".");
  return { host: hosts, path: patternOf(path, "/"), bucket: patternOf(bucket, "."), method, status, cache, rule };
}

const NO_NAMES: Names = {};

/** What the patterns have caught, or null when anything of the rule does not match. */
function matchRule(rule: ReadyRule, request: LineRequest): Names | null {
  const { status } = request;
  if (rule.method !== null && !rule.method.includes(request.method)) return null;
  if (rule.status !== null && (status === null || status < rule.status.from || status > rule.status.to)) return null;
  if (rule.cache !== null && request.cache !== rule.cache) return null;
  let names = NO_NAMES;
  for (const [pattern, text] of [
    [rule.host, request.host],
    [rule.path, request.path],
    [rule.bucket, request.bucket],
  ] as const) {
    if (pattern === null) continue;
    const caught = text === null ? null : pattern.match(text);
    if (caught === null) return null;
    names = { ...names, ...caught };
  }
  return names;
}

function fillIn(set: RuleSet, names: Names, request: LineRequest): RuleSet {
  const filled: Record<string, string> = {};
  for (const [field, text] of Object.entries(set)) {
    filled[field] = text.replace(/\{([^{}]*)\}/g, (_, name: string) => names[name] ?? nameOfLine(name, request));
  }
  return filled as RuleSet;
}

function nameOfLine(name: string, request: LineRequest): string {
  const { host, method, path, bucket, user } = request;
  return ({ host, method, path, bucket, user } as Readonly<Record<string, string | null>>)[name] ?? "";
}
