/**
 * Structured logs on stderr (pino), so that stdout stays free for what a command answers.
 * One line per request and per batch, never per event; secrets never reach this file's callers' fields.
 */
import { type Logger as PinoLogger, pino } from "pino";

/** A structured logger: `log.info({ fields }, "sentence")`. */
export type Logger = PinoLogger;

/** Levels in rising order of importance; `silent` writes nothing. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** One of the levels above. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Opens a logger that writes JSON lines to stderr. */
export function buildLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // A header or a body that slips into a log object is cut here, not in every caller.
      redact: ["*.authorization", "*.token", "*.secret", "headers.authorization", "headers['x-filespin-api-key']"],
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
