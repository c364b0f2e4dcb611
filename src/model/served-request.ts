/**
 * ServedRequest: what this server itself has answered, as far as it counts as usage.
 */

/**
 * One fact of usage that an answer is, beside the request itself: a file that is sent, stored or removed. Fields mean what
 * they mean in UsageEvent. The bytes out of a delivery are those that were really sent, so no route says them.
 */
export type AnswerUsage = {
  readonly kind: "delivery" | "upload" | "delete";
  readonly organization: number;
  readonly space: number | null;
  readonly user: number | null;
  readonly asset: number | null;
  readonly operation: string;
  /** Requests: 1, or 0 where several facts come of one. */
  readonly count: number;
  readonly bytesIn: number;
  readonly sizeDelta: number;
  readonly objectsDelta: number;
};

/**
 * What a route throws that fails after a part of its work can no longer be undone. Its `cause` is answered as if it had been
 * thrown itself, and the part counts: what is stored would otherwise be more or less than what is said to be.
 */
export class PartlyDone extends Error {
  readonly usage: readonly AnswerUsage[];

  constructor(usage: readonly AnswerUsage[], cause: unknown) {
    super("A part of the work was done.", { cause });
    this.name = "PartlyDone";
    this.usage = usage;
  }
}

/** One request that has been answered, or whose answer its client has broken off. */
export type ServedRequest = {
  /** When the answer ended, UTC ms. */
  readonly timeMs: number;
  /** The API request that it counts as; null for one that is none (files, health, the taking in of usage). */
  readonly api: {
    readonly organization: number;
    readonly user: number | null;
    /** The space that the path names, whether or not there is one. */
    readonly space: number | null;
    /** The path with `{ID}` in the place of ids. */
    readonly operation: string;
  } | null;
  /** Bytes of the request's body, as its header says. */
  readonly bytesIn: number;
  /** Bytes of the answer's body that were handed to the network: 0 for HEAD and 304, less than all for a broken-off one. */
  readonly bytesOut: number;
  readonly usage: readonly AnswerUsage[];
};
