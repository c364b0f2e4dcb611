/**
 * Names of folders and tags.
 */
import { isClean } from "./assets/asset-fields.ts";
import { readTextValue } from "./wire-values.ts";

/** Characters (Unicode code points) of a name; what the catalogue takes. */
const NAME_CHARS_MAX = 255;

/** The name without blanks around it, or what is wrong with it. */
export function readName(value: unknown): string | { readonly fault: string } {
  const read = readTextValue(value);
  if (read === "invalid") return { fault: "is invalid" };
  const name = read === "absent" ? "" : read.value.trim();
  if (name === "") return { fault: "can't be blank" };
  if (!isClean(name)) return { fault: "is invalid" };
  if ([...name].length > NAME_CHARS_MAX) {
    return { fault: `is too long (maximum is ${NAME_CHARS_MAX} characters)` };
  }
  return name;
}
