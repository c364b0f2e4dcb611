/**
 * TypeBox schemas of Flashback's answers, for OpenAPI only: nothing is checked or printed by them.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import { type TSchema, Type } from "typebox";

/** An integer of any length as text. */
export function buildDecimalSchema(description: string) {
  return Type.String({ pattern: "^-?[0-9]+$", description });
}

/** The body of every error. */
const ErrorSchema = Type.Object({ success: Type.Literal(false), message: Type.String() });

/** The responses of a statistics endpoint that answers `schema`. */
export function buildResponses(
  schema: TSchema,
  description: string,
): Readonly<Record<number, { readonly description: string; readonly schema: TSchema }>> {
  return {
    200: { description, schema },
    400: { description: "A bad parameter.", schema: ErrorSchema },
    401: { description: "No valid token.", schema: ErrorSchema },
    403: { description: "The token has no right to read statistics.", schema: ErrorSchema },
  };
}

/** Responses of an endpoint that names things: also 404, and whatever else it may answer with an error. */
export function buildMoreResponses(
  schema: TSchema,
  words: {
    readonly description: string;
    readonly notFound?: string;
    readonly others?: Readonly<Record<number, string>>;
  },
): Readonly<Record<number, { readonly description: string; readonly schema: TSchema }>> {
  const others = Object.entries({
    ...(words.notFound === undefined ? {} : { 404: `Unknown or of another organization: ${words.notFound}` }),
    ...words.others,
  });
  return {
    ...buildResponses(schema, words.description),
    ...Object.fromEntries(others.map(([status, description]) => [status, { description, schema: ErrorSchema }])),
  };
}
