/**
 * What a schema check found, as a sentence for the person who sent the request: which parameter, and what it should be.
 */
import type { FastifyError } from "fastify";

/** The parts of a JSON schema that are put in words; TypeBox's schemas have this shape. */
export type WordedSchema = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly WordedSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly description?: string;
  readonly items?: WordedSchema;
  readonly properties?: Readonly<Record<string, WordedSchema>>;
};

/** One finding of ajv, the validator that Fastify uses. */
type Finding = {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
};

/** `Parameter limit should be an integer from 1 to 100.` `schema` is the object schema that the check ran with. */
export function toValidationMessage(error: Pick<FastifyError, "validation">, schema: WordedSchema | undefined): string {
  const finding = error.validation?.[0] as Finding | undefined;
  if (finding === undefined) return "The request is not valid.";
  if (finding.keyword === "additionalProperties") {
    const known = Object.keys(schema?.properties ?? {});
    const name = String(finding.params.additionalProperty);
    return `Parameter ${name} is not known here; known: ${known.join(", ") || "none"}.`;
  }
  const name = finding.keyword === "required" ? String(finding.params.missingProperty) : readName(finding.instancePath);
  const expected = schema?.properties?.[name];
  const words = expected === undefined ? (finding.message ?? "valid") : describeExpected(expected);
  return finding.keyword === "required"
    ? `Parameter ${name} is required: ${words}.`
    : `Parameter ${name} should be ${words}.`;
}

/** The parameter's name in a JSON pointer: `/metric/0` is about `metric`. */
function readName(instancePath: string): string {
  return (instancePath.split("/")[1] ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
}

/** What a value of this schema looks like: `an integer from 1 to 100`, `one of hour, day`. */
function describeExpected(schema: WordedSchema): string {
  const choices = listChoices(schema);
  if (choices !== null) return choices.length === 1 ? String(choices[0]) : `one of ${choices.join(", ")}`;
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeExpected).join(" or ");
  switch (schema.type) {
    case "integer":
      return `an integer${describeRange(schema)}`;
    case "number":
      return `a number${describeRange(schema)}`;
    case "boolean":
      return "true or false";
    case "array":
      return schema.items === undefined ? "a list" : `a list, each ${describeExpected(schema.items)}`;
    default:
      return describeText(schema);
  }
}

function listChoices(schema: WordedSchema): readonly unknown[] | null {
  if (schema.enum !== undefined) return schema.enum;
  if (schema.const !== undefined) return [schema.const];
  const constants = schema.anyOf?.map((branch) => branch.const);
  return constants?.every((constant) => constant !== undefined) ? constants : null;
}

function describeRange({ minimum, maximum }: WordedSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? "" : ` of at most ${maximum}`;
}

function describeText({ minLength, maxLength, pattern, description }: WordedSchema): string {
  if (pattern !== undefined) return `text matching ${pattern}`;
  if (maxLength !== undefined) return `text of ${minLength ?? 0} to ${maxLength} characters`;
  if (minLength !== undefined) return `text of at least ${minLength} characters`;
  return description === undefined ? "text" : `text: ${description.replace(/\.$/, "")}`;
}
