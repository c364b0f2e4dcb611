/**
 * Bodies of Flashback's answers → what the tests compare.
 */
import { A, B, C } from "./worked-example.contract.ts";

/** A row of any answer. */
export type Row = Readonly<Record<string, string | number>>;

/** The rows of an answer with totals. */
export const statsOf = (body: unknown): readonly Row[] => (body as { readonly stats: readonly Row[] }).stats;
/** What they are of, in their order. */
export const idsOf = (body: unknown, field = "bucketId"): readonly unknown[] => statsOf(body).map((row) => row[field]);

/** The rows of a daily answer as `timestamp bucket up/down/size`. */
export function toDays(body: unknown): readonly string[] {
  const names: Readonly<Record<string, string>> = { [A]: "A", [B]: "B", [C]: "C" };
  return (body as { readonly data: readonly Row[] }).data.map(
    (row) => `${row.timestamp} ${names[String(row.bucketId)]} ${row.upl_bytes}/${row.dwl_bytes}/${row.size_change}`,
  );
}
