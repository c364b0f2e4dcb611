/**
 * GET /bucket/stats, and GET /unit/stats under the old name of the same thing: all-time totals per bucket.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference/storage-apis/bucket-management/get__bucket_stats.md,
 * read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { buildDecimalSchema, buildResponses } from "../answer-schemas.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";
import { readIdList } from "../id-list.ts";
import { toPrincipal } from "../principal.ts";
import { listVisibleBuckets, readOfBuckets } from "../visible-buckets.ts";
import { type BucketTotals, NO_TOTALS } from "./bucket-totals.ts";
import { readBucketTotals } from "./read-bucket-totals.ts";

/** The ids that are asked for, undefined for all visible ones. */
type BucketStatsRequest = { readonly ids: readonly string[] | undefined };

/** The two names of the endpoint: the word in its path, and the parameter and field that carry the id. */
const NAMES = [
  { word: "bucket", idField: "bucketId" },
  { word: "unit", idField: "unitId" },
] as const;

type Name = (typeof NAMES)[number];

/** Both routes. */
export function buildBucketTotalsRoutes(deps: FlashbackDeps): readonly Route[] {
  return NAMES.map((name) => buildBucketTotalsRoute(name, deps));
}

function buildBucketTotalsRoute({ word, idField }: Name, deps: FlashbackDeps): Route<BucketStatsRequest> {
  return {
    method: "GET",
    path: `/${word}/stats`,
    scope: "stats:read",
    summary: `Totals per ${word} since its beginning`,
    query: Type.Object({
      [idField]: Type.Optional(Type.String({ description: "Ids separated by commas, at most 1000; left out: all." })),
    }),
    responses: buildResponses(
      Type.Object({ success: Type.Literal(true), stats: Type.Array(buildRowSchema(idField)) }),
      "The totals.",
    ),
    readParameters: ({ query }) => ({ ids: readIdList(query, idField) }),
    answer: async ({ ids }, request) => {
      const principal = toPrincipal(request);
      const buckets = await listVisibleBuckets(deps.catalog, principal, ids);
      const scan = { organization: principal.organization, nowMs: deps.clock.now() };
      const totals = await readOfBuckets(principal, { buckets, isAll: ids === undefined }, (filter) =>
        readBucketTotals(deps, { ...scan, filter }),
      );
      const stats = buckets.map(({ id }) => ({ [idField]: id, ...toWireTotals(totals.get(id) ?? NO_TOTALS) }));
      return { status: 200, body: { success: true, stats } };
    },
  };
}

function buildRowSchema(idField: string) {
  return Type.Object({
    [idField]: Type.String(),
    totalCount: buildDecimalSchema("Live objects."),
    totalUploadBytes: buildDecimalSchema("Bytes uploaded."),
    totalDownloadBytes: buildDecimalSchema("Bytes downloaded."),
    totalSizeChange: buildDecimalSchema("Bytes that the bucket grew by; may be negative."),
  });
}

/** Decimal strings: the vendor's clients read text, and text keeps every digit. */
function toWireTotals(totals: BucketTotals) {
  return {
    totalCount: String(totals.objects),
    totalUploadBytes: String(totals.uploadBytes),
    totalDownloadBytes: String(totals.downloadBytes),
    totalSizeChange: String(totals.sizeChangeBytes),
  };
}
