/**
 * Tells text that would break lists, terminals and exports from text that is safe to show.
 */

/** C0 and C1 control characters and DEL: Unicode's category Cc. */
const CONTROL = /\p{Cc}/u;

/** True when the text has a control character, line ends included. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text);
}

/** True when the text has only ASCII characters from the space to the tilde: each is a byte of UTF-8, and safe to show. */
export function isPrintableAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
