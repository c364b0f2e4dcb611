/**
 * Answered requests <-> lines of a segment: one line of JSON per fact of usage.
 */
import type { ServedRequest } from "../../model/served-request.ts";

/** The name of the source in every organization: part of the identity of its events, so never changed. */
export const OWN_TRAFFIC = "own-traffic";

/** One line: the organization, and a CloudEvents object that lacks only its id, which comes from the line's place. */
export type ServedLine = {
  readonly organization: number;
  readonly event: Readonly<Record<string, unknown>> & { readonly data: Readonly<Record<string, unknown>> };
};

/** The lines of one answered request, each with its line end. */
export function toLines({ timeMs, api, bytesIn, bytesOut, usage }: ServedRequest): string {
  const time = new Date(timeMs).toISOString();
  let lines = "";
  if (api !== null) {
    lines += toLine("api", time, {
      organization: api.organization,
      space_id: api.space,
      user_id: api.user,
      operation: api.operation,
      bytes_in: bytesIn,
      bytes_out: bytesOut,
    });
  }
  for (const fact of usage) {
    lines += toLine(fact.kind, time, {
      organization: fact.organization,
      space_id: fact.space,
      user_id: fact.user,
      asset_id: fact.asset,
      operation: fact.operation,
      count: fact.count,
      bytes_in: fact.bytesIn,
      bytes_out: fact.kind === "delivery" ? bytesOut : 0,
      size_delta: fact.sizeDelta,
      objects_delta: fact.objectsDelta,
    });
  }
  return lines;
}

function toLine(
  kind: string,
  time: string,
  { organization, ...data }: { organization: number; [name: string]: unknown },
) {
  const event = { specversion: "1.0", source: OWN_TRAFFIC, type: `assetmeter.${kind}`, time, data };
  return `${JSON.stringify({ organization, event })}\n`;
}

/** A line as it was written; null for one that is damaged, as the last one of a machine that lost its power may be. */
export function parseServedLine(text: string): ServedLine | null {
  try {
    const line = JSON.parse(text) as ServedLine;
    const isWhole = Number.isSafeInteger(line?.organization) && typeof line.event?.data === "object";
    return isWhole && line.event.data !== null ? line : null;
  } catch {
    // Counted and logged by the caller, which knows where the line stands.
    return null;
  }
}
