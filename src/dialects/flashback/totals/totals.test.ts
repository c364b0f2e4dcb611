/**
 * Totals of all time over the whole server, of events that are dated ahead of its clock.
 */
import { expect, test } from "vitest";
import { A, B, C, createBuckets, NOW_MS, openWithTokens, REPO } from "../worked-example.contract.ts";

const YEAR_MS = 365 * 86_400_000;

test("an event that was accepted counts in the totals, however far ahead it is dated", async () => {
  const server = await openWithTokens({ futureToleranceMs: YEAR_MS });
  await createBuckets(server);
  const upload = { kind: "upload", objectsDelta: 1 } as const;
  await server.count([
    { ...upload, bucket: A, timeMs: NOW_MS + YEAR_MS, bytesIn: 5, sizeDelta: 5 },
    { ...upload, bucket: A, timeMs: NOW_MS + 3 * 86_400_000, bytesIn: 20, sizeDelta: 20 },
    { ...upload, bucket: B, timeMs: NOW_MS, bytesIn: 100, sizeDelta: 100 },
  ]);
  const toTotals = (count: string, bytes: string) => {
    return { totalCount: count, totalUploadBytes: bytes, totalDownloadBytes: "0", totalSizeChange: bytes };
  };
  expect((await server.get("/bucket/stats")).body).toEqual({
    success: true,
    stats: [
      { bucketId: A, ...toTotals("2", "25") },
      { bucketId: B, ...toTotals("1", "100") },
      { bucketId: C, ...toTotals("0", "0") },
    ],
  });
  const ofRepo = { repoId: REPO, totalUploadBytes: "125", totalDownloadBytes: "0", totalSizeChange: "125" };
  expect((await server.get("/repo/stats")).body).toEqual({ success: true, stats: [ofRepo] });
  await server.close();
});
