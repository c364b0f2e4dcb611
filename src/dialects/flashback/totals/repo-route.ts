/**
 * GET /repo/stats: all-time totals per repo, over the live buckets that belong to it at this moment.
 * @see https://github.com/flashbacknetwork/FlashbackClient (commit bcb34e9: names of fields), and
 * https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { buildDecimalSchema, buildResponses } from "../answer-schemas.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";
import { readIdList } from "../id-list.ts";
import { toPrincipal } from "../principal.ts";
import { listVisibleBuckets, listVisibleRepos, readOfBuckets } from "../visible-buckets.ts";
import { addTotals, NO_TOTALS } from "./bucket-totals.ts";
import { readBucketTotals } from "./read-bucket-totals.ts";

/** The ids that are asked for, undefined for all visible ones. */
type RepoStatsRequest = { readonly ids: readonly string[] | undefined };

const RowSchema = Type.Object({
  repoId: Type.String(),
  totalUploadBytes: buildDecimalSchema("Bytes uploaded."),
  totalDownloadBytes: buildDecimalSchema("Bytes downloaded."),
  totalSizeChange: buildDecimalSchema("Bytes that its buckets grew by; may be negative."),
});

/** The route. */
export function buildRepoTotalsRoute(deps: FlashbackDeps): Route<RepoStatsRequest> {
  return {
    method: "GET",
    path: "/repo/stats",
    scope: "stats:read",
    summary: "Totals per repo since its beginning",
    query: Type.Object({
      repoId: Type.Optional(Type.String({ description: "Ids separated by commas, at most 1000; left out: all." })),
    }),
    responses: buildResponses(
      Type.Object({ success: Type.Literal(true), stats: Type.Array(RowSchema) }),
      "The totals.",
    ),
    readParameters: ({ query }) => ({ ids: readIdList(query, "repoId") }),
    answer: async ({ ids }, request) => {
      const principal = toPrincipal(request);
      const repos = await listVisibleRepos(deps.catalog, principal, ids);
      const asked = new Set(repos.map((repo) => repo.id));
      const visible = await listVisibleBuckets(deps.catalog, principal);
      const buckets = visible.filter((bucket) => bucket.repo !== null && asked.has(bucket.repo));
      const scan = { organization: principal.organization, nowMs: deps.clock.now() };
      const byBucket = await readOfBuckets(principal, { buckets, isAll: ids === undefined }, (filter) =>
        readBucketTotals(deps, { ...scan, filter }),
      );
      const byRepo = Map.groupBy(buckets, ({ repo }) => repo);
      const stats = repos.map((repo) => {
        const own = byRepo.get(repo.id) ?? [];
        return toWireRow(repo.id, own.map(({ id }) => byBucket.get(id) ?? NO_TOTALS).reduce(addTotals, NO_TOTALS));
      });
      return { status: 200, body: { success: true, stats } };
    },
  };
}

function toWireRow(repoId: string, totals: typeof NO_TOTALS) {
  return {
    repoId,
    totalUploadBytes: String(totals.uploadBytes),
    totalDownloadBytes: String(totals.downloadBytes),
    totalSizeChange: String(totals.sizeChangeBytes),
  };
}
