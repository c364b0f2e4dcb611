/**
 * The worked example that the fixtures' answers follow from: organization 42 with its workspaces, buckets and usage.
 */
import { type AskedServer, openAskedServer, type TestEvent } from "../ask-server.contract.ts";

/** 2026-03-02T12:00:00Z. */
export const NOW_MS = Date.UTC(2026, 2, 2, 12);

/** Three buckets by their creation, and the repo that holds the first two. */
export const A = "550e8400-e29b-41d4-a716-446655440000";
/** See A. */
export const B = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
/** See A. */
export const C = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
/** See A. */
export const REPO = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";

/** A moment of 2026 in UTC: `03-01T00:00:10`. */
export const at = (text: string): number => Date.parse(`2026-${text}Z`);

/** Usage of A and B. */
export const WORKED_EXAMPLE: readonly TestEvent[] = [
  { timeMs: at("02-20T06:00:00"), bucket: B, kind: "upload", bytesIn: 250, sizeDelta: 250, objectsDelta: 1 },
  {
    timeMs: at("02-28T23:59:30"),
    bucket: A,
    kind: "upload",
    bytesIn: Number.MAX_SAFE_INTEGER,
    sizeDelta: Number.MAX_SAFE_INTEGER,
    objectsDelta: 1,
  },
  { timeMs: at("03-01T00:00:10"), bucket: A, kind: "delivery", count: 2, bytesOut: 536_870_912 },
  { timeMs: at("03-01T00:00:40"), bucket: A, kind: "upload", bytesIn: 1000, sizeDelta: 1000, objectsDelta: 1 },
  { timeMs: at("03-01T15:20:00"), bucket: A, kind: "delete", sizeDelta: -1000, objectsDelta: -1 },
  { timeMs: at("03-01T15:20:05"), bucket: B, kind: "upload", bytesIn: 200, sizeDelta: -50 },
  { timeMs: at("03-02T11:55:00"), bucket: B, kind: "transcode", sizeDelta: 70 },
];

/** Organizations with workspaces 5 and 6: 42 with the token `admin`, 43, and 44 with the token `stranger`. */
export async function openWithTokens(
  settings: Parameters<typeof openAskedServer>[1] = {},
  nowMs = NOW_MS,
): Promise<AskedServer> {
  const server = await openAskedServer(nowMs, settings);
  for (const id of [42, 43, 44]) {
    await server.catalog.createOrganization({ id, name: `organization ${id}` });
    for (const space of [5, 6]) {
      await server.catalog.createSpace({ organization: id, id: space, name: `workspace ${space}` });
    }
  }
  await server.createToken("admin");
  await server.createToken("stranger", { organization: 44 });
  return server;
}

/** The buckets of the worked example, created one second after the other: A, B, C. */
export async function createBuckets({ catalog, clock }: AskedServer): Promise<void> {
  const created = { organization: 42, space: 5 };
  await catalog.createRepo({ ...created, id: REPO, name: "site" });
  clock.set(NOW_MS - 3_000);
  await catalog.createBucket({ ...created, id: A, name: "media", repo: REPO, endpoint: "https://S3.example.com:9000" });
  clock.set(NOW_MS - 2_000);
  await catalog.createBucket({ ...created, id: B, name: "backup", repo: REPO });
  clock.set(NOW_MS - 1_000);
  await catalog.createBucket({ ...created, id: C, name: "empty" });
  clock.set(NOW_MS);
}
