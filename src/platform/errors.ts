/**
 * The one error that a request may end with: a code from a closed list, a message that may be shown, and a status.
 * Expected bad input inside a batch is not an error but a value (sources/rejection.ts).
 */

/**
 * Every code and the HTTP status it answers with. A code is never renamed after a release: clients branch on it.
 * docs/errors.md lists the same codes; tests/docs.test.ts holds the two together.
 */
export const ERROR_STATUS = {
  "request/invalid": 400,
  "request/body-malformed": 400,
  "request/body-too-large": 413,
  "request/head-too-large": 431,
  "request/timed-out": 408,
  "request/media-type-unsupported": 415,
  "request/method-not-allowed": 405,
  "request/not-found": 404,
  "request/too-many": 429,
  "access/no-token": 401,
  "access/invalid-token": 401,
  "access/invalid-login": 401,
  "access/invalid-refresh-token": 401,
  "access/scope-missing": 403,
  "access/forbidden": 403,
  "access/user-disabled": 403,
  "query/invalid": 400,
  "query/range-too-long": 400,
  "query/too-many-rows": 400,
  "query/unknown-time-zone": 400,
  "sources/unknown-format": 400,
  "sources/unreadable-file": 400,
  "sources/corrupt-archive": 400,
  "sources/unsupported-format": 400,
  "sources/other-format": 409,
  "sources/paused": 409,
  "sources/too-many": 409,
  "sources/fields-changed": 409,
  "sources/overloaded": 503,
  "store/unavailable": 503,
  "store/held": 503,
  "files/unavailable": 503,
  "catalog/unavailable": 503,
  "catalog/not-found": 404,
  "catalog/conflict": 409,
  "catalog/invalid": 400,
  "config/invalid": 400,
  "internal/unexpected": 500,
} as const;

/** A code of the closed list above: `area/reason`. */
export type ErrorCode = keyof typeof ERROR_STATUS;

/** What travels beside an error: the cause for the log, details that must not be shown, and headers for the answer. */
export type AppErrorOptions = {
  readonly cause?: unknown;
  /** Goes to the log only. Never put a secret here either: logs are read by many. */
  readonly internal?: Readonly<Record<string, unknown>>;
  /** Seconds a client should wait before it tries again; sent as `Retry-After`. */
  readonly retryAfterS?: number;
};

/** A request, command or call that cannot be served. `message` is public: it says what is wrong and what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly internal: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, publicMessage: string, options: AppErrorOptions = {}) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.internal = options.internal;
    this.retryAfterS = options.retryAfterS;
  }

  /** The HTTP status of this error's code. */
  get status(): number {
    return ERROR_STATUS[this.code];
  }
}

/** Ends the request or the start when something that cannot be is: a defect of ours, never bad input. */
export function assertInvariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`Invariant broken: ${what}. This is a defect of assetmeter; please report it.`);
}
