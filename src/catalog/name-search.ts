/**
 * Looks for a part of a name, for lists that are read whole anyway: folders and tags of one space.
 */

/** Whether `name` contains `text`, ignoring case in every script. Accents count: e is not é. */
export function containsText(name: string, text: string): boolean {
  return name.toLowerCase().includes(text.toLowerCase());
}
