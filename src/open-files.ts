/**
 * The place of asset files that the configuration names, and its upkeep: what no asset has is removed there, uploads whose
 * bytes never came are forgotten in the catalogue.
 */
import { join } from "node:path";
import type { Catalog } from "./catalog/catalog.ts";
import type { Config } from "./config.ts";
import type { FileStore } from "./files/file-store.ts";
import { openLocalFolder } from "./files/local-folder.ts";
import type { Clock } from "./platform/clock.ts";
import type { Logger } from "./platform/log.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How often unused files are looked for. */
const UPKEEP_EVERY_MS = MINUTE_MS;

/** How long a file stays after its asset has let go of it: whoever has looked it up meanwhile still finds it. */
const UNWANTED_MS_MAX = MINUTE_MS;

/** How long an upload may take, and how long it may be announced: longer than any transfer of 5 GiB. */
const UPLOAD_MS_MAX = DAY_MS;

type FileConfig = Pick<Config, "dataDir" | "filesS3Bucket" | "filesS3Endpoint" | "filesS3Region" | "filesS3Prefix">;

/** Opens the bucket where one is named, else `<data folder>/files`. */
export async function openFiles(config: FileConfig, clock: Clock): Promise<FileStore> {
  if (config.filesS3Bucket === "") return openLocalFolder(join(config.dataDir, "files"));
  // Loaded where it is used: the SDK takes 25 MB and 0.3 s, and every garbage collection looks at it.
  const { openS3 } = await import("./files/s3.ts");
  return openS3({
    bucket: config.filesS3Bucket,
    endpoint: config.filesS3Endpoint,
    region: config.filesS3Region,
    prefix: config.filesS3Prefix,
    clock,
  });
}

/** What is kept in order. */
export type FileUpkeep = {
  readonly catalog: Pick<Catalog, "listUnusedFiles" | "forgetUnusedFiles" | "deleteUploads">;
  readonly files: FileStore;
  readonly clock: Clock;
};

/**
 * Removes files that no asset has, and forgets uploads that are too old. `atStart`: nothing is being written yet, so that
 * what an earlier process had begun is removed whatever its age. Answers how many files went.
 */
export async function keepFilesInOrder({ catalog, files, clock }: FileUpkeep, atStart: boolean): Promise<number> {
  const nowMs = clock.now();
  await catalog.deleteUploads(nowMs - UPLOAD_MS_MAX);
  const until = atStart
    ? { wantedUntilMs: nowMs, unwantedUntilMs: nowMs }
    : { wantedUntilMs: nowMs - UPLOAD_MS_MAX, unwantedUntilMs: nowMs - UNWANTED_MS_MAX };
  let removed = 0;
  for (;;) {
    const keys = await catalog.listUnusedFiles(until);
    if (keys.length === 0) return removed;
    for (const key of keys) await files.delete(key);
    await catalog.forgetUnusedFiles(keys);
    removed += keys.length;
  }
}

/** Keeps files in order now and then; answers how to stop. A failure is logged and tried again. */
export function startFileUpkeep(upkeep: FileUpkeep, logger: Logger): () => void {
  const run = (): void => {
    keepFilesInOrder(upkeep, false).then(
      (files) => files > 0 && logger.info({ files }, "Files that no asset has were removed."),
      (error: unknown) => logger.error({ err: error }, "Files that no asset has could not be removed."),
    );
  };
  const timer = setInterval(run, UPKEEP_EVERY_MS);
  return () => clearInterval(timer);
}
