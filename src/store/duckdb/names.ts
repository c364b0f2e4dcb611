/**
 * The directory of repeated texts (usage_name) in memory: numbers are given here and written by the running commit.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { assertInvariant } from "../../platform/errors.ts";
import type { NameDirectory } from "./flavor.ts";

/** A directory that can take new names. Only the writer calls `ensure`, `settle` and `forget`. */
export interface WritableNames extends NameDirectory {
  /** The number of a name, a new one if it has none; 0 for the empty text. */
  ensure(name: string): number;
  /** Names given a number since the last `settle` or `forget`: what the running commit has to write. */
  unwritten(): readonly { readonly id: number; readonly name: string }[];
  /** The commit has written them. */
  settle(): void;
  /** The commit was rolled back: their numbers are free again, or a number would stand for two texts. */
  forget(): void;
}

/** Reads all names. A million of them would take about 100 MB; sources, buckets and operations are all bounded. */
export async function readNames(connection: DuckDBConnection): Promise<WritableNames> {
  const ids = new Map<string, number>();
  const texts: string[] = [""];
  const stored = await connection.runAndReadAll("SELECT id, name FROM usage_name ORDER BY id");
  for (const [id, name] of stored.getRows()) {
    assertInvariant(id === texts.length, "usage_name numbers its names without gaps");
    ids.set(String(name), texts.push(String(name)) - 1);
  }
  let writtenCount = texts.length;
  return {
    id: (name) => ids.get(name),
    text: (id) => texts[id] ?? "",
    ensure: (name) => {
      if (name === "") return 0;
      const known = ids.get(name);
      if (known !== undefined) return known;
      const id = texts.push(name) - 1;
      ids.set(name, id);
      return id;
    },
    unwritten: () => texts.slice(writtenCount).map((name, index) => ({ id: writtenCount + index, name })),
    settle: () => {
      writtenCount = texts.length;
    },
    forget: () => {
      for (const name of texts.splice(writtenCount)) ids.delete(name);
    },
  };
}
