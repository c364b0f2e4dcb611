/**
 * The body of a login → e-mail address and password. Several vendors take the same two fields.
 */
import { AppError } from "../platform/errors.ts";
import { readJsonObject } from "./json-body.ts";

/** What somebody logs in with, exactly as sent. */
export type Credentials = { readonly email: string; readonly password: string };

/** Reads the body; throws `request/body-malformed`, or `request/invalid` when a field is missing, empty or no text. */
export function readCredentials(body: unknown): Credentials {
  const { email, password } = readJsonObject(body);
  if (typeof email === "string" && email !== "" && typeof password === "string" && password !== "") {
    return { email, password };
  }
  throw new AppError("request/invalid", "email and password are required");
}
