/**
 * Follows the files of all sources that name some: passes over them again and again, sooner where the file system says that
 * something has changed. What it says is a hint alone: not every file system says everything.
 */
import type { FSWatcher } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Source } from "../../model/source.ts";
import { AppError } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log.ts";
import { isDamage } from "../access-log/decompress.ts";
import type { FollowDeps } from "./committed-reading.ts";
import type { FilePlace } from "./file-place.ts";
import type { SeenFile } from "./file-status.ts";
import { findNamed, type NamedFiles, type Naming } from "./find-named.ts";
import { buildFollowedFile, type FindRead, type FollowedFile } from "./followed-file.ts";
import type { DamagedFile } from "./left-file.ts";
import { buildMissingPaths, type MissingPaths } from "./missing-paths.ts";
import { watchFolders } from "./watch-folders.ts";

/** A source whose `paths` are followed. `isPart` where those are not all of its files: then nothing is said to be complete. */
export type FollowedAs = Source & { readonly isPart?: boolean };

/** What following all sources needs. */
export type FollowSourcesDeps = FollowDeps & {
  /** The sources of all organizations, as they are now. */
  readonly listSources: () => Promise<readonly FollowedAs[]>;
  readonly logger: Logger;
};

/** Files being followed. */
export interface Following {
  /** Reads and commits everything that is in the files now. Answers how many records that were; never rejects. */
  settle(): Promise<number>;
  /** Ends following after the source that is being read. Twice is harmless. */
  close(): Promise<void>;
}

/** Ms between two looks where nothing says that something has changed. */
const POLL_MS = 500;

/** Ms between two looks for new sources and files. */
const LIST_EVERY_MS = 5_000;

/** Ms after which a source that is quiet says again up to when it is complete. */
const WATERMARK_EVERY_MS = 10_000;

/** A followed file, and what of the source's `paths` names it. */
type NamedFile = { readonly file: FollowedFile; readonly namedBy: Naming["namedBy"] };

type FollowedSource = {
  source: FollowedAs;
  /** By their full paths. */
  readonly files: Map<string, NamedFile>;
  /** Files whose lines the source's settings cannot read, with these settings: other ones are awaited. */
  readonly stopped: Map<string, string>;
  /** What was said of files that fail: the same is not said at every look. */
  readonly said: Map<string, string>;
  readonly missing: MissingPaths;
  /** What of its paths could not be looked at when its files were last looked for. */
  unreadable: NamedFiles["unreadable"];
  saidMs: number;
  /** True when a pass met a pause: the source is let go of, and taken up again at the place of its last commit. */
  isPaused: boolean;
};

