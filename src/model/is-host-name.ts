/**
 * Text → whether it is a host name alone. Whether such a host exists is not known here.
 */

/** Characters of a host name, at most: the 255 bytes of RFC 1035, section 2.3.4, without the two that text has not. */
const HOST_NAME_CHARS_MAX = 253;

/** What isHostName takes, in words for a refusal: "must be …". */
export const HOST_NAME_RULE = "a host name without scheme, port and path, as in cdn.example.com";

/**
 *   cdn.example.com   [2001:db8::7]
 *   What is not ASCII is in neither: the parser makes another name of some letters that in small letters are the same (the
 *   sign of kelvin: k).
 */
const NAME_OR_ADDRESS = /^(?:[a-z0-9._-]+|\[[a-f0-9:.]+\])$/i;

/**
 * True for a host name or an address (IPv6 in brackets) with nothing around it, in either case of letters. The URL
 * parser alone is not enough: it lets pass what belongs before and after a host name, and drops or changes it; and to it
 * `AccountName=acme;AccountKey=secret` is a name like any other.
 */
export function isHostName(text: string): boolean {
  if (!NAME_OR_ADDRESS.test(text)) return false;
  if (text.length > HOST_NAME_CHARS_MAX) return false;
  // Parsed once, not asked first whether it can be: every bucket of a list is looked at.
  return URL.parse(`http://${text}`)?.hostname === text.toLowerCase();
}
