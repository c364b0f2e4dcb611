/**
 * Rows of comma-separated values in quotes: where one ends, and its values.
 */

const QUOTE = 0x22;

/** True when a quoted value is still open at the end of the bytes, so that the row goes on in the next line. */
export function hasOpenQuote(bytes: Buffer): boolean {
  let quotes = 0;
  for (let at = bytes.indexOf(QUOTE); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) quotes += 1;
  return quotes % 2 === 1;
}

/** The values of a row, `""` inside of quotes being a quote; null when text stands beside the quotes of a value. */
export function parseCsvRow(text: string): string[] | null {
  const values: string[] = [];
  for (let at = 0; ; ) {
    let value = "";
    if (text[at] === '"') {
      const end = endOfQuoted(text, at + 1);
      if (end === -1) return null;
      value = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      const comma = text.indexOf(",", at);
      const end = comma === -1 ? text.length : comma;
      value = text.slice(at, end);
      if (value.includes('"')) return null;
      at = end;
    }
    values.push(value);
    if (at === text.length) return values;
    if (text[at] !== ",") return null;
    at += 1;
  }
}

/** Where the quote stands that closes a value, or -1. */
function endOfQuoted(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}
