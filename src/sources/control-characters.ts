/**
 * Tells text that would break lists, terminals and exports from text that is safe to show.
 */

/** C0 and C1 control characters and DEL: Unicode's category Cc. */
const CONTROL = /\p{Cc}/u;

/** True when the text has a control character, line ends included. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text);
}
