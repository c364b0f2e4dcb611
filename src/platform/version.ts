/**
 * The version of the program.
 */
import { readFileSync } from "node:fs";

/** The package's version; package.json lies one folder above src/ and above dist/ alike. */
export function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
