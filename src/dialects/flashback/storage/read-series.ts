/**
 * The entities on a page → every step of each, read with as few queries as the engine answers.
 */
import { AppError } from "../../../platform/errors.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";
import { isTooManyRows } from "../too-many-rows.ts";
import type { Entity } from "./entities.ts";
import { readFigures } from "./read-figures.ts";
import { type Point, toSeries } from "./translation.ts";
import { listStepStarts, type StorageWindow } from "./windows.ts";

/** Points of one answer: some 10 MB of JSON. */
const POINTS_MAX = 100_000;

/** An entity as far as its series goes. */
export type SeriesEntity = Pick<Entity, "id" | "bucketIds">;

/** Whose series to read, over which steps. */
export type SeriesScan = { readonly organization: number; readonly window: StorageWindow };

/** The points by the entity's id. */
export type SeriesById = ReadonlyMap<string, readonly Point[]>;

/**
 * Reads the series of every entity: one query for all their buckets, whatever their number. What counts for the bound on an
 * answer is entities times steps; the engine counts rows of buckets, of which a few workspaces may have a million. Where it
 * refuses, the entities are read in pieces.
 * Throws `request/invalid` for more than 100,000 points, and for more steps than a query may have rows.
 */
export async function readSeries(
  deps: Pick<FlashbackDeps, "runQuery" | "limits">,
  scan: SeriesScan,
  entities: readonly SeriesEntity[],
): Promise<SeriesById> {
  const stepCount = listStepStarts(scan.window).length;
  const bucketsMax = Math.floor(deps.limits.queryRowsMax / stepCount);
  if (entities.length * stepCount > POINTS_MAX || bucketsMax === 0) throw tooLarge();
  try {
    return await readTogether(deps, scan, entities);
  } catch (error) {
    // Asked first, not reckoned: most buckets are quiet in most steps, and have no row there.
    if (!isTooManyRows(error)) throw error;
  }
  const series = new Map<string, readonly Point[]>();
  for (const piece of cutByBuckets(entities, bucketsMax)) {
    const [only] = piece;
    const read = await (piece.length === 1 && only !== undefined
      ? readAlone(deps, scan, only)
      : readTogether(deps, scan, piece));
    for (const [id, points] of read) series.set(id, points);
  }
  return series;
}

/**
 * Entities one after the other in pieces of at most `bucketsMax` buckets. One that has more is a piece of its own.
 */
export function cutByBuckets(
  entities: readonly SeriesEntity[],
  bucketsMax: number,
): readonly (readonly SeriesEntity[])[] {
  const pieces: SeriesEntity[][] = [];
  let bucketCount = Number.POSITIVE_INFINITY;
  for (const entity of entities) {
    bucketCount += entity.bucketIds.length;
    if (bucketCount <= bucketsMax) pieces.at(-1)?.push(entity);
    else {
      pieces.push([entity]);
      bucketCount = entity.bucketIds.length;
    }
  }
  return pieces;
}

/** Told apart by bucket: at most buckets times steps rows. */
async function readTogether(
  deps: Pick<FlashbackDeps, "runQuery">,
  scan: SeriesScan,
  entities: readonly SeriesEntity[],
): Promise<SeriesById> {
  const filter = { bucket: entities.flatMap((entity) => entity.bucketIds) };
  const figures = await readFigures(deps, { ...scan, byBucket: true, bySteps: true, filter });
  return new Map(entities.map(({ id, bucketIds }) => [id, toSeries(figures, scan.window, bucketIds)]));
}

/** Summed up by the store: as many rows as steps, however many buckets it has. */
async function readAlone(
  deps: Pick<FlashbackDeps, "runQuery">,
  scan: SeriesScan,
  { id, bucketIds }: SeriesEntity,
): Promise<SeriesById> {
  const figures = await readFigures(deps, { ...scan, byBucket: false, bySteps: true, filter: { bucket: bucketIds } });
  return new Map([[id, toSeries(figures, scan.window, [undefined])]]);
}

function tooLarge(): AppError {
  return new AppError("request/invalid", "Series too large");
}
