/**
 * Finds bytes that no line of text has: what is behind them is not what it looks like.
 */

/**
 * True when no line in these bytes can have foreign ones: asked once for many lines, it takes next to nothing, and logs have
 * such bytes in none of a million lines.
 */
export function isPlainText(bytes: Buffer): boolean {
  return bytes.indexOf(0) === -1 && bytes.indexOf(0x1f) === -1 && bytes.indexOf(0x03) === -1;
}

/** What is foreign in the line, as a sentence; null for text. NUL bytes are left by a crash, archive headers by `cat`. */
export function findForeignBytes(bytes: Buffer): string | null {
  if (bytes.indexOf(0) !== -1) return "The line has a NUL byte.";
  for (let at = bytes.indexOf(0x1f); at !== -1; at = bytes.indexOf(0x1f, at + 1)) {
    if (bytes[at + 1] === 0x8b) return "The line has a gzip header.";
  }
  for (let at = bytes.indexOf(0x03); at !== -1; at = bytes.indexOf(0x03, at + 1)) {
    if (bytes[at + 1] === 0x04 && bytes[at - 1] === 0x4b && bytes[at - 2] === 0x50) return "The line has a zip header.";
  }
  return null;
}
