/**
 * UsageEvent -> UsageRow: gives a fact the identity under which it is counted once. Pure; knows neither storage nor time.
 */
import { hash } from "node:crypto";
import type { UsageEvent } from "../model/usage-event.ts";
import { IDENTITY_BYTES, type UsageRow } from "../model/usage-row.ts";

/**
 * The row that is stored for `event`: the same measures, kind and names, exactly as the event says them, with the id
 * reduced to its identity. Throws nothing: an event that reached this stage is valid (sources/pipeline.ts).
 */
export function measure(event: UsageEvent): UsageRow {
  return {
    identity: identityOf(event.organization, event.source, event.id),
    source: event.source,
    timeMs: event.timeMs,
    organization: event.organization,
    kind: event.kind,
    space: event.space,
    user: event.user,
    bucket: event.bucket,
    asset: event.asset,
    operation: event.operation,
    count: event.count,
    bytesIn: event.bytesIn,
    bytesOut: event.bytesOut,
    sizeDelta: event.sizeDelta,
    objectsDelta: event.objectsDelta,
  };
}

/**
 * The first IDENTITY_BYTES bytes of SHA-256 over `<organization> <length of source> <source><id>`. The length stands
 * in front because a separator alone would make ("a b", "c") and ("a", "b c") one identity, and one of two events would
 * be lost. Both texts must be well-formed Unicode: lone surrogates all become the same three bytes in UTF-8.
 *
 * Asks for the digest as text and copies 12 codes of it: as a Buffer the same call takes three times as long.
 */
export function identityOf(organization: number, source: string, id: string): Uint8Array {
  const identity = new Uint8Array(IDENTITY_BYTES);
  writeIdentity({ organization, source, id }, identity, 0);
  return identity;
}

/** Writes the identity of an event into `bytes` from `at` on. */
export function writeIdentity(
  { organization, source, id }: Pick<UsageEvent, "organization" | "source" | "id">,
  bytes: Uint8Array,
  at: number,
): void {
  const digest = hash("sha256", `${organization} ${source.length} ${source}${id}`, "binary");
  for (let i = 0; i < IDENTITY_BYTES; i++) bytes[at + i] = digest.charCodeAt(i);
}
