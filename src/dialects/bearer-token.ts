/**
 * Authorization header → the token in it: with the Bearer scheme, or as it is for senders that may leave the scheme out.
 */

/** `Bearer` and the token: any spelling of the scheme's name, spaces around the token are no part of it. */
const BEARER = /^bearer +(\S+) *$/i;

/**
 * The token of an Authorization header; null without a header, with another scheme or without a token.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 (the form of the header)
 */
export function parseBearerToken(header: string | undefined): string | null {
  return BEARER.exec(header ?? "")?.[1] ?? null;
}

/** The token of an Authorization header, with or without the scheme's name; null without one. */
export function parseTokenWithOrWithoutBearer(header: string | undefined): string | null {
  const raw = header?.trim() ?? "";
  return parseBearerToken(raw) ?? (raw === "" ? null : raw);
}
