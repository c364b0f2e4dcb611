/**
 * The fixtures of a vendor: requests and the answers to them, taken from the page that each of them names.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One case: what is asked and what is answered. */
export type Fixture = {
  readonly name: string;
  readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly response: { readonly status: number; readonly body: unknown };
};

const REQUEST = ".request.json";

/** Every case of a folder by name: `<name>.request.json` with `<name>.response.json`. */
export function readFixtures(folder: string): readonly Fixture[] {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));
  const names = readdirSync(folder).flatMap((file) => (file.endsWith(REQUEST) ? [file.slice(0, -REQUEST.length)] : []));
  return names
    .sort()
    .map((name) => ({ name, request: read(`${name}${REQUEST}`), response: read(`${name}.response.json`) }));
}