/** Begins to follow. */
export function openFollowing(deps: FollowSourcesDeps): Following {
  const followed = new Map<string, FollowedSource>();
  const watchers = new Map<string, FSWatcher>();
  /** When the files that are followed were last looked for. */
  let listedMs = Number.NEGATIVE_INFINITY;
  let mustList = true;
  /** The pass that runs, or the last one that ran. */
  let passing: Promise<number> = Promise.resolve(0);
  /** The one behind it, until it begins: whoever asks meanwhile gets its answer, however many do. */
  let next: Promise<number> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  async function passAll(): Promise<number> {
    const nowMs = deps.clock.now();
    if (mustList || nowMs - listedMs >= LIST_EVERY_MS || nowMs < listedMs) {
      mustList = false;
      await refresh(followed, deps);
      const paths = [...followed.values()].flatMap(({ files }) => [...files.keys()]);
      watchFolders(new Set(paths.map(dirname)), watchers, lookSoon);
      listedMs = nowMs;
    }
    let count = 0;
    for (const [key, each] of followed) {
      if (isClosed) break;
      count += await passSource(each, listedMs, deps);
      if (each.isPaused) followed.delete(key);
    }
    return count;
  }

  async function passUnlessClosed(): Promise<number> {
    next = null;
    return isClosed ? 0 : passAll();
  }

  /** One pass at a time: two readers of one file would submit its lines twice. */
  function settle(): Promise<number> {
    if (next !== null) return next;
    next = passing.then(passUnlessClosed).catch((error: unknown) => {
      deps.logger.warn({ err: error }, "files could not be followed; the next look tries again");
      return 0;
    });
    passing = next;
    return next;
  }

  function lookSoon(afterMs = 0): void {
    if (isClosed) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      settle().then((count) => lookSoon(count > 0 ? 0 : POLL_MS));
    }, afterMs);
    timer.unref();
  }

  lookSoon();
  return {
    settle: () => {
      // Whoever asks wants to see files that came a moment ago.
      mustList = true;
      return settle();
    },
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      await passing;
      // Only now: the pass may have made new ones.
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** Takes new sources and files up and lets go of those that are paused or have none. */
async function refresh(followed: Map<string, FollowedSource>, deps: FollowSourcesDeps): Promise<void> {
  const seen = new Set<string>();
  for (const source of await deps.listSources()) {
    if (source.settings.paths.length === 0 || source.settings.paused) continue;
    const key = `${source.organization} ${source.name}`;
    seen.add(key);
    const known = followed.get(key) ?? {
      ...{ source, files: new Map(), stopped: new Map(), said: new Map(), saidMs: Number.NEGATIVE_INFINITY },
      ...{ missing: buildMissingPaths(), unreadable: new Map(), isPaused: false },
    };
    known.source = source;
    await refreshFiles(known, deps);
    followed.set(key, known);
  }
  for (const key of followed.keys()) if (!seen.has(key)) followed.delete(key);
}

/** Takes up what the paths of a source name, and lets go of what they name no more. */
async function refreshFiles(each: FollowedSource, deps: FollowSourcesDeps): Promise<void> {
  const { source, files, stopped, said } = each;
  const { paths } = source.settings;
  const { named, unreadable } = await findNamed(paths);
  for (const path of each.unreadable.keys()) if (!unreadable.has(path)) said.delete(path);
  each.unreadable = unreadable;
  for (const [path, { namedBy, spelling }] of named) {
    const findRead: FindRead = (file) => findReadElsewhere(files, path, file);
    files.set(path, { file: files.get(path)?.file ?? buildFollowedFile(spelling, source, deps, findRead), namedBy });
  }
  for (const [path, { file, namedBy }] of files) {
    // A file that was renamed is seen by its pattern no more, and may have lines that were not read.
    if (named.has(path) || (namedBy.some((by) => paths.includes(by)) && !file.isGone())) continue;
    files.delete(path);
    // What was wrong with it must not keep the source from being complete.
    for (const known of [stopped, said]) known.delete(path);
  }
}

/** The place of a file in what was read under other names: a pattern such as `access.log*` names it before and after a rotation. */
async function findReadElsewhere(
  files: FollowedSource["files"],
  path: string,
  file: SeenFile,
): Promise<FilePlace | null> {
  for (const [other, { file: followed }] of files) {
    const place = other === path ? null : await followed.findPlace(file);
    if (place !== null) return place;
  }
  return null;
}

/** One pass over the files of a source. A file that fails keeps neither the others nor the next look from being made. */
async function passSource(each: FollowedSource, listedMs: number, deps: FollowSourcesDeps): Promise<number> {
  const startedMs = deps.clock.now();
  let count = 0;
  let failed = 0;
  const settings = JSON.stringify(each.source.settings);
  for (const [path, { file, namedBy }] of each.files) {
    if (each.stopped.get(path) === settings) {
      failed += 1;
      continue;
    }
    try {
      count += await file.pass({ isFound: !namedBy.some((by) => resolve(by) === path) });
      each.stopped.delete(path);
      const damaged = file.damaged();
      if (damaged.length > 0) failed += 1;
      const rested = damaged.filter(({ hasRested }) => hasRested);
      if (rested.length === 0) each.said.delete(path);
      else noteFailure(buildDamageError(rested), path, { each, settings, logger: deps.logger });
    } catch (error) {
      each.isPaused = error instanceof AppError && error.code === "sources/paused";
      // No file of it is read on, and what is complete is not said of lines that wait.
      if (each.isPaused) return count;
      failed += 1;
      noteFailure(error, path, { each, settings, logger: deps.logger });
    }
  }
  for (const [path, error] of each.unreadable) {
    failed += 1;
    noteFailure(error, path, { each, settings, logger: deps.logger });
  }
  const missing = findMissing(each);
  noteMissing(each, missing, deps);
  // A file that came after the files were listed is not among those that were read.
  const completeMs = Math.min(startedMs, listedMs);
  const isDue = count > 0 ? completeMs !== each.saidMs : completeMs - each.saidMs >= WATERMARK_EVERY_MS;
  // What was written where a missing file is to be looked for is not known: its volume may be off, or its name mistyped.
  const isWhole = failed === 0 && missing.length === 0 && each.source.isPart !== true;
  if (isWhole && isDue) await sayComplete(each, completeMs, deps);
  return count;
}

/** Those of the source's `paths` at which the last look at the files found none. */
function findMissing({ source, files }: FollowedSource): readonly string[] {
  const present = [...files.values()].flatMap(({ file, namedBy }) => (file.isMissing() ? [] : namedBy));
  const isThere = new Set(present);
  return source.settings.paths.filter((path) => !isThere.has(path));
}

function noteMissing(each: FollowedSource, missing: readonly string[], { clock, logger }: FollowSourcesDeps): void {
  for (const path of each.missing.look(missing, clock.now())) {
    const advice =
      "no file is there to be followed, and the source is not complete while that is so; " +
      "mount its volume, correct the path, or take it out of the source's paths (docs/access-logs.md)";
    logger.warn({ path, source: each.source.name }, advice);
  }
}

/** A file that fails is tried again, unless that needs other settings of its source: it is said once what is wrong. */
function noteFailure(
  error: unknown,
  path: string,
  { each, settings, logger }: { each: FollowedSource; settings: string; logger: Logger },
): void {
  const facts = { err: error, path, source: each.source.name };
  const isSaid = each.said.get(path) === String(error);
  each.said.set(path, String(error));
  if (error instanceof AppError && error.code === "sources/fields-changed") {
    each.stopped.set(path, settings);
    logger.error(facts, "a file is not read on until the settings of its source are changed");
  } else if (isSaid) {
    return;
  } else if (isDamage(error)) {
    logger.error(facts, "a packed file cannot be read to its end; it is read on when it changes");
  } else {
    logger.warn(facts, "a file could not be read on; it is tried again");
  }
}

/** What is said of files that could not be unpacked to their ends. */
function buildDamageError(damaged: readonly DamagedFile[]): AppError {
  const [cut, others] = [
    damaged.filter(({ isOtherForm }) => isOtherForm !== true),
    damaged.filter(({ isOtherForm }) => isOtherForm),
  ];
  const sentences = [
    ...cut.map(({ file, reason }) => `${file} is damaged or cut: ${reason}.`),
    ...(cut.length === 0 ? [] : ["Lines before the damage are counted; put the repaired file in its place."]),
    ...others.map(({ file, reason }) => `${file} is not read on: ${reason} An import adds what was not counted.`),
  ];
  return new AppError(cut.length === 0 ? "sources/unsupported-format" : "sources/corrupt-archive", sentences.join(" "));
}

/** Everything that was written before this time is committed: the source is complete up to then. */
async function sayComplete(each: FollowedSource, watermarkMs: number, { intake }: FollowSourcesDeps): Promise<void> {
  const { organization, name, format } = each.source;
  const whose = { organization, source: name, format, space: null, allowedSpaces: null };
  await intake.submit({ ...whose, records: [], checkpoint: { stream: "", position: "", watermarkMs } });
  each.saidMs = watermarkMs;
}
