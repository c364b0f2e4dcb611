/**
 * Takes the escapes off a logged field. nginx writes `"`, `\`, control bytes and 0x7f to 0xff as \xHH; Apache writes \"
 * and \\, \n \t and so on, and \xhh for other bytes.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_log_module.html and
 *      https://httpd.apache.org/docs/current/mod/mod_log_config.html "Format Notes", read 2026-11-20
 */

const BACKSLASH = 0x5c;

/** What Apache writes for single bytes, by the letter behind the backslash. */
const LETTERS = new Map([
  [0x22, 0x22],
  [0x5c, 0x5c],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x76, 0x0b],
]);

/**
 * The field's bytes as they were sent: the same Buffer where nothing is escaped. A backslash before anything else stays,
 * because servers before Apache 2.0.46 escaped nothing.
 */
export function unescapeField(field: Buffer): Buffer {
  let from = field.indexOf(BACKSLASH);
  if (from === -1) return field;
  const plain = Buffer.allocUnsafe(field.length);
  let length = field.copy(plain, 0, 0, from);
  while (from < field.length) {
    const byte = field[from] as number;
    const letter = byte === BACKSLASH ? LETTERS.get(field[from + 1] ?? 0) : undefined;
    const code = byte === BACKSLASH && field[from + 1] === 0x78 ? hexByte(field, from + 2) : -1;
    if (code >= 0) {
      plain[length++] = code;
      from += 4;
    } else if (letter !== undefined) {
      plain[length++] = letter;
      from += 2;
    } else {
      plain[length++] = byte;
      from += 1;
    }
  }
  return plain.subarray(0, length);
}

/** The byte that two hex digits at `at` write, or -1. */
export function hexByte(bytes: Buffer, at: number): number {
  const high = hexDigit(bytes[at]);
  const low = hexDigit(bytes[at + 1]);
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
