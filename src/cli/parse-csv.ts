/**
 * CSV text to records, for printing a query's answer as a table.
 */

/** One field with what ends it: `"quoted ""text"""` or plain, then a comma, a line end or the end of the text. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/y;

/**
 * Parses RFC 4180 text into one object per record, keyed by the first record's fields. Empty text gives none.
 * Throws nothing: what does not have the form ends the reading.
 * @see https://www.rfc-editor.org/rfc/rfc4180 section 2, read 2026-11-20
 */
export function parseCsv(text: string): readonly Readonly<Record<string, string>>[] {
  const [header, ...records] = splitRecords(text);
  if (header === undefined) return [];
  return records.map((fields) => Object.fromEntries(header.map((name, index) => [name, fields[index] ?? ""])));
}

function splitRecords(text: string): string[][] {
  const records: string[][] = [];
  let fields: string[] = [];
  const field = new RegExp(FIELD);
  for (let more = text !== ""; more; ) {
    const match = field.exec(text);
    if (match === null) break;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === ",") continue;
    records.push(fields);
    fields = [];
    more = field.lastIndex < text.length;
  }
  return records;
}
