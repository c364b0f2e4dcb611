/**
 * A real S3-compatible server for tests: s3rver from the npm registry, fetched into a temporary folder and started on a
 * free port. It is no dependency: see docs/decisions/0006-files-on-s3-are-tested-with-a-fetched-server.md.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** What is fetched. Its 116 packages keep within their own ranges; none of their scripts is run. */
const PACKAGE = "s3rver@3.7.1";

/** How long fetching may take before the suite is skipped, in ms: some 20 s on a slow line. */
const FETCH_MS_MAX = 120_000;

const BUCKET = "assets";

/** A server that runs, or why there is none. */
export type FetchedS3 = { readonly url: string; close(): Promise<void> } | { readonly missing: string };

type S3rver = {
  run(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
};
type S3rverClass = new (options: Readonly<Record<string, unknown>>) => S3rver;

/** Fetches and starts it. `url` is `http://ACCESS_KEY:SECRET_KEY@HOST:PORT/BUCKET`; close removes all that was fetched. */
export async function startS3rver(): Promise<FetchedS3> {
  const folder = await mkdtemp(join(tmpdir(), "assetmeter-s3rver-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await fetchPackage(folder);
  } catch (error) {
    await remove();
    const [reason] = String((error as { readonly stderr?: string }).stderr || error).split("\n", 1);
    return { missing: `npm could not fetch ${PACKAGE}: ${reason}` };
  }
  const load = createRequire(join(folder, "package.json"));
  const Server = load("s3rver") as S3rverClass;
  const directory = join(folder, "buckets");
  await mkdir(directory);
  const server = new Server({
    ...{ address: "127.0.0.1", port: 0, silent: true, directory },
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const { port } = await server.run();
  return {
    url: `http://S3RVER:S3RVER@127.0.0.1:${port}/${BUCKET}`,
    close: async () => {
      await server.close();
      await remove();
    },
  };
}

async function fetchPackage(folder: string): Promise<void> {
  const quick = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"];
  const places = ["--prefix", folder, "--cache", join(folder, "cache")];
  await promisify(execFile)("npm", ["install", PACKAGE, ...quick, ...places], { timeout: FETCH_MS_MAX });
}
