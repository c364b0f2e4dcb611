/**
 * What a token may see, asked over the whole server.
 */
import { afterEach, expect, test } from "vitest";
import type { AskedServer } from "../ask-server.contract.ts";
import { A, NOW_MS, openWithTokens, REPO } from "./worked-example.contract.ts";

type Row = Readonly<Record<string, string | number>>;

let server: AskedServer;
afterEach(() => server.close());

test("a repo without a workspace is unknown everywhere to a token that is limited to some; its buckets are not", async () => {
  server = await openWithTokens();
  const { catalog } = server;
  await catalog.createRepo({ organization: 42, id: REPO, name: "of all" });
  await catalog.createBucket({ organization: 42, id: A, name: "five", space: 5, repo: REPO });
  await server.createToken("five", { spaces: [5] });
  await server.count([{ bucket: A, timeMs: NOW_MS, kind: "upload", bytesIn: 1 }]);
  const readDays = async (search: string) =>
    ((await server.get(`/stats/daily${search}`, "five")).body as { readonly data: readonly Row[] }).data;
  const shownRepo = async (token: string) => {
    const days = (await server.get("/stats/daily", token)).body as { readonly data: readonly Row[] };
    const minutes = (await server.get(`/stats/minute?bucketId=${A}`, token)).body as typeof days;
    const { buckets } = (await server.get("/bucket", token)).body as {
      buckets: readonly { repos: readonly Row[] }[];
    };
    return [
      ...days.data.map(({ repoId }) => repoId),
      ...minutes.data.map(({ repoId }) => repoId),
      buckets[0]?.repos[0]?.id,
    ];
  };
  expect(await shownRepo("admin")).toEqual([REPO, REPO, REPO]);
  expect(await shownRepo("five")).toEqual(["", "", undefined]);
  expect((await server.get("/repo/stats", "five")).body).toEqual({ success: true, stats: [] });
  expect(await readDays(`?repoId=${REPO}`)).toEqual([]);
  expect(await readDays(`?repoId=${REPO}&bucketId=${A}`)).toHaveLength(1);
  expect((await server.get(`/v2/stats/storage?scope=repo&id=${REPO}`, "five")).status).toBe(404);
  const repos = await server.get("/v2/stats/storage/breakdown/repos?scope=workspace&id=5", "five");
  expect(repos.body).toMatchObject({ summary: { total: 0 }, entities: [] });
});
