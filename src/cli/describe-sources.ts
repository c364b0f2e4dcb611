/**
 * What the sources have sent, asked of the server that has the store open, for every organization.
 */
import type { AppAccess, UsageDescription } from "./app-access.ts";
import { assertAnswered, sendRequest, withServerToken } from "./server-client.ts";
import type { ServerRecord } from "./server-file.ts";

/** One source of one organization and its counts. */
export type DescribedSource = UsageDescription["sources"][number];

/** The part of an entry of `GET /usage/v1/sources` that is read here. */
type SourceEntry = {
  readonly name: string;
  readonly received: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly rejected_by_reason: Readonly<Record<string, number>>;
  readonly first_event_time: string | null;
  readonly last_event_time: string | null;
};

/** Every source of every organization, by organization, then name. */
export async function describeServerSources(
  app: AppAccess,
  server: ServerRecord,
  nowMs: number,
): Promise<readonly DescribedSource[]> {
  const catalog = await app.openCatalog();
  try {
    const sources: DescribedSource[] = [];
    for (const { id: organization } of await catalog.listOrganizations()) {
      const choice = { organization, scope: "stats:read", name: "doctor command", nowMs } as const;
      const entries = await withServerToken(catalog, choice, (secret) => readEntries(server.url, secret));
      // One at a time: an organization may have a million sources, and a call does not take as many arguments.
      for (const entry of entries) sources.push(toDescribedSource(organization, entry));
    }
    return sources;
  } finally {
    await catalog.close();
  }
}

async function readEntries(url: string, secret: string): Promise<readonly SourceEntry[]> {
  const headers = { authorization: `Bearer ${secret}` };
  const answer = await sendRequest({ url: `${url}/usage/v1/sources`, method: "GET", headers });
  assertAnswered(answer);
  return (JSON.parse(answer.body) as { sources: readonly SourceEntry[] }).sources;
}

function toDescribedSource(organization: number, entry: SourceEntry): DescribedSource {
  return {
    organization,
    source: entry.name,
    received: entry.received,
    accepted: entry.accepted,
    duplicates: entry.duplicates,
    rejected: entry.rejected,
    rejectedByReason: entry.rejected_by_reason,
    firstEventMs: toMs(entry.first_event_time),
    lastEventMs: toMs(entry.last_event_time),
  };
}

function toMs(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}
