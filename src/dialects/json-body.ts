/**
 * A parsed body → the JSON object in it. For vendors whose endpoints take one object.
 */
import { AppError } from "../platform/errors.ts";

/** The fields of the body; throws `request/body-malformed` for none, for a list, a number or a form. */
export function readJsonObject(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === "object" && body !== null && !Array.isArray(body) && !(body instanceof URLSearchParams)) {
    return body as Readonly<Record<string, unknown>>;
  }
  throw new AppError("request/body-malformed", "The body must be one JSON object.");
}
