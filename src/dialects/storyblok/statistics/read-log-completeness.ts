/**
 * Reads up to when the logs that feed the spaces of an organization have been received.
 */
import type { DialectDeps } from "../../dialect.ts";
import { buildLogCompleteness, type LogCompleteness } from "./log-completeness.ts";

/** The completeness of an organization's logs at `nowMs`. Ask it before the numbers that it is to stand beside. */
export async function readLogCompleteness(
  { catalog, readSourceCounts }: Pick<DialectDeps, "catalog" | "readSourceCounts">,
  organization: number,
  nowMs: number,
): Promise<LogCompleteness> {
  const sources = await catalog.listSources(organization);
  // Only logs have watermarks, and reading the counts takes longer than most answers.
  const hasLogs = sources.some(({ tracksWatermark }) => tracksWatermark);
  return buildLogCompleteness(sources, hasLogs ? await readSourceCounts(organization) : [], nowMs);
}
