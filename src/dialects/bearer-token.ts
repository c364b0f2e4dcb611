/**
 * Authorization header → the token in it. For vendors whose clients use the Bearer scheme.
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
