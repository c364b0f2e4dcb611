/**
 * The source of what this server itself answers and delivers: written to segments of a log of our own, and followed like
 * any other source. Nothing waits for it, and kill -9 loses none that was written.
 */
import type { ServedRequest } from "../../model/served-request.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Ids } from "../../platform/ids.ts";
import { buildSegmentFollower, type SegmentDeps } from "./follow-segments.ts";
import { openSegmentWriter } from "./segment-writer.ts";
import { toLines } from "./served-lines.ts";

/** What the source is made of. */
export type OwnTrafficDeps = SegmentDeps & { readonly clock: Clock; readonly ids: Ids };

/** An open source. One process at a time may have the folder open. */
export interface OwnTraffic {
  /** Takes one answered request. Returns at once and never throws. */
  record(served: ServedRequest): void;
  /** Resolves when everything recorded before is committed; rejects with what keeps it from being so. */
  settle(): Promise<void>;
  /** Settles as far as it can, and closes; what could not be committed is read at the next start. Twice is harmless. */
  close(): Promise<void>;
}

/** Ms between commits where nothing goes wrong: numbers are a second behind at most. */
const FOLLOW_EVERY_MS = 500;

/** Opens the folder, which is made where it is missing, and takes up what an earlier process has left. */
export async function openOwnTraffic(deps: OwnTrafficDeps): Promise<OwnTraffic> {
  const { folder, logger, clock, ids } = deps;
  // The time stands first so that segments are read in their order, the rest so that no two are ever called the same.
  const newName = () => `${String(clock.now()).padStart(15, "0")}-${ids.uuid()}`;
  const writer = await openSegmentWriter({ folder, newName, logger });
  const follower = buildSegmentFollower(deps);
  let working: Promise<void> = Promise.resolve();
  let closing: Promise<void> | null = null;
  let isSettled = false;

  /** One after another: two readers of one segment would submit the same lines twice. */
  function settle(): Promise<void> {
    const settled = working.then(async () => {
      isSettled = true;
      try {
        await writer.flush();
        await follower.follow(writer);
      } catch (error) {
        isSettled = false;
        throw error;
      }
    });
    working = settled.catch(() => undefined);
    return settled;
  }

  const timer = setInterval(() => {
    if (isSettled) return;
    settle().catch((error: unknown) => logger.warn({ err: error }, "own traffic waits to be committed"));
  }, FOLLOW_EVERY_MS);
  timer.unref();

  async function close(): Promise<void> {
    clearInterval(timer);
    await working;
    await writer.close();
    await follower.follow(writer).catch((error: unknown) => {
      logger.warn({ err: error }, "own traffic could not be committed; it is read at the next start");
    });
  }

  return {
    record(served) {
      isSettled = false;
      writer.add(toLines(served));
    },
    settle,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
